"""Step 8."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.new_password import NewPasswordScreen


class IdmeSignUpScreen(NewPasswordScreen):
    """Asks for the e-mail and password of the ID.me account, and for its terms to be accepted."""

    step = Step.IDME_SIGN_UP
