"""What an ID's barcode is taken to mean: expired or not, whose, and what it fills in."""

from dataclasses import replace
from datetime import date

import pytest

from iprescribe_tui.journey.aamva.parser import IdCard
from iprescribe_tui.journey.id_card import BARCODE_UNREAD, NO_BARCODE, BarcodeResult, judge_barcode, review_answers

TODAY = date(2026, 6, 15)
CARD = IdCard(
    version=10,
    issuer="IL",
    kind="DL",
    family="HARTWELL",
    given="AMELIA",
    middle="JANE",
    born=date(1975, 4, 30),
    street="12 ELM ST",
    street2="APT 4",
    city="SPRINGFIELD",
    state="IL",
    zip_code="62701",
)


def judged(name: str, *elements: str, registry: str, today: date = TODAY) -> BarcodeResult:
    text = f"@\n\x1e\rANSI 636035080001DL00310250DLDAQ1\nDAA{name}\n" + "\n".join(elements) + "\r"
    return judge_barcode(text, registry, today)


def test_a_barcode_that_cannot_be_read_is_a_doubt_that_says_what_was_not_checked() -> None:
    verdict = judge_barcode(None, "Amelia Hartwell", TODAY)
    assert verdict == BarcodeResult(code="barcode_unread", doubt=BARCODE_UNREAD, notice=NO_BARCODE)
    assert BARCODE_UNREAD == (
        "The barcode on the back couldn't be read, so it isn't known whether this ID is still valid. Take the back "
        "again: flat, straight, sharp, and filling the picture."
    )


@pytest.mark.parametrize("text", ["", "SPECIMEN", "@\n\x1e\rANSI 636035080001DL\n", "x" * 10_000])
def test_a_barcode_that_cannot_be_taken_is_a_doubt(text: str) -> None:
    verdict = judge_barcode(text, "Amelia Hartwell", TODAY)
    assert verdict.card is None
    assert not verdict.error
    assert verdict.code.startswith("barcode_")
    assert ", so it isn't known whether this ID is still valid." in verdict.doubt
    assert verdict.doubt.endswith("and filling the picture.")
    assert verdict.notice.endswith("If this is the back of your ID, go on.")


@pytest.mark.parametrize(
    ("expires", "valid"),
    [("06142026", False), ("06152026", True), ("06162026", True), ("20200101", False)],
)
def test_an_id_is_valid_through_its_last_day(expires: str, valid: bool) -> None:
    verdict = judged("HARTWELL,AMELIA", f"DBA{expires}", registry="Amelia Hartwell")
    assert (verdict.error == "") is valid
    assert not verdict.doubt
    assert verdict.code == ("" if valid else "document_expired")


def test_what_has_expired_is_said_with_the_day() -> None:
    verdict = judged("HARTWELL,AMELIA", "DBA01142024", registry="Amelia Hartwell")
    says = "This ID has expired. Choose another one that is still valid. Its barcode says 01/14/2024."
    assert verdict.error == says


@pytest.mark.parametrize("header", ["63603508", "63603512", "63603599", "63603X08", "6360350", ""])
@pytest.mark.parametrize(
    "broken", ["DBB00001986", "DBD02302019", "DCS\x1b[31mHARTWELL", "DAG" + "X" * 500, "DAK1", "DAHhttps://a.example"]
)
def test_what_has_expired_is_refused_whatever_else_cannot_be_read(header: str, broken: str) -> None:
    verdict = judge_barcode(f"@\n\x1e\rANSI {header}DL{broken}\nDAQ1\nDBA02282020\r", "Amelia Hartwell", TODAY)
    assert verdict.code == "document_expired"
    assert verdict.error.endswith("Its barcode says 02/28/2020.")


def test_what_cannot_be_read_is_named_in_a_notice() -> None:
    verdict = judged("HARTWELL,AMELIA", "DBA02292027", "DBB00001986", "DAJON", registry="Amelia Hartwell")
    assert verdict.error == ""
    assert verdict.card
    assert verdict.notice == (
        'The barcode\'s expiration date "02292027", date of birth "00001986" and state "ON" can\'t be read. '
        "Check what your ID says there."
    )


@pytest.mark.parametrize(
    ("name", "anothers"),
    [
        ("AMELIA,HARTWELL", False),
        ("HARTWELL,AMELIA", False),
        ("HARTWELL,AMELIA,JANE", False),
        ("AMELIA JANE HARTWELL", False),
        ("HARTWELL AMELIA", True),
        ("HARTWELL,BRAM", True),
    ],
)
def test_names_in_one_element_are_taken_in_the_order_of_the_registry(name: str, anothers: bool) -> None:
    text = f"@\n\x1e\rANSI 636035030001DLDAQ1\nDCT{name}\n"
    verdict = judge_barcode(text, "Amelia Jane Hartwell, M.D.", TODAY)
    assert verdict.anothers is anothers
    assert verdict.card
    if not anothers:
        assert (verdict.card.family, verdict.card.given) == ("HARTWELL", "AMELIA")


