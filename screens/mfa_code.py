"""Screen of step 13."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class MfaCodeScreen(StepScreen):
    """Code from the second factor."""

    step = Step.MFA_CODE
