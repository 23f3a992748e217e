"""The screen of a step that asks for photos on this machine: chosen, looked at, shown small, and sent."""

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled

from iprescribe_tui.client.evidence import DOUBTED
from iprescribe_tui.client.photo_review import PhotoReview, review_typed
from iprescribe_tui.client.photos import typed_path
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.protocol import Problem
from iprescribe_tui.photos.paths import dropped_paths
from iprescribe_tui.turns import AnyView, Submit
from iprescribe_tui.ui.doubt_screen import DoubtScreen
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.photo_input import PhotoInput
from iprescribe_tui.ui.photo_picker import PhotoPicker
from iprescribe_tui.ui.photo_preview import PhotoPreviews
from iprescribe_tui.ui.sending import SendingBar
from iprescribe_tui.ui.step_screen import Around, StepScreen

_PAUSE = 0.25
"""Seconds without a key after which what was typed is looked at."""


@dataclass(frozen=True)
class Look:
    """What there is to say of the file at `typed`, as it was at `stamp`, for a document of that kind."""

    typed: str
    stamp: tuple[int, int]
    kind: object
    review: PhotoReview


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
        self._despite: set[str] = set()
        self._question: Worker[DoubtScreen | None] | None = None

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

    @property
    def submit_label(self) -> str:
        """The words of the button; while a photo is missing Enter does no more than say so."""
        return "Check" if any(row.blank for row in self.photo_rows) else super().submit_label

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
        """Look at what was typed once no key comes any more; what was said of another file goes at once."""
        for row in self.photo_rows:
            look = self._looks.get(row.field_name)
            if look and look.typed != row.value and not row.has_class("-wrong"):
                row.show_error("")
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
        for row in self.photo_rows:
            typed = row.value
            if not isinstance(typed, str) or self.busy:
                continue
            look = await asyncio.to_thread(self._look_at, row.field_name, typed) if typed else None
            if look and look.review.fault and len(paths := await asyncio.to_thread(dropped_paths, typed)) > 1:
                self.take_files(row, paths)  # a terminal that types what is dropped, letter by letter
                return
            if row.value == typed and not self.busy:
                self._looked(row, look)

    def _look_at(self, slot: str, typed: str) -> Look:
        """Look at the file that `typed` names, unless it is as it was before; blocks."""
        stamp, before, kind = _stamp(typed_path(typed)), self._looks.get(slot), self.values.get("kind")
        if before and (before.typed, before.stamp, before.kind) == (typed, stamp, kind) and stamp[1]:
            return before
        policies = self.around.service.photos if self.around.service else PhotoPolicies()
        name = self.step_view.registry_name if self.step_view else ""
        return Look(typed, stamp, kind, review_typed(typed, slot, policies, kind, name))

    def _looked(self, row: FieldRow, look: Look | None) -> None:
        """Show what was seen, and say it, or what is wrong once the field was left."""
        for previews in self.query(PhotoPreviews):  # gone, where the screen was left while the file was looked at
            if look:
                previews.show(row.field_name, look.review.preview, look.review.places)
            else:
                previews.show(row.field_name, None)
        if look is None:
            self._looks.pop(row.field_name, None)
            return
        self._looks[row.field_name] = look
        self._say(row, look)
        self._make_room()

    def _say(self, row: FieldRow, look: Look) -> None:
        left = row.field_name in self._touched and row is not self.row_of(self.focused)
        found = look.review
        if found.fault:
            if left:
                row.show_error(found.error)
                self.keep_in_sight(row)
        elif not row.has_class("-wrong"):
            if found.doubt or found.notice:
                row.show_note(found.doubt or found.notice)
                self.keep_in_sight(row)
            elif found.good:
                row.show_good(found.good)

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

    # -- what seems wrong with them

    def show_problem(self, problem: Problem) -> None:
        """What was refused; where nothing is wrong for sure, ask whether the photo is to be sent all the same."""
        row = next((row for row in self.photo_rows if row.field_name in problem.errors), None)
        if problem.code == DOUBTED and row:
            self._question = self._ask_about(row, problem)
        else:
            self._question = None
            super().show_problem(problem)

    async def question(self) -> DoubtScreen | None:
        """Return the question about what was refused last, once it can be answered; None where there is none."""
        with suppress(WorkerCancelled):  # the page went away meanwhile
            return await self._question.wait() if self._question else None
        return None

    @work(exclusive=True, group="question")
    async def _ask_about(self, row: FieldRow, problem: Problem) -> DoubtScreen | None:
        """Ask about the photo as it is now; where help lies over the page, or it was answered, say it at its field."""
        look = await asyncio.to_thread(self._look_at, row.field_name, str(row.value))
        if self.busy:  # it was sent again meanwhile
            return None
        self._looked(row, look)
        found = look.review
        if not found.doubts or found.digest in self._despite or self.app.screen is not self:
            super().show_problem(problem)
            if found.fault:
                row.show_error(found.error)
            return None
        asked = DoubtScreen(row.label, found)

        def answered(send: bool | None) -> None:
            if send:
                self._despite.add(found.digest)
                self.run_worker(self.action_submit())
            else:
                self._take_another(row)

        await self.app.push_screen(asked, answered)
        return asked

    def _take_another(self, row: FieldRow) -> None:
        """Go back to a photo's field with its path selected, so that typing replaces it."""
        self.set_focus(row.input)
        if isinstance(row.control, PhotoInput):
            row.control.select_all()

    def send(self, form: StepForm) -> None:
        """Submit it, with the photos that are to be sent although something seems wrong with them."""
        self.answer(Submit(form, despite=frozenset(self._despite)))

    def send_despite(self, digests: frozenset[str]) -> None:
        """Send the photos with these digests whatever seems wrong with them."""
        self._despite |= digests

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
