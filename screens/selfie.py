"""Step 15."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.photo_screen import PhotoScreen


class SelfieScreen(PhotoScreen):
    """Asks for a photo of the applicant."""

    step = Step.SELFIE
