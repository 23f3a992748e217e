"""Screen of step 12."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class MfaPhoneScreen(StepScreen):
    """Phone that receives the codes."""

    step = Step.MFA_PHONE
