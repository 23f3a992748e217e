"""The screen of a step that asks for photos on this machine: chosen, looked at, shown small, and sent."""

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from iprescribe_tui.client.barcode import verdict_of
from iprescribe_tui.client.photos import seen, typed_path
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.licence import Verdict
from iprescribe_tui.photos.paths import dropped_paths
from iprescribe_tui.photos.preview import Preview
from iprescribe_tui.turns import AnyView
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.photo_input import PhotoInput
from iprescribe_tui.ui.photo_picker import PhotoPicker
from iprescribe_tui.ui.photo_preview import PhotoPreviews
from iprescribe_tui.ui.sending import SendingBar, in_bytes
from iprescribe_tui.ui.step_screen import Around, StepScreen

_PAUSE = 0.25
"""Seconds without a key after which what was typed is looked at."""


@dataclass(frozen=True)
class Look:
    """What there is to say of the file at `typed`, as it was at `stamp`: a fault, or "", and how it looks."""

    typed: str
    stamp: tuple[int, int]
    fault: str
    preview: Preview | None

    @property
    def facts(self) -> str:
        """Its dimensions and size, "" where it was not decoded."""
        photo = self.preview
        return f"{photo.width} × {photo.height} · {in_bytes(photo.size)}" if photo else ""


def look_at_file(typed: str, policy: PhotoPolicy, before: Look | None) -> Look:
    """Look at the file that `typed` names, unless it is as it was `before`; blocks."""
    stamp = _stamp(typed_path(typed))
    if before and (before.typed, before.stamp) == (typed, stamp) and stamp[1]:
        return before
    return Look(typed, stamp, *seen(typed, policy))


