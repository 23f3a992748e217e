"""Screen of step 14."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.photo_screen import PhotoScreen


class DocumentScreen(PhotoScreen):
    """Kind of document, and a photo of each of its sides."""

    step = Step.DOCUMENT
