"""Screen of step 14."""

from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.journey.steps import Step


class DocumentScreen(PhotoScreen):
    """Kind of document, and a photo of each of its sides."""

    step = Step.DOCUMENT
