"""Screen of step 10."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class EmailConfirmedScreen(StepScreen):
    """Note that the email is confirmed."""

    step = Step.EMAIL_CONFIRMED
