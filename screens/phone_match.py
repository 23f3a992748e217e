"""Step 16."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PhoneMatchScreen(StepScreen):
    """Asks for the phone that the credit profile knows."""

    step = Step.PHONE_MATCH
