"""Step 9."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class EmailConfirmationScreen(StepScreen):
    """Waits for the link, and takes the code meanwhile."""

    step = Step.EMAIL_CONFIRMATION
