"""Photos that lie on this machine: dropped, picked, looked at, taken anew, and their sending stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import OptionList

from iprescribe_tui.front_ends.tui.photo_picker import PhotoPicker
from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.front_ends.tui.widgets import photo_preview
from iprescribe_tui.front_ends.tui.widgets.photo_preview import PhotoPreviews
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.evidence import folder_of
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.backend import RunningSandbox, running
from tests.faults.link import link_to
from tests.front_ends.harness import Machine, Person, resumed, resumed_at
from tests.longer import few

pytestmark = pytest.mark.usefixtures("real_looks")

FRONT, BACK = "drivers_license_front.jpg", "drivers_license_back.jpg"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with pictures in it, and other things."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(PhotoScreen, "last_folder", None)
    pictures = tmp_path / "home" / "My Pictures"
    for name, path in write_sample_photos(pictures).items():
        path.rename(pictures / f"{name}.jpg")
    (pictures / "Trip").mkdir()
    (pictures / "notes.txt").write_text("no photo")
    (pictures / "evil\x1b[31m.jpg").write_bytes((pictures / "selfie.jpg").read_bytes())
    return pictures


async def drop(person: Person, *paths: Path) -> None:
    """Drop files on the terminal, as many terminals write them."""
    person.app.post_message(events.Paste(" ".join(f"'{path}'" for path in paths)))
    await person.settle()


async def test_both_sides_dropped_at_once_and_one_taken_anew(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.DOCUMENT) as person:
        await person.press("1")
        await person.go_to("front")
        await drop(person, folder / FRONT, folder / BACK)
        values = person.screen.values
        assert (values["front"], values["back"]) == (str(folder / FRONT), str(folder / BACK))
        size = f"{(folder / FRONT).stat().st_size / 1024:.0f} KB"
        await person.until(f"✓ Good · 1400 × 880 · {size}")
        await person.go_to("back")
        await drop(person, folder / "state_id_back.jpg")
        values = person.screen.values
        assert (values["front"], values["back"]) == (str(folder / FRONT), str(folder / "state_id_back.jpg"))
        await drop(person, folder / BACK)
        await person.answered("\n")
        assert person.screen.heading == Step.SELFIE.heading


async def test_the_last_line_says_continue_once_there_is_a_photo(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.SELFIE) as person:
        await person.until("Enter Check F1")
        await drop(person, folder / "selfie.jpg")
        await person.until("Enter Continue")
        await person.press("end", "ctrl+u")
        await person.until("Enter Check F1")
        await person.go_to_continue()
        await person.until("Enter Continue")
        await person.press("enter")
        await person.until("✗")


HINTS = {"front": "JPEG, PNG, HEIC, WebP, or AVIF", "back": "The side with the barcode"}


@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize(("columns", "beside"), few([(80, True), (40, False), (60, False)], 2))
async def test_what_a_photo_must_be_can_be_read_beside_a_picture(
    columns: int, beside: bool, name: str, sandbox: RunningSandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_preview, "can_draw", lambda widget: widget.app.size.width >= 80)
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.DOCUMENT) as person:
        await person.press("2")
        other = "back" if name == "front" else "front"
        await person.enter(other, str(folder / f"state_id_{other}.jpg"))
        await person.go_to(name)
        await person.until("▀▀▀▀")
        await person.pilot.resize_terminal(columns, 24)
        await person.until_true(lambda: ("▀▀▀▀" in person.text) is beside, "the picture where it has room")
        await person.until_true(lambda: HINTS[name] in person.text, HINTS[name])


@pytest.mark.parametrize(
    ("step", "keys"),
    [
        (Step.DOCUMENT, ["Enter Next field", "F1 Help", "F10 Leave", "F4 Files", "F6 Phone"]),
        (Step.SELFIE, ["F1 Help", "F10 Leave", "F4 Files", "F6 Phone", "F9 Back"]),
    ],
)
async def test_the_last_line_names_the_phone_and_the_way_back_also_in_a_small_window(
    step: Step, keys: list[str], sandbox: RunningSandbox, folder: Path
) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), step) as person:
        await person.pilot.resize_terminal(60, 20)
        await person.until_true(lambda: all(key in person.text.splitlines()[-1] for key in keys), f"{keys}")


async def test_what_is_wrong_with_one_side_stays_while_the_other_is_asked_for(
    sandbox: RunningSandbox, folder: Path
) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.DOCUMENT) as person:
        await person.press("1")
        await person.go_to("front")
        await drop(person, folder / "notes.txt")
        await person.until("✗ This file is not a photo.")
        await person.press("enter")
        await person.until("A photo of the back is needed too", "✗ This file is not a photo.")


async def test_a_screenshot_of_a_mac_is_found_by_the_name_one_sees(sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "selfie.jpg").rename(folder / "Screenshot at 8.55\u202fPM.jpg")
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.SELFIE) as person:
        await person.enter("photo", "~/My Pictures/Screenshot at 8.55 PM.jpg")
        await person.until("✓ Good · 1000 × 1240")
        await person.answered("\n")
        assert person.screen.heading == Step.PHONE_MATCH.heading


async def test_two_files_that_a_terminal_types_come_to_their_fields(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.DOCUMENT) as person:
        await person.type(f"1\t'{folder / FRONT}' '{folder / BACK}' ")
        await person.until_true(lambda: person.screen.values["back"] == str(folder / BACK), "the back in its field")
        assert person.screen.values["front"] == str(folder / FRONT)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_photo_is_picked_by_keyboard(size: tuple[int, int], sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.SELFIE) as person:
        await person.pilot.resize_terminal(*size)
        await person.press("f4")
        await person.until("Choose a photo: Photo of you", "My Pictures/")
        await person.press("enter")
        await person.until("selfie.jpg", "Trip/", r"evil\x1b[31m.jpg", gone=["notes.txt"])
        picker = person.app.screen
        assert isinstance(picker, PhotoPicker)
        rows = [entry.path.name for entry in picker.entries]
        listed = picker.query_one(OptionList)
        assert listed.highlighted is not None
        way = rows.index("selfie.jpg") + 1 - listed.highlighted
        await person.press(*(["down"] * way if way > 0 else ["up"] * -way), "enter")
        await person.until_true(lambda: person.app.screen is person.screen, "the step again")
        assert person.screen.values["photo"] == str(folder / "selfie.jpg")
        await person.until("✓ Good · 1000 × 1240")
        await person.press("f4")
        await person.until("Trip/", "selfie.jpg")
        await person.press("left")
        await person.until("My Pictures/", gone=["selfie.jpg"])
        await person.press("f9")
        await person.until_true(lambda: person.app.screen is person.screen, "the step again")
        assert person.screen.values["photo"] == str(folder / "selfie.jpg")


async def test_sending_is_shown_and_stopped_by_a_key(sandbox: RunningSandbox, folder: Path) -> None:
    with link_to(sandbox.url) as link:
        machine = Machine(replace(sandbox, url=link.url), folder.parent / "state")
        async with resumed_at(machine, Step.SELFIE) as person:
            link.speed = 60_000
            await drop(person, folder / "selfie.jpg")
            await person.type("\n")
            await person.until("Sending ━", "KB of", "left", "F9 stops it")
            await person.press("f9")
            await person.until("Sending was stopped", gone=["F9 stops it"])
            assert person.screen.values["photo"] == str(folder / "selfie.jpg")
            kept = folder_of(sandbox.backend)
            await person.until_true(lambda: len(list(kept.iterdir())) == 2, "the ID's two sides alone at the backend")
            link.speed = None
            await person.answered("\n")
            assert person.screen.heading == Step.PHONE_MATCH.heading


async def test_the_samples_of_a_licence_bring_back_the_back_that_a_passport_has_not(tmp_path: Path) -> None:
    """What is not seen is not sent: with the passport the back's field and picture go, with the licence they return."""
    with running(tmp_path / "sandbox", local=True) as sandbox:
        async with resumed_at(Machine(sandbox, tmp_path / "state"), Step.DOCUMENT) as person:
            back = person.screen.query_one(PhotoPreviews).query(".preview")[1]
            await person.press("f3")
            await person.until_true(lambda: back.display, "a picture of the back")
            await person.go_to("kind")
            await person.press("3")
            await person.until_true(lambda: not person.row("back").display, "a passport, without a back")
            assert not back.display
            await person.press("f3")
            await person.until_true(lambda: person.row("back").display and back.display, "a licence, with its back")


