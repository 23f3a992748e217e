"""A photo with which something seems wrong is asked about line by line: taken anew, or sent all the same."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from iprescribe_tui.client.uploads import DOUBTED
from iprescribe_tui.front_ends.plain.lines import NOT_TAKEN
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import evidence
from tests.backend import RunningSandbox, picture
from tests.front_ends.harness import Machine
from tests.longer import few
from tests.photos import real
from tests.photos.drawn import blurred, darkened, face, saved, scene
from tests.photos.portraits import REFUSED_ONCE, white_coat
from tests.plain.person import Plain
from tests.plain.prompts import Listener, at_step
from tests.plain.test_pasted_lines import at, until_asked

QUESTION = "Take another photo, or send this one? (number, or part of the name) [Take another]:"

DOUBTED_PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "blurred": (lambda: saved(blurred(face(), 4), quality=99), "Photo of you: The photo looks blurred."),
    "dark": (lambda: saved(darkened(face(), 0.1), quality=99), "Photo of you: The photo looks too dark."),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures are."""
    for name, (draw, _) in DOUBTED_PICTURES.items():
        (tmp_path / f"{name}.jpg").write_bytes(draw())
    (tmp_path / "good.jpg").write_bytes(picture("good"))
    (tmp_path / "front.jpg").write_bytes(saved(scene()))
    (tmp_path / "back.jpg").write_bytes(picture("back"))
    return tmp_path


def kept(person: Listener) -> int:
    """How many photos the backend has besides the two of the ID that it has from before."""
    return sum(1 for _ in evidence.folder_of(person.sandbox.backend).iterdir()) - 2


async def doubted(person: Listener, folder: Path, name: str = "blurred") -> None:
    """Give a photo of oneself, and be asked about it."""
    await person.type(str(folder / f"{name}.jpg"))
    assert person.question == QUESTION
    assert DOUBTED_PICTURES[name][1] in person.said
    assert person.said.count("Take another photo") == 1
    assert "✓" not in person.said
    assert kept(person) == 0


@pytest.mark.parametrize("typed", few(["2", "send", "Send it all the same", " SEND IT "], 2))
@pytest.mark.parametrize("name", DOUBTED_PICTURES)
async def test_it_is_sent_all_the_same(name: str, typed: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder, name)
        assert "1. Take another 2. Send it all the same" in person.said
        person.send(typed)
        await person.until_step(Step.PHONE_MATCH)
        assert "looks" not in person.said


@pytest.mark.parametrize("typed", few(["", "1", "take another", "another"], 2))
async def test_another_is_taken(typed: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder)
        await person.type(typed)
        assert (person.field, kept(person)) == ("photo", 0)
        await doubted(person, folder, "dark")
        await person.type(typed)
        person.send(str(folder / "good.jpg"))
        await person.until_step(Step.PHONE_MATCH)
        assert re.search(r"✓ Good · \d+ × \d+ · \d+ KB", person.said)


async def test_what_is_mistyped_at_the_question_sends_nothing(sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder)
        for typed in ("3", "yes", str(folder / "good.jpg"), "e"):
            await person.type(typed)
            assert (person.step, person.question.startswith("Take another"), kept(person)) == (Step.SELFIE, True, 0)


async def test_the_commands_work_at_the_question(sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder)
        await person.type("?")
        assert person.question == QUESTION
        assert "If something seems wrong with a photo" in person.said
        await person.type("<")
        assert person.step == Step.DOCUMENT


async def test_leaving_at_the_question_sends_nothing(sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder)
        person.send("!")
        await person.end()
        assert kept(person) == 0


async def test_who_comes_when_the_session_is_over_sends_nothing(sandbox: RunningSandbox, folder: Path) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        await doubted(person, folder)
        person.front_end.services.presence.clock = lambda: float("inf")
        await person.type("2")
        assert person.step == "sign_in"
        assert kept(person) == 0


@pytest.mark.parametrize("sends", [True, False])
async def test_a_photo_that_is_another_when_it_is_to_be_sent(
    sends: bool, sandbox: RunningSandbox, folder: Path
) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await person.type("passport card")
        await person.type(str(folder / "front.jpg"))
        (folder / "front.jpg").write_bytes(saved(blurred(scene(), 3), quality=99))
        await person.type(str(folder / "back.jpg"))
        assert person.question == QUESTION
        assert "Front: The photo looks blurred." in person.said
        await person.type("2" if sends else "1")
        if not sends:
            assert (person.field, kept(person)) == ("front", -2)
            (folder / "front.jpg").write_bytes(saved(scene()))
            await person.type("")
        await person.until_step(Step.SELFIE)


async def test_a_backend_that_says_it_of_every_photo_is_asked_no_more_than_the_person(
    sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0

    def never(*_: object) -> None:
        nonlocal refused
        refused += 1
        raise CheckFailed(DOUBTED, "No.")

    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        monkeypatch.setattr(evidence, "_examined", never)
        await person.type(str(folder / "good.jpg"))
        assert (refused, person.question) == (1, QUESTION)
        for count in (2, 3):
            await person.type("2" if count == 2 else "")
            assert (refused, person.field) == (count, "photo")
            assert "Photo of you: No." in person.said


async def test_a_portrait_in_a_white_coat_is_not_asked_about(sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "coat.jpg").write_bytes(saved(white_coat()))
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        person.send(str(folder / "coat.jpg"))
        await person.until_step(Step.PHONE_MATCH)


@real.needed
@pytest.mark.parametrize("name", few(REFUSED_ONCE))
async def test_a_real_portrait_that_was_refused_is_not_asked_about(
    name: str, sandbox: RunningSandbox, folder: Path
) -> None:
    async with at_step(Machine(sandbox, folder / "state"), Step.SELFIE) as person:
        person.send(str(real.FOLDER / name))
        await person.until_step(Step.PHONE_MATCH)


@real.needed
@pytest.mark.parametrize(
    ("step", "name"),
    few([(Step.SELFIE, f"selfie-{number:02}.jpg") for number in (1, 8, 16)], 1)
    + few([(Step.DOCUMENT, f"document-{number:02}.jpg") for number in (1, 4, 7)], 1),
)
async def test_a_real_photo_out_of_focus_is_sent_all_the_same(
    step: Step, name: str, sandbox: RunningSandbox, folder: Path
) -> None:
    (folder / name).write_bytes(real.out_of_focus(name, 2))
    async with at_step(Machine(sandbox, folder / "state"), step) as person:
        if step is Step.DOCUMENT:
            await person.type("passport")
        await person.type(str(folder / name))
        assert person.question == QUESTION
        assert "looks blurred" in person.said
        person.send("2")
        await person.until_step(Step.SELFIE if step is Step.DOCUMENT else Step.PHONE_MATCH)


def test_what_is_pasted_behind_a_doubted_photo_does_not_send_it(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        (tmp_path / "blurred.jpg").write_bytes(DOUBTED_PICTURES["blurred"][0]())
        at(person, Step.SELFIE)
        person.child.send("blurred.jpg\n2\n")
        until_asked(person, "another]: ", "The photo looks blurred.", NOT_TAKEN)
