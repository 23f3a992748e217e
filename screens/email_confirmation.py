"""Screen of step 9."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class EmailConfirmationScreen(StepScreen):
    """Wait for the link in the email, or its code."""

    step = Step.EMAIL_CONFIRMATION