async def test_photos_of_a_terminal_that_was_left_behind_are_not_sent(sandbox: RunningSandbox, folder: Path) -> None:
    """The other terminal went on: this one says so, and shows where the registration is."""
    walk = sandbox.registration_at(Step.DOCUMENT)
    async with resumed(Machine(sandbox, folder.parent / "state"), walk) as person:
        await person.until_step(Step.DOCUMENT)
        walk.to(Step.PHONE_MATCH)
        await person.press("1")
        await person.go_to("front")
        await drop(person, folder / FRONT, folder / BACK)
        await person.answered("\n")
        await person.until_step(Step.PHONE_MATCH)
        assert "This was not sent, since the registration has moved on meanwhile" in person.words


@pytest.mark.parametrize("then", ["notes.txt", "not there.jpg", ""])
async def test_what_was_said_of_one_file_does_not_stand_under_another(
    then: str, sandbox: RunningSandbox, folder: Path
) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.SELFIE) as person:
        await person.enter("photo", str(folder / "selfie.jpg"))
        await person.until("✓ Good · 1000 × 1240")
        await person.enter("photo", then and str(folder / then))
        assert not person.under("photo")


async def test_what_was_typed_stays_while_a_phone_is_waited_for(sandbox: RunningSandbox, folder: Path) -> None:
    async with resumed_at(Machine(sandbox, folder.parent / "state"), Step.DOCUMENT) as person:
        await person.press("1")
        await person.enter("front", str(folder / FRONT))
        before = dict(person.screen.values)
        await person.answered("<f6>")
        assert not person.screen.field_rows
        await person.answered("<f9>")
        assert dict(person.screen.values) == before
