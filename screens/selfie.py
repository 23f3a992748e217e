"""Screen of step 15."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.photo_screen import PhotoScreen


class SelfieScreen(PhotoScreen):
    """Photo of the applicant."""

    step = Step.SELFIE
