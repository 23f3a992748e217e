"""What was typed outlives the program, for this user's eyes only, and never a secret of it."""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from iprescribe_tui.flow.drafts import Drafts, Kept
from iprescribe_tui.flow.page_texts import SUPPORT_REQUEST
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.steps import Step
from tests.secrets.canaries import found

BACKEND = "https://registration.example.com"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_typed_is_there_again_after_a_new_start(tmp_path: Path) -> None:
    Drafts(tmp_path, BACKEND).save("r1", Step.PERSONAL, {"email": "a@example.com", "role": "doctor"})
    again = Drafts(tmp_path, BACKEND)
    assert again.load("r1", Step.PERSONAL) == {"email": "a@example.com", "role": "doctor"}
    assert again.load("r1", Step.PRACTICE) == {}
    assert again.load("r2", Step.PERSONAL) == {}
    assert Drafts(tmp_path, "sandbox").load("r1", Step.PERSONAL) == {}


@pytest.mark.parametrize("step", list(Step))
def test_no_secret_of_any_step_is_kept_even_when_it_is_handed_over(step: Step, tmp_path: Path) -> None:
    values = {name: f"planted-{name}" for name in step.form.asked()}
    drafts = Drafts(tmp_path, BACKEND)
    drafts.save("r1", step, values)
    secret = {name for name, asked in step.form.asked().items() if asked.control in (Control.SECRET, Control.CODE)}
    kept = "".join(path.read_text() for path in files(tmp_path))
    assert not [name for name in secret if f'planted-{name}"' in kept]
    assert set(drafts.load("r1", step)) == set(values) - secret


SSN, PASSWORD = "219-07-8412", "planted-maple-words-4M"
WRONG_FIELDS = [
    *((Step.PHONE_MATCH, "phone", secret) for secret in (SSN, SSN.replace("-", ""), "219 07 8412", PASSWORD)),
    *(
        (step, name, secret)
        for step, name in ((Step.NPI, "npi"), (Step.MFA_PHONE, "phone"))
        for secret in (SSN, PASSWORD)
    ),
    *((Step.PRACTICE, name, SSN) for name in ("zip_code", "fax", "practice_name", "street", "city")),
    *((Step.PERSONAL, "email", secret) for secret in (SSN, PASSWORD, "two words/7Q~")),
    *((Step.ATTRIBUTES_REVIEW, name, SSN) for name in ("birth_date", "zip_code", "last_name")),
    (Step.LICENSE_REVIEW, "license_number", SSN),
    (SUPPORT_REQUEST, "message", f"My number is {SSN}. Is it right?"),
    (SUPPORT_REQUEST, "contact", PASSWORD),
]


