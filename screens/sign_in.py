"""Resume by signing in: for those whose tokens this machine does not hold."""

from iprescribe_tui.journey.forms import SignInForm
from iprescribe_tui.ui.step_screen import StepScreen


class SignInScreen(StepScreen):
    """Asks for the iPrescribe username and password."""

    form = SignInForm
    heading = "Sign in to go on where you were"
    intro = "With the username and password of your iPrescribe account, not those of ID.me."
    go_on = "Sign in"
