"""Step 14."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.photo_screen import PhotoScreen


class DocumentScreen(PhotoScreen):
    """Asks for the kind of document and a photo of each side that it has."""

    step = Step.DOCUMENT
