"""Screen of step 8."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.new_password import NewPasswordScreen


class IdmeSignUpScreen(NewPasswordScreen):
    """Email and password of the ID.me account, and acceptance of its terms."""

    step = Step.IDME_SIGN_UP
