"""Screen of step 11."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class MfaChoiceScreen(StepScreen):
    """Kind of second factor."""

    step = Step.MFA_CHOICE
