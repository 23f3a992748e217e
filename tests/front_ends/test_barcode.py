"""What the barcode on the back of an ID says is said at its field, before the photo is sent."""

from datetime import date
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.applicant import go_to, put_photos
from tests.front_ends.harness import Machine, Person, resumed_at
from tests.photos.backs import back, barcode_text, jpeg


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    (tmp_path / "expired.jpg").write_bytes(jpeg(back(barcode_text(expires=date(2021, 3, 2)))))
    (tmp_path / "anothers.jpg").write_bytes(jpeg(back(barcode_text(given="BRAM", family="QUILL"))))
    unread = barcode_text(expires=date(2027, 2, 1)).replace("DBA02012027", "DBA02292027")
    (tmp_path / "unread.jpg").write_bytes(jpeg(back(unread)))
    old = barcode_text(expires=date(2020, 2, 28)).replace("DBB04301975", "DBB00001986").replace("63603508", "63603512")
    (tmp_path / "old.jpg").write_bytes(jpeg(back(old)))
    (tmp_path / "bare.jpg").write_bytes(jpeg(back()))
    (tmp_path / "own.jpg").write_bytes(jpeg(back(barcode_text())))
    return Machine(sandbox, tmp_path / "state")


def sent(person: Person) -> int:
    folder = person.sandbox.folder / "evidence"
    return len(list(folder.iterdir())) if folder.exists() else 0


async def test_each_back_is_judged_when_its_field_is_left(machine: Machine) -> None:
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.type("1\tfront.jpg")
        for name, words, wrong in [
            ("expired.jpg", "This ID has expired. Choose another one that is still valid.", True),
            ("anothers.jpg", 'The ID says "BRAM JANE QUILL", the registry "Amelia Jane Hartwell".', False),
            ("old.jpg", "Its barcode says 02/28/2020.", True),
            ("unread.jpg", "The barcode's expiration date can't be read, so it isn't known whether", False),
            ("bare.jpg", "The barcode on the back couldn't be read, so it isn't known whether this ID is", False),
        ]:
            await person.enter("back", name)
            await person.press("shift+tab")
            await person.until_true(lambda words=words: words in person.under("back"), words)  # type: ignore[misc]
            assert person.row("back").has_class("-wrong") is wrong
        await person.enter("back", "own.jpg")
        await person.press("shift+tab")
        await person.until_true(lambda: not person.under("back"), "nothing said of a good one")
        await person.go_to("kind")
        await person.press("3", "tab")
        await person.until("Passport", gone=["Back"])
        assert sent(person) == 0


async def test_what_has_expired_is_not_sent_and_what_is_valid_fills_in_the_review(machine: Machine) -> None:
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.answered("1\tfront.jpg\texpired.jpg\n")
        assert "Its barcode says 03/02/2021." in person.under("back")
        assert sent(person) == 0
        await person.enter("back", "own.jpg")
        await person.answered("\n")
        await person.until_step(Step.SELFIE)
        await person.until("Read from the barcode: AMELIA JANE HARTWELL, valid until 04/30/2099.")
        await go_to(person, Step.ATTRIBUTES_REVIEW)
        assert [
            str(person.row(name).value) for name in ("first_name", "birth_date", "street", "state", "zip_code")
        ] == [
            "Amelia",
            "04/30/1975",
            "12 ELM ST",
            "IL",
            "62701",
        ]
        await person.answered(" \n")
        await person.until_step(Step.PHONE_LINK)


@pytest.mark.matrix
async def test_what_anothers_id_says_is_only_offered(machine: Machine) -> None:
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.answered("1\tfront.jpg\tanothers.jpg\n")
        await person.until_step(Step.SELFIE)
        await go_to(person, Step.ATTRIBUTES_REVIEW)
        assert (person.row("first_name").value, person.row("street").value) == ("Amelia", "")
        await person.until("F3 Use what the barcode of the ID says")
        await person.press("f3")
        await person.until("BRAM", "12 ELM ST")