@pytest.mark.parametrize(
    ("on_card", "registry"),
    [
        ("HARTWELL,AMELIA,JANE", "Amelia Jane Hartwell, M.D."),
        ("HARTWELL,AMELIA", "Amelia Jane Hartwell, M.D."),
        ("HARTWELL,AMELIA,J", "AMELIA HARTWELL"),
        ("HARTWELL,JANE", "Amelia Jane Hartwell"),
        ("HARTWELL,JANE,AMELIA", "Amelia Hartwell"),
        ("HARTWELL,A,JANE", "Amelia Hartwell"),
        ("HARTWELL,ALEXANDER", "Alex Hartwell"),
        ("HARTWELL,AMELIA,,JR", "Amelia Hartwell Jr., DO"),
        ("HARTWELL JR,AMELIA", "Amelia Hartwell"),
        ("QUINTANA-BELLWEATHER,TOMAS,ANDRES", "Tomás Andrés Quintana-Bellweather, DO"),
        ("QUINTANABELLWEATHER,TOMAS", "Tomás Andrés Quintana-Bellweather"),
        ("QUINTANA,TOMAS", "Tomás Andrés Quintana-Bellweather"),
        ("ONEILL,JUNE", "June O'Neill"),
        ("O NEILL,JUNE", "June O’Neill"),
        ("SOERENSEN,LAERKE", "Laerke Soerensen"),
        ("SORENSEN,LAERKE", "Lærke Sørensen"),
        ("WEISS,JUNE", "June Weiß"),
        ("HARTWELL", "Amelia Hartwell"),
        ("HARTWELL,AMELIA", ""),
    ],
)
def test_a_name_that_can_be_the_registrys_is_not_remarked_on(on_card: str, registry: str) -> None:
    verdict = judged(on_card, registry=registry)
    assert (verdict.notice, verdict.anothers) == ("", False)


@pytest.mark.parametrize(
    ("on_card", "registry"),
    [
        ("SAMPLE,ALEX,JORDAN", "Amelia Jane Hartwell, M.D."),
        ("HARTWELL,MARY,JANE", "Amelia Jane Hartwell"),
        ("HARTWELL,BRAM", "Amelia Hartwell"),
        ("QUILL,AMELIA", "Amelia Hartwell"),
        ("AMELIA,HARTWELL", "Amelia Hartwell"),
        ("HART,AMELIA", "Amelia Hartwell"),
        ("HARTWELL,AL", "Amelia Hartwell"),
    ],
)
def test_another_name_is_remarked_on_and_refuses_nothing(on_card: str, registry: str) -> None:
    verdict = judged(on_card, registry=registry)
    assert verdict.anothers
    assert verdict.error == ""
    assert f'"{registry.partition(",")[0]}"' in verdict.notice


def test_a_name_that_is_cut_off_still_matches() -> None:
    cut = judged("QUINTANA BELLW,TOMAS", "DDET", registry="Tomás Quintanabellweather")
    whole = judged("QUINTANA BELLW,TOMAS", "DDEN", registry="Tomás Quintanabellweather")
    assert (cut.anothers, whole.anothers) == (False, True)


def test_a_card_fills_in_the_review() -> None:
    assert review_answers(CARD, TODAY) == {
        "first_name": "AMELIA",
        "last_name": "HARTWELL",
        "birth_date": "04/30/1975",
        "street": "12 ELM ST",
        "suite": "APT 4",
        "city": "SPRINGFIELD",
        "state": "IL",
        "zip_code": "62701",
    }


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [
        ({"born": date(2020, 1, 1)}, {"birth_date"}),
        ({"born": None}, {"birth_date"}),
        ({"zip_code": "00000"}, {"state", "zip_code"}),
        ({"zip_code": "90210"}, {"state", "zip_code"}),
        ({"state": ""}, {"state", "zip_code"}),
        ({"street2": ""}, {"suite"}),
        ({"given": "4711"}, {"first_name"}),
    ],
)
def test_only_what_the_form_would_take_is_filled_in(wrong: dict[str, object], missing: set[str]) -> None:
    full = review_answers(CARD, TODAY).keys()
    assert review_answers(replace(CARD, **wrong), TODAY).keys() == full - missing  # type: ignore[arg-type]


def test_an_expiration_date_that_cannot_be_read_is_a_doubt() -> None:
    verdict = judged("HARTWELL,AMELIA", "DBA02292027", registry="Amelia Hartwell")
    assert (verdict.code, verdict.error) == ("barcode_unread", "")
    assert verdict.doubt.startswith("The barcode's expiration date can't be read, so it isn't known whether")


@pytest.mark.parametrize(
    "elements",
    [[], ["DBA"], ["DBANONE"], ["DBAunavl"], ["DBA00000000"], ["DBA00/00/0000"], ["DBA88888888"], ["DBANONE", "DBA"]],
    ids=str,
)
def test_one_that_is_not_there_is_a_doubt_too(elements: list[str]) -> None:
    verdict = judged("HARTWELL,AMELIA", *elements, registry="Amelia Hartwell")
    assert (verdict.code, verdict.error) == ("barcode_unread", "")
    assert verdict.doubt == (
        "The barcode has no expiration date, so it isn't known whether this ID is still valid. Look for the date on "
        "the ID itself."
    )


@pytest.mark.parametrize(
    "endless",
    ["99999999", "99/99/9999", "12319999", "12/31/9999", "99991231", "9999-12-31", "INDEF", "never", "NON-EXPIRING"],
)
def test_an_id_that_never_expires_is_fine(endless: str) -> None:
    verdict = judged("HARTWELL,AMELIA", f"DBA{endless}", registry="Amelia Hartwell")
    assert (verdict.code, verdict.error, verdict.doubt, verdict.notice) == ("", "", "", "")


@pytest.mark.parametrize("valid", ["01152029", "99999999", "NONE"])
@pytest.mark.parametrize("is_first", [True, False])
def test_the_earliest_of_several_expiration_dates_counts(valid: str, is_first: bool) -> None:
    elements = [f"DBA{valid}", "DBA01142024"]
    verdict = judged("HARTWELL,AMELIA", *(elements if is_first else reversed(elements)), registry="Amelia Hartwell")
    assert verdict.code == "document_expired"
    assert verdict.error.endswith("Its barcode says 01/14/2024.")
