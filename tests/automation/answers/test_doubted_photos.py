"""What a file says of photos with which something seems wrong: sent all the same, taken anew, or left to a person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from iprescribe_tui.client.uploads import DOUBTED
from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.front_ends.tui.doubt_screen import DoubtScreen
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import evidence
from tests.automation.answers.test_at_the_screens import answering
from tests.backend import RunningSandbox, picture
from tests.front_ends.harness import Person, until_true
from tests.longer import few
from tests.photos import real
from tests.photos.drawn import blurred, darkened, face, saved, scene
from tests.photos.portraits import REFUSED_ONCE, white_coat

NO_OTHER = "Your turn: the answers file has no other answer."
SEND = 'doubts = "send"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures are."""
    for name, image in {
        "blurred": blurred(face(), 4),
        "dark": darkened(face(), 0.1),
        "front": blurred(scene(), 3),
        "back": darkened(scene("back"), 0.15),
    }.items():
        (tmp_path / f"{name}.jpg").write_bytes(saved(image, quality=99))
    (tmp_path / "good.jpg").write_bytes(picture("good"))
    return tmp_path


@asynccontextmanager
async def at_selfie(sandbox: RunningSandbox, folder: Path, top: str, *photos: str) -> AsyncIterator[Person]:
    """A file that gives these photos of oneself, one at a visit, has come to the selfie."""
    visits = "".join(f'[[selfie]]\nphoto = "{photo}"\n' for photo in photos)
    walk = sandbox.registration_at(Step.SELFIE)
    async with answering(f"{top}\n[resume]\n{visits}", sandbox, folder, walk) as person:
        yield person


@pytest.mark.parametrize("photo", ["blurred.jpg", "dark.jpg"])
async def test_it_is_sent_all_the_same(photo: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with at_selfie(sandbox, folder, SEND, photo) as person:
        await person.until(Step.PHONE_MATCH.heading, "Your turn")


async def test_both_sides_are_sent_all_the_same(sandbox: RunningSandbox, folder: Path) -> None:
    text = f'{SEND}\n[resume]\n[document]\nkind = "passport_card"\nfront = "front.jpg"\nback = "back.jpg"'
    walk = sandbox.registration_at(Step.DOCUMENT)
    async with answering(text, sandbox, folder, walk) as person:
        await person.until(Step.SELFIE.heading, "Your turn")


@pytest.mark.parametrize("top", few(["", 'doubts = "stop"']))
async def test_it_is_left_to_the_person_who_sees_why(top: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with at_selfie(sandbox, folder, top, "blurred.jpg") as person:
        await person.until("The photo looks blurred.", "Take another", "Send it all the same")
        await person.press("f9")
        await person.until(Step.SELFIE.heading, NO_OTHER)
        await person.press("enter")
        await person.until("Take another", "Send it all the same")
        await person.press("tab", "enter")
        await person.until(Step.PHONE_MATCH.heading, "Your turn")


@pytest.mark.parametrize("photo", ["blurred.jpg", "no_photo.jpg"])
async def test_a_photo_that_was_never_sent_was_not_refused_by_the_backend(
    photo: str, sandbox: RunningSandbox, folder: Path
) -> None:
    (folder / "no_photo.jpg").write_bytes(b"no photo " * 1000)
    async with at_selfie(sandbox, folder, "", photo) as person:
        await person.until("This file is not a photo." if photo == "no_photo.jpg" else "Send it all the same")
        await person.press("f10")
        await until_true(lambda: not person.app.is_running, lambda: person.text)
    assert person.app.return_code == Ending.LEFT


async def test_the_next_answer_is_another_photo(sandbox: RunningSandbox, folder: Path) -> None:
    async with at_selfie(sandbox, folder, "", "blurred.jpg", "dark.jpg", "good.jpg") as person:
        await person.until(Step.PHONE_MATCH.heading, "Your turn")
        assert not isinstance(person.app.screen, DoubtScreen)


@pytest.mark.parametrize("photo", ["good.jpg", "blurred.jpg"])
async def test_a_backend_that_refuses_for_such_a_reason_refuses(
    photo: str, sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0

    def never(*_: object) -> None:
        nonlocal refused
        refused += 1
        raise CheckFailed(DOUBTED, "No such picture.")

    walk = sandbox.registration_at(Step.SELFIE)
    monkeypatch.setattr(evidence, "_examined", never)
    async with answering(f'{SEND}\n[resume]\n[selfie]\nphoto = "{photo}"', sandbox, folder, walk) as person:
        await person.until("No such picture.", NO_OTHER)
        assert refused == 1


async def test_a_portrait_in_a_white_coat_goes_through(sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "coat.jpg").write_bytes(saved(white_coat()))
    async with at_selfie(sandbox, folder, "", "coat.jpg") as person:
        await person.until(Step.PHONE_MATCH.heading, "Your turn")


@real.needed
@pytest.mark.matrix
@pytest.mark.parametrize("name", REFUSED_ONCE)
async def test_a_real_portrait_that_was_refused_goes_through(name: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with at_selfie(sandbox, folder, "", str(real.FOLDER / name)) as person:
        await person.until(Step.PHONE_MATCH.heading, "Your turn")


@real.needed
@pytest.mark.parametrize("name", few(["selfie-01.jpg", "selfie-12.jpg", "selfie-23.jpg"]))
async def test_a_real_photo_out_of_focus_is_sent_all_the_same(name: str, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / name).write_bytes(real.out_of_focus(name, 2))
    async with at_selfie(sandbox, folder, SEND, name) as person:
        await person.until(Step.PHONE_MATCH.heading, "Your turn")
