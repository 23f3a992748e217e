"""Screen of step 12."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class MfaPhoneScreen(StepScreen):
    """Phone that receives the codes."""

    step = Step.MFA_PHONE
