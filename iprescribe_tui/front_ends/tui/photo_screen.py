"""Screen of a step that asks for local photos: choose, review, preview, and upload."""

import asyncio
import os
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled

from iprescribe_tui.client.uploads import DOUBTED
from iprescribe_tui.flow.actions import Submit, View
from iprescribe_tui.front_ends.tui.doubt_screen import DoubtScreen
from iprescribe_tui.front_ends.tui.focus import keep_in_sight
from iprescribe_tui.front_ends.tui.photo_picker import PhotoPicker
from iprescribe_tui.front_ends.tui.reviewed_path import ReviewedPath, review_again
from iprescribe_tui.front_ends.tui.screen_context import ScreenContext
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.textual_internals import sender_of
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow, row_of
from iprescribe_tui.front_ends.tui.widgets.photo_input import PhotoInput
from iprescribe_tui.front_ends.tui.widgets.photo_preview import PhotoPreviews
from iprescribe_tui.front_ends.tui.widgets.upload_bar import SendingBar
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.views import Problem
from iprescribe_tui.photos.outgoing import typed_path
from iprescribe_tui.photos.paths import dropped_paths

_PAUSE = 0.25
"""Pause after the last key until the typed path is reviewed, in seconds."""


class PhotoScreen(StepScreen):
    """Form with paths of photos."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "choose_file", priority=True, show=False)]
    last_folder: ClassVar[Path | None] = None

    class Stopped(Message):
        """Request to stop the upload."""

    def __init__(self, view: View, screen_context: ScreenContext) -> None:
        super().__init__(view, screen_context)
        self._reviewed: dict[str, ReviewedPath] = {}
        self._despite: set[str] = set()
        self._question: Worker[DoubtScreen | None] | None = None

    def on_mount(self) -> None:
        self._show_needed()
        self.look_at_photos(0)

    # -- contents

    @property
    def photo_rows(self) -> list[FieldRow]:
        """Visible rows for photos."""
        return [row for row in self.field_rows if isinstance(row.control, PhotoInput) and row.display]

    def _show_needed(self) -> None:
        """Hide the fields of photos not needed now, such as the back of a passport."""
        for row in [row for row in self.field_rows if row.asked.depends_on]:
            row.display = not row.asked.is_needless(self.values)
            if not row.display:
                self.query_one(PhotoPreviews).show(row.field_name, None)

    def beside(self) -> Iterable[Widget]:
        """Yield the previews."""
        photos = [name for name, asked in self.form.asked().items() if asked.control is Control.PHOTO]
        yield PhotoPreviews({name: self.form.model_fields[name].title or name for name in photos})

    def below(self) -> Iterable[Widget]:
        """Yield the upload's progress."""
        yield SendingBar()

    @property
    def submit_label(self) -> str:
        """Label of Enter: "Check" while a photo is missing, since Enter then only shows errors."""
        return "Check" if any(row.blank for row in self.photo_rows) else super().submit_label

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key that opens the picker."""
        return [("F4", "Files")]

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        for previews in self.query(PhotoPreviews):
            previews.make_room()

    # -- choosing files

    def action_choose_file(self) -> None:
        """Open the picker for the focused photo field, or for the first blank one."""
        rows = self.photo_rows
        here = row_of(self.focused)
        row = here if here in rows else next((each for each in rows if each.blank), rows[0])
        if self.busy or row is None:
            return

        def chosen(path: Path | None) -> None:
            if path:
                self.take_files(row, (path,))

        self.app.push_screen(PhotoPicker(row.label, self._folder_for(row)), chosen)

    def _folder_for(self, row: FieldRow) -> Path:
        """Return the folder of a chosen photo, else the last one used, else the home folder."""
        for each in (row, *self.photo_rows):
            if isinstance(each.value, str) and each.value and os.path.isdir(folder := typed_path(each.value).parent):
                return folder.absolute()
        return PhotoScreen.last_folder or Path.home()

    def on_photo_input_dropped(self, event: PhotoInput.Dropped) -> None:
        if (row := row_of(sender_of(event))) and not self.busy:
            self.take_files(row, event.paths)

    def take_files(self, row: FieldRow, paths: tuple[Path, ...]) -> None:
        """Put files into `row` and the photo fields after it, and focus the next blank one."""
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

    # -- reviews

    def changed(self) -> None:
        """Review the photos once no key comes for `_PAUSE` seconds; an error about another file goes at once."""
        self._show_needed()
        for row in self.photo_rows:
            reviewed = self._reviewed.get(row.field_name)
            if reviewed and reviewed.typed != row.value and not row.has_class("-wrong"):
                row.show_error("")
        self.look_at_photos(_PAUSE)

    def check_touched(self) -> None:
        """Show errors of the form, then those of the files."""
        super().check_touched()
        self._say_again()
        self.look_at_photos(0)

    @work(exclusive=True, group="photos")
    async def look_at_photos(self, pause: float) -> None:
        """Review the photos after `pause` seconds, and show errors of fields that were left."""
        await asyncio.sleep(pause)
        for row in self.photo_rows:
            typed = row.value
            if not isinstance(typed, str) or self.busy:
                continue
            reviewed = await asyncio.to_thread(self._review, row, typed) if typed else None
            if reviewed and reviewed.review.fault and len(paths := await asyncio.to_thread(dropped_paths, typed)) > 1:
                self.take_files(row, paths)  # some terminals type a dropped path letter by letter
                return
            if row.value == typed and not self.busy:
                self._show_review(row, reviewed)

    def _review(self, row: FieldRow, typed: str) -> ReviewedPath:
        """Return the review of the file that `typed` names, the earlier one if nothing has changed; blocks."""
        slot, kind = row.field_name, self.values.get(row.asked.depends_on)
        policies = self.screen_context.service.photos if self.screen_context.service else PhotoPolicies()
        name = self.step_view.registry_name if self.step_view else ""
        return review_again(self._reviewed.get(slot), typed, slot, policies, kind, name)

    def _show_review(self, row: FieldRow, reviewed: ReviewedPath | None) -> None:
        """Show the preview and the message of a review; an error only after the field was left."""
        for previews in self.query(PhotoPreviews):  # none if the screen was left during the review
            if reviewed:
                previews.show(row.field_name, reviewed.review.preview, reviewed.review.places)
            else:
                previews.show(row.field_name, None)
        if reviewed is None:
            self._reviewed.pop(row.field_name, None)
            return
        self._reviewed[row.field_name] = reviewed
        self._say(row, reviewed)
        self._make_room()

    def _say(self, row: FieldRow, reviewed: ReviewedPath) -> None:
        left = row.field_name in self._touched and row is not row_of(self.focused)
        found = reviewed.review
        if found.fault:
            if left:
                row.show_error(found.error)
                keep_in_sight(self, row)
        elif not row.has_class("-wrong"):
            if found.doubt or found.notice:
                row.show_note(found.doubt or found.notice)
                keep_in_sight(self, row)
            elif found.good:
                row.show_good(found.good)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Show the form's errors, and those of files that the form has none for."""
        super().show_errors(errors)
        if errors:
            self._say_again(errors)
        self._make_room()

    def _say_again(self, errors: Container[str] = ()) -> None:
        """Show the messages of the reviews again, which checks of the form have removed."""
        for row in self.photo_rows:
            reviewed = self._reviewed.get(row.field_name)
            if reviewed and reviewed.typed == row.value and row.field_name not in errors:
                self._say(row, reviewed)

    # -- doubts

    def show_problem(self, problem: Problem) -> None:
        """Show the backend's refusal; if it only has doubts, ask whether to send the photo anyway."""
        row = next((row for row in self.photo_rows if row.field_name in problem.errors), None)
        if problem.code == DOUBTED and row:
            self._question = self._ask_about(row, problem)
        else:
            self._question = None
            super().show_problem(problem)

    async def question(self) -> DoubtScreen | None:
        """Return the question about the latest refusal once it is on the screen, None if there is none."""
        with suppress(WorkerCancelled):  # the page was left
            return await self._question.wait() if self._question else None
        return None

    @work(exclusive=True, group="question")
    async def _ask_about(self, row: FieldRow, problem: Problem) -> DoubtScreen | None:
        """Ask about the photo as it is now; without doubts, after a yes, or under another screen show the problem."""
        reviewed = await asyncio.to_thread(self._review, row, str(row.value))
        if self.busy:  # it was sent again meanwhile
            return None
        self._show_review(row, reviewed)
        found = reviewed.review
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
        """Focus a photo's field with its path selected, so that typing replaces it."""
        self.set_focus(row.input)
        if isinstance(row.control, PhotoInput):
            row.control.select_all()

    def send(self, form: StepForm) -> None:
        """Submit the form, with the digests of doubtful photos to send anyway."""
        self.answer(Submit(form, despite=frozenset(self._despite)))

    def send_despite(self, digests: frozenset[str]) -> None:
        """Send the photos with these digests despite doubts."""
        self._despite |= digests

    # -- while they are sent

    @property
    def sends(self) -> bool:
        """True while a photo is being uploaded."""
        return self.query_one(SendingBar).under_way

    def show_sending(self, sent: int, total: int) -> None:
        """Show that `sent` of `total` bytes have left."""
        self.query_one(SendingBar).heard(sent, total)
        self.show_status("")

    def rest(self) -> None:
        """Hide the progress."""
        self.query_one(SendingBar).rest()

    def action_back(self) -> None:
        """Stop the upload, or go back one step."""
        if self.busy:
            self.post_message(self.Stopped())
        else:
            super().action_back()
