"""Resume by signing in: for those whose tokens this machine does not hold."""

from iprescribe_tui.pages import SIGN_IN
from iprescribe_tui.ui.step_screen import StepScreen


class SignInScreen(StepScreen):
    """Asks for the iPrescribe username and password."""

    page = SIGN_IN
