"""Screen of step 7."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class IdmeSignInScreen(StepScreen):
    """Sign-in to an existing ID.me account."""

    step = Step.IDME_SIGN_IN
