"""Screen of step 10."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class EmailConfirmedScreen(StepScreen):
    """Note that the email is confirmed."""

    step = Step.EMAIL_CONFIRMED
