"""Screen of step 11."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class MfaChoiceScreen(StepScreen):
    """Kind of second factor."""

    step = Step.MFA_CHOICE
