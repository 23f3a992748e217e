"""The barcode on the back of an ID: what has expired is refused, the rest is said, and the review is filled in."""

from datetime import date
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import Json, RunningSandbox, Walk, running
from tests.photos.backs import back, barcode_text, jpeg

OWN = {
    "birth_date": "04/30/1975",
    "street": "12 ELM ST",
    "suite": "APT 4",
    "city": "SPRINGFIELD",
    "state": "IL",
    "zip_code": "62701",
}
REGISTRY = {"first_name": "Amelia", "last_name": "Hartwell"}


@pytest.fixture
def walk(sandbox: RunningSandbox) -> Walk:
    return sandbox.registration_at(Step.DOCUMENT)


def send(walk: Walk, photo: bytes, kind: str = "drivers_license") -> Json:
    """Send an ID with this back."""
    sides = {"front": walk.evidence("front"), "back": walk.upload("back", photo).json()["id"]}
    return dict(walk.answer(Step.DOCUMENT, kind=kind, **sides).json())


def said(walk: Walk) -> list[tuple[str, str]]:
    return [(notice["level"], notice["text"]) for notice in walk.look()["notices"]]


def test_a_license_fills_in_the_review(walk: Walk) -> None:
    send(walk, jpeg(back(barcode_text())))
    assert said(walk) == [("info", "Read from the barcode: AMELIA JANE HARTWELL, valid until 04/30/2099.")]
    review = walk.to(Step.ATTRIBUTES_REVIEW).view
    assert review["prefill"] == {**REGISTRY, **OWN}
    assert review["on_file"] == {}


def test_what_was_typed_comes_before_what_was_read(walk: Walk) -> None:
    send(walk, jpeg(back(barcode_text())))
    walk.to(Step.PHONE_LINK).back()
    typed = walk.view["prefill"]
    assert (typed["street"], typed["suite"], typed["city"]) == ("12 Elm St", "", "Springfield")


@pytest.mark.parametrize("kind", ["drivers_license", "state_id"])
def test_what_has_expired_is_refused_and_the_front_is_kept(sandbox: RunningSandbox, walk: Walk, kind: str) -> None:
    refused = send(walk, jpeg(back(barcode_text(expires=date(2021, 3, 2)))), kind)
    assert refused["code"] == "document_expired"
    assert refused["errors"].keys() == {"back"}
    assert refused["errors"]["back"].startswith("This ID has expired. Choose another one that is still valid.")
    assert "03/02/2021" in refused["errors"]["back"]
    assert refused["tries_left"] == 4
    assert len(list((sandbox.folder / "evidence").iterdir())) == 1
    assert send(walk, jpeg(back(barcode_text())), kind)["step"] == "selfie"


def test_an_id_is_valid_through_its_last_day(sandbox: RunningSandbox, walk: Walk) -> None:
    photo = jpeg(back(barcode_text(expires=sandbox.clock().date())))
    assert send(walk, photo)["step"] == "selfie"


def test_another_name_is_said_and_its_data_is_only_offered(walk: Walk) -> None:
    send(walk, jpeg(back(barcode_text(given="BRAM", family="QUILL"))))
    read, other = said(walk)
    assert read == ("info", "Read from the barcode: BRAM JANE QUILL, valid until 04/30/2099.")
    assert other[0] == "warning"
    assert '"BRAM JANE QUILL"' in other[1]
    assert '"Amelia Jane Hartwell"' in other[1]
    review = walk.to(Step.ATTRIBUTES_REVIEW).view
    assert review["prefill"] == REGISTRY
    assert review["on_file"] == {"first_name": "BRAM", "last_name": "QUILL", **OWN}


def test_a_back_without_barcode_is_no_reason_to_refuse(walk: Walk) -> None:
    assert send(walk, jpeg(back()))["step"] == "selfie"
    ((level, text),) = said(walk)
    assert level == "info"
    assert text.startswith("No barcode was found on the back.")
    assert walk.to(Step.ATTRIBUTES_REVIEW).view["prefill"] == REGISTRY


