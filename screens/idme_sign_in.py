"""Screen of step 7."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class IdmeSignInScreen(StepScreen):
    """Sign-in to an existing ID.me account."""

    step = Step.IDME_SIGN_IN
