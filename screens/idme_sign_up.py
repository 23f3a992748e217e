"""Screen of step 8."""

from iprescribe_tui.front_ends.tui.new_password import NewPasswordScreen
from iprescribe_tui.journey.steps import Step


class IdmeSignUpScreen(NewPasswordScreen):
    """Email and password of the ID.me account, and acceptance of its terms."""

    step = Step.IDME_SIGN_UP
