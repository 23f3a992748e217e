"""Screen of step 15."""

from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.journey.steps import Step


class SelfieScreen(PhotoScreen):
    """Photo of the applicant."""

    step = Step.SELFIE
