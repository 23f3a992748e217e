"""Screen of step 13."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class MfaCodeScreen(StepScreen):
    """Code from the second factor."""

    step = Step.MFA_CODE
