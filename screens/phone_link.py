"""Screen of step 19."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class PhoneLinkScreen(StepScreen):
    """Wait for the link in the text message; the screen continues by itself."""

    step = Step.PHONE_LINK
