"""Screen of step 9."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class EmailConfirmationScreen(StepScreen):
    """Wait for the link in the email, or its code."""

    step = Step.EMAIL_CONFIRMATION
