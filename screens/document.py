"""Step 14."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.photo_preview import PhotoPreviews
from iprescribe_tui.ui.photo_screen import PhotoScreen


class DocumentScreen(PhotoScreen):
    """Asks for the kind of document and a photo of each side that it has."""

    step = Step.DOCUMENT

    def on_mount(self) -> None:
        """A passport has no back."""
        self.changed()

    def changed(self) -> None:
        """Ask for the back only of what has one, and look at what there is."""
        back = self.query_one("#back-row", FieldRow)
        back.display = self.values["kind"] != "passport"
        if not back.display:
            self.query_one(PhotoPreviews).show("back", None)
        super().changed()
