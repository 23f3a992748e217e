"""The screen of a step that asks for photos on this machine: each is looked at when its field is left."""

import asyncio

from textual import work

from iprescribe_tui.client.barcode import verdict_of
from iprescribe_tui.client.photos import fault_of, typed_path
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.step_screen import StepScreen


class PhotoScreen(StepScreen):
    """A form with paths of photos."""

    def check_touched(self) -> None:
        """Besides what is wrong with the form: what is wrong with the files."""
        super().check_touched()
        if not self.busy:
            self.look_at_photos()

    @work(exclusive=True, group="photos")
    async def look_at_photos(self) -> None:
        """Say what is wrong with the photos whose fields were left."""
        policy = self.around.service.photos if self.around.service else PhotoPolicy()
        for row in self.field_rows:
            path = row.value
            left = row.field_name in self._touched and row is not self.row_of(self.focused)
            if row.asked.control is not Control.PHOTO or not left or not isinstance(path, str) or not path:
                continue
            fault = await asyncio.to_thread(fault_of, path, policy)
            if fault and row.value == path and not self.busy:
                row.show_error(fault)
            elif not fault:
                await self._look_at_barcode(row, path)

    async def _look_at_barcode(self, row: FieldRow, path: str) -> None:
        """Say what the barcode on the back of an ID says against it, and what is good to know."""
        kind, name = self.values.get("kind"), self.step_view.registry_name if self.step_view else ""
        verdict = await asyncio.to_thread(lambda: verdict_of(kind, row.field_name, typed_path(path), name))
        if row.value != path or self.busy:
            return
        if verdict.error:
            row.show_error(verdict.error)
        elif verdict.notice:
            row.show_note(verdict.notice)