@pytest.mark.parametrize(("page", "name", "secret"), WRONG_FIELDS)
def test_a_secret_in_a_wrong_field_is_kept_in_memory_alone(page: Kept, name: str, secret: str, tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    right = {"city": "Springfield"} if page is Step.PRACTICE and name != "city" else {}
    drafts.save("r1", page, right | {name: "first"})
    drafts.save("r1", page, right | {name: secret})
    assert drafts.load("r1", page) == right | {name: secret}, "nothing is lost while the program runs"
    assert not [path for path in files(tmp_path) if found(path.read_bytes(), [secret, SSN])]
    assert Drafts(tmp_path, BACKEND).load("r1", page) == right
    drafts.save("r1", page, right | {name: ""})
    assert drafts.load("r1", page) == right | {name: ""}
    drafts.forget("r1")
    assert drafts.load("r1", page) == {}


@pytest.mark.parametrize(
    ("step", "values"),
    [
        (Step.NPI, {"npi": "10000"}),
        (Step.PHONE_MATCH, {"phone": "(217) 555-0134"}),
        (Step.PRACTICE, {"street": "PO Box 12, 400 Lake Street", "zip_code": "62701-1234"}),
        (Step.PERSONAL, {"email": "dana@example.com", "role": "doctor_or_dentist"}),
        (Step.ATTRIBUTES_REVIEW, {"birth_date": "04/30/1975", "accept": True}),
    ],
)
def test_what_belongs_in_its_field_or_is_begun_is_kept(
    step: Step, values: dict[str, str | bool], tmp_path: Path
) -> None:
    Drafts(tmp_path, BACKEND).save("r1", step, values)
    assert Drafts(tmp_path, BACKEND).load("r1", step) == values


def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        drafts = Drafts(tmp_path / "state", BACKEND)
        drafts.save("r1", Step.PERSONAL, {"email": "a@example.com"})
        drafts.remember("r1", npi="1234567893")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)} == {0o600}
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_the_registration_that_was_left_last_is_remembered(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    assert drafts.remembered() is None
    drafts.remember("r1", npi="1234567893", step="practice")
    drafts.remember("r2", npi="1000000012")
    drafts.remember("r1", username="a.person", step="personal")
    left = Drafts(tmp_path, BACKEND).remembered()
    assert left is not None
    assert (left.registration, left.npi, left.username, left.step) == ("r1", "1234567893", "a.person", "personal")
    drafts.forget("r1")
    left = drafts.remembered()
    assert left is not None
    assert left.registration == "r2"
    drafts.forget("r2")
    assert drafts.remembered() is None
    assert not files(tmp_path)


def test_what_was_typed_for_another_npi_is_told_apart(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    drafts.remember("r1", npi="1234567893")
    drafts.remember("r2")
    assert drafts.is_of_another("r1", "1000000012")
    assert not drafts.is_of_another("r1", "1234567893")
    assert not drafts.is_of_another("r1", ""), "whose it is now is not known"
    assert not drafts.is_of_another("r2", "1000000012"), "whose it was is not known"
    assert not drafts.is_of_another("r3", "1000000012"), "nothing is kept"


def test_nothing_typed_leaves_nothing(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    drafts.save("r1", Step.NPI, {"npi": "1"})
    drafts.save("r1", Step.NPI, {})
    assert not files(tmp_path)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000, json.dumps({"npi": 7, "x": "y"}).encode(), b"x" * 200_000]
)
def test_a_damaged_file_is_as_good_as_none(damage: bytes, tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    drafts.remember("r1", npi="1234567893")
    drafts.save("r1", Step.NPI, {"npi": "1234"})
    for path in files(tmp_path):
        path.write_bytes(damage)
    assert drafts.load("r1", Step.NPI) == {}
    assert drafts.remembered() is None
    drafts.save("r1", Step.NPI, {"npi": "1234"})
    assert drafts.load("r1", Step.NPI) == {"npi": "1234"}


@pytest.mark.parametrize(("size", "kept"), [(64 * 1024, {"npi": "1234"}), (64 * 1024 + 1, {})])
def test_a_file_that_is_larger_than_any_draft_is_not_read(
    size: int, kept: dict[str, str | bool], tmp_path: Path
) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    drafts.save("r1", Step.NPI, {"npi": "1234"})
    (file,) = files(tmp_path)
    start, end = b'{"npi": "1234", "more": "', b'"}'
    file.write_bytes(start + b"x" * (size - len(start + end)) + end)
    assert drafts.load("r1", Step.NPI) == kept


def test_a_folder_that_cannot_be_written_is_said_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    drafts = Drafts(tmp_path / "state", BACKEND)
    drafts.save("r1", Step.NPI, {"npi": "1"})
    drafts.remember("r1", npi="1")
    assert drafts.notice
    assert "cannot be kept on this machine" in drafts.notice
    assert str(tmp_path / "state") in drafts.notice
    assert drafts.load("r1", Step.NPI) == {"npi": "1"}, "going back shows what was typed"
    assert drafts.keep_all() == ["npi", ""]
    (tmp_path / "state").unlink()
    drafts.save("r1", Step.PERSONAL, {"email": "a@example.com"})
    assert drafts.keep_all() == []
    assert drafts.failure is None
    again = Drafts(tmp_path / "state", BACKEND)
    assert again.load("r1", Step.NPI) == {"npi": "1"}
    assert again.remembered()


def test_odd_names_stay_inside_the_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"
    drafts = Drafts(state, "https://example.com/../../etc")
    for registration in ("../../../escaped", "/tmp/escaped", "..", "x" * 5000, "\0", "\ud800"):
        drafts.save(registration, Step.NPI, {"npi": "1"})
        drafts.remember(registration, npi="1")
        assert drafts.load(registration, Step.NPI) == {"npi": "1"}
    assert all(state in path.parents for path in files(tmp_path))


def test_what_another_terminal_has_ended_is_written_no_more_but_stays_in_memory(tmp_path: Path) -> None:
    first, second = Drafts(tmp_path, BACKEND), Drafts(tmp_path, BACKEND)
    for drafts in (first, second):
        drafts.remember("r1", npi="1000000012", step="personal")
    first.save("r1", Step.PERSONAL, {"email": "a@example.com"})
    second.forget("r1")
    first.save("r1", Step.PERSONAL, {"email": "b@example.com"})
    first.remember("r1", step="practice")
    assert files(tmp_path) == []
    assert first.load("r1", Step.PERSONAL) == {"email": "b@example.com"}
    first.save("r1", Step.PERSONAL, {})
    assert first.load("r1", Step.PERSONAL) == {}
    first.save("r1", Step.PERSONAL, {"email": "c@example.com"})
    first.forget("r1")
    assert first.load("r1", Step.PERSONAL) == {}
    first.remember("r1", npi="1000000012")  # started over, here
    first.save("r1", Step.PERSONAL, {"email": "d@example.com"})
    assert len(files(tmp_path)) == 2


def test_a_state_folder_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "state", BACKEND)
    drafts.remember("r1", npi="1000000012")
    shutil.rmtree(tmp_path / "state")
    drafts.save("r1", Step.PERSONAL, {"email": "a@example.com"})
    assert Drafts(tmp_path / "state", BACKEND).load("r1", Step.PERSONAL) == {"email": "a@example.com"}


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that its user may use until `close` is called on it, also where tests run as root."""
    folder = tmp_path / "home"
    folder.mkdir()
    others = 65534
    is_root = os.geteuid() == 0
    for each in (*tmp_path.parents, tmp_path):
        if is_root and each.stat().st_uid == 0 and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)
    if is_root:
        os.chown(folder, others, others)
        os.seteuid(others)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_a_folder_that_is_closed_meanwhile_keeps_nobody_from_going_on(closed_folder: Path) -> None:
    drafts = Drafts(closed_folder / "state", BACKEND)
    drafts.remember("r1", npi="1000000012", step="personal")
    drafts.save("r1", Step.PERSONAL, {"email": "a@example.com"})
    closed_folder.chmod(0)
    drafts.save("r1", Step.PERSONAL, {"email": "b@example.com"})
    drafts.remember("r1", step="practice")
    assert drafts.load("r1", Step.PERSONAL) == {"email": "b@example.com"}
    assert drafts.notice
    assert drafts.keep_all()
    closed_folder.chmod(0o700)
    assert drafts.keep_all() == []
    assert drafts.notice is None
    assert Drafts(closed_folder / "state", BACKEND).load("r1", Step.PERSONAL) == {"email": "b@example.com"}
