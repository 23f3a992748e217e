"""Screen of step 14."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.photo_preview import PhotoPreviews
from iprescribe_tui.ui.photo_screen import PhotoScreen


class DocumentScreen(PhotoScreen):
    """Kind of document, and a photo of each of its sides."""

    step = Step.DOCUMENT

    def on_mount(self) -> None:
        """Hide the back for a kind without one."""
        self.changed()

    def changed(self) -> None:
        """Show the back unless the kind is a passport, and review the photos."""
        back = self.query_one("#back-row", FieldRow)
        back.display = self.values["kind"] != "passport"
        if not back.display:
            self.query_one(PhotoPreviews).show("back", None)
        super().changed()
