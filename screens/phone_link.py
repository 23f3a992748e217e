"""Screen of step 19."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PhoneLinkScreen(StepScreen):
    """Wait for the link in the text message; the screen continues by itself."""

    step = Step.PHONE_LINK