def _stamp(path: Path) -> tuple[int, int]:
    """When a regular file was changed, in ns, and its bytes; of what is none, zeros."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0, 0
    return (status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else (0, 0)


class PhotoScreen(StepScreen):
    """A form with paths of photos."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "choose_file", priority=True, show=False)]
    last_folder: ClassVar[Path | None] = None

    class Stopped(Message):
        """The photo that is being sent shall not be sent on."""

    def __init__(self, view: AnyView, around: Around) -> None:
        super().__init__(view, around)
        self._looks: dict[str, Look] = {}
        self._barcode = Verdict()

    def on_mount(self) -> None:
        """Photos that were chosen before are shown at once."""
        self.look_at_photos(0)

    # -- what stands on it

    @property
    def photo_rows(self) -> list[FieldRow]:
        """The fields for photos that are asked for."""
        return [row for row in self.field_rows if isinstance(row.control, PhotoInput) and row.display]

    def beside(self) -> Iterable[Widget]:
        """The photos that were chosen."""
        photos = [name for name, asked in self.form.asked().items() if asked.control is Control.PHOTO]
        yield PhotoPreviews({name: self.form.model_fields[name].title or name for name in photos})

    def below(self) -> Iterable[Widget]:
        """How far a photo has come that is being sent."""
        yield SendingBar()

    def own_keys(self) -> list[tuple[str, str]]:
        """Choosing a file."""
        return [("F4", "Files")]

    def on_resize(self) -> None:
        """There may be room for pictures now, or none any more."""
        self._make_room()

    def _make_room(self) -> None:
        for previews in self.query(PhotoPreviews):
            previews.make_room()

    # -- files that are chosen

    def action_choose_file(self) -> None:
        """Pick a file for the field in which one is, or for the first that has none."""
        rows = self.photo_rows
        here = self.row_of(self.focused)
        row = here if here in rows else next((each for each in rows if each.blank), rows[0])
        if self.busy or row is None:
            return

        def chosen(path: Path | None) -> None:
            if path:
                self.take_files(row, (path,))

        self.app.push_screen(PhotoPicker(row.label, self._folder_for(row)), chosen)

    def _folder_for(self, row: FieldRow) -> Path:
        """Where the photo before lies, or the home folder."""
        for each in (row, *self.photo_rows):
            if isinstance(each.value, str) and each.value and os.path.isdir(folder := typed_path(each.value).parent):
                return folder.absolute()
        return PhotoScreen.last_folder or Path.home()

    def on_photo_input_dropped(self, event: PhotoInput.Dropped) -> None:
        """Files were dropped on a field, or pasted there."""
        if (row := self.row_of(event._sender if isinstance(event._sender, Widget) else None)) and not self.busy:
            self.take_files(row, event.paths)

    def take_files(self, row: FieldRow, paths: tuple[Path, ...]) -> None:
        """Put files into `row` and the photo fields after it, and go on to what is still needed."""
        rows = self.photo_rows
        rows = rows[rows.index(row) :] if row in rows else []
        for each, path in zip(rows, paths, strict=False):
            each.put(str(path))
            self._touched.add(each.field_name)
            PhotoScreen.last_folder = path.absolute().parent
        left = next((each for each in self.photo_rows if each.blank), rows[min(len(paths), len(rows)) - 1])
        self.set_focus(left.input)
        if len(paths) > len(rows):
            left.show_note(f"{len(paths)} files came, and there is room for {len(rows)}: the first was taken.")

    # -- what is said of them

    def changed(self) -> None:
        """Look at what was typed once no key comes any more."""
        self.look_at_photos(_PAUSE)

    def check_touched(self) -> None:
        """Besides what is wrong with the form: what is wrong with the files."""
        super().check_touched()
        self._say_again()
        self.look_at_photos(0)

    @work(exclusive=True, group="photos")
    async def look_at_photos(self, pause: float) -> None:
        """Say what is known of the photos, and what is wrong with those whose fields were left."""
        await asyncio.sleep(pause)
        policy = self.around.service.photos if self.around.service else PhotoPolicy()
        for row in self.photo_rows:
            typed = row.value
            if not isinstance(typed, str) or self.busy:
                continue
            look = None
            if typed:
                look = await asyncio.to_thread(look_at_file, typed, policy, self._looks.get(row.field_name))
                if look.fault and len(paths := await asyncio.to_thread(dropped_paths, typed)) > 1:
                    self.take_files(row, paths)  # a terminal that types what is dropped, letter by letter
                    return
            if look and not look.fault and row.field_name == "back":
                self._barcode = await asyncio.to_thread(self._read_barcode, typed)
            if row.value == typed and not self.busy:
                self._looked(row, look)

    def _read_barcode(self, typed: str) -> Verdict:
        """What the barcode on the back of an ID says; blocks."""
        name = self.step_view.registry_name if self.step_view else ""
        return verdict_of(self.values.get("kind"), "back", typed_path(typed), name)

    def _looked(self, row: FieldRow, look: Look | None) -> None:
        """Show what was seen, and say it, or what is wrong once the field was left."""
        for previews in self.query(PhotoPreviews):  # gone, where the screen was left while the file was looked at
            previews.show(row.field_name, look.preview if look else None)
        if look is None:
            self._looks.pop(row.field_name, None)
            return
        self._looks[row.field_name] = look
        self._say(row, look)
        self._make_room()

    def _say(self, row: FieldRow, look: Look) -> None:
        left = row.field_name in self._touched and row is not self.row_of(self.focused)
        barcode = self._barcode if row.field_name == "back" else Verdict()
        if fault := look.fault or barcode.error:
            if left:
                row.show_error(fault)
                self.keep_in_sight(row)
        elif not row.has_class("-wrong"):
            if barcode.notice:
                row.show_note(barcode.notice)
                self.keep_in_sight(row)
            elif look.facts:
                row.show_good(f"Good · {look.facts}")

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """The form's errors, and beside them what is wrong with files of which the form says nothing."""
        super().show_errors(errors)
        for row in self.photo_rows if errors else ():
            look = self._looks.get(row.field_name)
            if look and look.typed == row.value and row.field_name not in errors:
                self._say(row, look)
        self._make_room()

    def _say_again(self) -> None:
        """What is known of the photos stands under their fields, also after the form was looked at."""
        for row in self.photo_rows:
            look = self._looks.get(row.field_name)
            if look and look.typed == row.value:
                self._say(row, look)

    # -- while they are sent

    @property
    def sends(self) -> bool:
        """Whether a photo is on its way."""
        return self.query_one(SendingBar).under_way

    def show_sending(self, sent: int, total: int) -> None:
        """So many bytes of a photo have left."""
        self.query_one(SendingBar).heard(sent, total)
        self.show_status("")

    def rest(self) -> None:
        """Nothing is sent any more."""
        self.query_one(SendingBar).rest()

    def action_back(self) -> None:
        """Stop what is being sent; else one step back."""
        if self.busy:
            self.post_message(self.Stopped())
        else:
            super().action_back()