def test_what_cannot_be_read_is_named_and_is_no_reason_to_refuse(walk: Walk) -> None:
    text = barcode_text(family="\x1b[31mHARTWELL").replace("DBB04301975", "DBB00001975")
    assert send(walk, jpeg(back(text)))["step"] == "selfie"
    assert said(walk) == [
        ("info", "Read from the barcode: AMELIA JANE, valid until 04/30/2099."),
        (
            "warning",
            "The barcode's date of birth \"00001975\" and last name can't be read. Check what your ID says there.",
        ),
    ]
    assert walk.to(Step.ATTRIBUTES_REVIEW).view["prefill"] == {
        **REGISTRY,
        **{name: value for name, value in OWN.items() if name != "birth_date"},
    }


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("DBB04301975", "DBB00001986"),
        ("63603508", "63603512"),
        ("636035080001", "63603"),
        ("DAG12 ELM ST", "DAG<b>12</b>"),
        ("DBD04302021", "DBD02302021"),
    ],
)
def test_what_has_expired_is_refused_whatever_else_cannot_be_read(walk: Walk, part: str, broken: str) -> None:
    text = barcode_text(expires=date(2020, 2, 28))
    assert part in text
    refused = send(walk, jpeg(back(text.replace(part, broken))))
    assert refused["code"] == "document_expired"
    assert "02/28/2020" in refused["errors"]["back"]


@pytest.mark.parametrize("kind", ["passport", "passport_card"])
def test_nothing_is_said_of_what_has_no_barcode(walk: Walk, kind: str) -> None:
    assert send(walk, jpeg(back()), kind)["step"] == "selfie"
    assert said(walk) == []


def test_what_was_read_goes_with_the_photo(sandbox: RunningSandbox, walk: Walk) -> None:
    send(walk, jpeg(back(barcode_text())))
    walk.back()
    send(walk, jpeg(back()), "state_id")
    assert walk.to(Step.ATTRIBUTES_REVIEW).view["prefill"] == REGISTRY
    walk.to(Step.DONE)
    assert b"H555-0101" not in (sandbox.folder / "sandbox.db").read_bytes()


@pytest.mark.parametrize("kind", ["drivers_license", "state_id"])
@pytest.mark.parametrize("persona", ["happy", "happy_two", "no_license", "idme_existing", "license_other_state"])
def test_a_sample_bears_the_personas_own_name_and_warns_of_nothing(tmp_path: Path, persona: str, kind: str) -> None:
    with running(tmp_path / "sandbox", local=True) as sandbox:
        account = "existing" if persona == "idme_existing" else "create"
        walk = sandbox.start(PERSONA_NPIS[persona], account=account).to(Step.DOCUMENT)
        back = Path(walk.view["on_file"]["back"]).with_name(f"{kind}_back-2.jpg")
        send(walk, back.read_bytes(), kind)
        ((level, text),) = said(walk)
        assert level == "info"
        assert text.startswith("Read from the barcode: ")
        review = walk.to(Step.ATTRIBUTES_REVIEW).view
        assert (review["prefill"]["birth_date"], review["prefill"]["street"]) == ("01/15/1980", "12 EXAMPLE ST")
        assert review["on_file"] == {}


def test_a_sample_is_said_to_be_of_somebody_else_and_offered_for_the_review(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", local=True) as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT, "id_other_name")
        assert Path(walk.view["on_file"]["back"]).name == "drivers_license_back-2.jpg"
        send(walk, Path(walk.view["on_file"]["back"]).read_bytes())
        assert "ALEX JORDAN SAMPLE" in said(walk)[1][1]
        review = walk.to(Step.ATTRIBUTES_REVIEW).view
        assert review["prefill"] == {"first_name": "Odalys", "last_name": "Marrowby"}
        assert review["on_file_label"] == "what the barcode of the ID says"
        again = walk.submit(Step.ATTRIBUTES_REVIEW, **review["on_file"], suite="", accept=True)
        assert again["step"] == "phone_link"
