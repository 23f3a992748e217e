"""Photos of which something seems wrong: shown once more, taken anew, or sent all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from textual.containers import VerticalScroll

from iprescribe_tui.front_ends.tui import doubt_screen
from iprescribe_tui.front_ends.tui.doubt_screen import DoubtScreen
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.harness import Machine, Person, resumed_at
from tests.longer import few
from tests.photos.backs import back, jpeg
from tests.photos.drawn import blurred, darkened, saved, scene
from tests.photos.portraits import REFUSED_ONCE, white_coat
from tests.photos.real import FOLDER, needed, out_of_focus

PICTURES: dict[str, tuple[Callable[[], Image.Image], str]] = {
    "blurred": (lambda: blurred(scene(), 3), "looks blurred"),
    "dark": (lambda: darkened(scene(), 0.15), "looks too dark"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures are."""
    for name, (draw, _) in PICTURES.items():
        (tmp_path / f"{name}.jpg").write_bytes(saved(draw(), quality=99))
    (tmp_path / "sharp.jpg").write_bytes(saved(scene()))
    return tmp_path


async def asked_about(person: Person, photo: Path) -> None:
    """Choose a photo of a passport, continue, and be asked about it."""
    await person.press("3")
    await person.enter("front", str(photo))
    await person.press("enter")
    await person.until("Take another", "Send it all the same")
    assert isinstance(person.app.screen, DoubtScreen)


@pytest.mark.parametrize("name", PICTURES)
async def test_a_doubted_photo_is_sent_all_the_same(name: str, sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await asked_about(person, folder / f"{name}.jpg")
        await person.until(PICTURES[name][1])
        await person.press("tab", "enter")
        await person.until_true(lambda: person.screen.heading == Step.SELFIE.heading, "the next step")


@needed
async def test_a_real_photo_out_of_focus_is_sent_all_the_same(sandbox: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "front.jpg").write_bytes(out_of_focus("document-04.jpg", 2))
    async with resumed_at(Machine(sandbox, tmp_path / "state"), Step.DOCUMENT) as person:
        await asked_about(person, tmp_path / "front.jpg")
        await person.until("looks blurred")
        await person.press("tab", "enter")
        await person.until_true(lambda: person.screen.heading == Step.SELFIE.heading, "the next step")
    assert len(list((sandbox.folder / "evidence").iterdir())) == 1


async def test_a_portrait_in_a_white_coat_goes_through_without_a_doubt(sandbox: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(saved(white_coat(), quality=95))
    async with resumed_at(Machine(sandbox, tmp_path / "state"), Step.SELFIE) as person:
        await person.enter("photo", str(tmp_path / "me.jpg"))
        await person.answered("\n")
        assert person.screen.heading == Step.PHONE_MATCH.heading


@needed
@pytest.mark.parametrize("name", few(REFUSED_ONCE, plain=1))
async def test_portraits_that_were_refused_go_through(name: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with resumed_at(Machine(sandbox, tmp_path / "state"), Step.SELFIE) as person:
        await person.enter("photo", str(FOLDER / name))
        await person.answered("\n")
        assert person.screen.heading == Step.PHONE_MATCH.heading


async def test_it_is_asked_about_however_soon_it_is_sent(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await person.type(f"3\t{folder / 'blurred.jpg'}\n")
        await person.until("looks blurred", "Take another", "Send it all the same")


async def test_what_seems_wrong_stands_at_the_field_where_help_lies_over_the_page(
    sandbox: RunningSandbox, folder: Path
) -> None:
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await person.type(f"3\t{folder / 'blurred.jpg'}\n")
        await person.press("f1")
        await person.until_true(lambda: bool(person.under("front")), "words under the field")
        assert "looks blurred" in person.under("front")
        await person.press("f1")
        await person.until("looks blurred", gone=["Send it all the same"])
        await person.press("enter")
        await person.until("Take another", "Send it all the same")


@pytest.mark.parametrize("height", few([24, 30], 2))
async def test_the_picture_leaves_room_for_all_the_words(
    height: int, sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt_screen, "can_draw", lambda _: True)
    (folder / "back.jpg").write_bytes(jpeg(back()))
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await person.pilot.resize_terminal(80, height)
        await person.type(f"1\t{folder / 'sharp.jpg'}\t{folder / 'back.jpg'}\n")
        await person.until("barcode", "back.jpg", "Send it all the same", "▀▀▀▀")
        page = person.app.screen.query_one(VerticalScroll)
        await person.settle()
        assert page.max_scroll_y == 0
        assert sum("▀▀▀▀" in line for line in person.text.splitlines()) >= height - 14, "it fills what is left"


async def test_the_picture_is_drawn_once_there_is_room(
    sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt_screen, "can_draw", lambda screen: screen.size.height >= 24)
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await person.pilot.resize_terminal(60, 20)
        await asked_about(person, folder / "blurred.jpg")
        await person.until("It isn't drawn here, which needs 80×24 and colors: open the file to look at it.")
        await person.pilot.resize_terminal(80, 24)
        await person.until("▀▀▀▀", gone=["It isn't drawn here"])


async def test_the_mark_stands_at_the_button_that_enter_presses(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await asked_about(person, folder / "blurred.jpg")
        await person.until("▸ Take another Send")
        await person.press("tab")
        await person.until("Take another ▸ Send it all the same", gone=["▸ Take another"])
        await person.press("shift+tab")
        await person.until("▸ Take another Send")


async def test_an_enter_too_many_sends_nothing_and_another_photo_goes_on(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder / "state"), Step.DOCUMENT) as person:
        await asked_about(person, folder / "blurred.jpg")
        await person.press("enter")
        await person.until_true(lambda: not isinstance(person.app.screen, DoubtScreen), "the form again")
        assert person.screen.heading == Step.DOCUMENT.heading
        await person.type(str(folder / "sharp.jpg"))
        assert person.screen.values["front"] == str(folder / "sharp.jpg"), "what is typed replaces the path"
        await person.press("enter")
        await person.until_true(lambda: person.screen.heading == Step.SELFIE.heading, "the next step")
