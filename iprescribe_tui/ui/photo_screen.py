"""The screen of a step that asks for photos on this machine: each is looked at when its field is left."""

import asyncio

from textual import work

from iprescribe_tui.client.photos import fault_of
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.fields import Control
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
