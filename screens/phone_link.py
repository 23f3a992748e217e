"""Step 19."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PhoneLinkScreen(StepScreen):
    """Waits for the link in the text message; it goes on by itself."""

    step = Step.PHONE_LINK
