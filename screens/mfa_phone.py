"""Step 12."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class MfaPhoneScreen(StepScreen):
    """Asks for the phone that gets the codes."""

    step = Step.MFA_PHONE
