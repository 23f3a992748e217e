"""Screen for signing in to resume a registration whose tokens are not on this machine."""

from iprescribe_tui.flow.page_texts import SIGN_IN
from iprescribe_tui.front_ends.tui.step_screen import StepScreen


class SignInScreen(StepScreen):
    """Username and password of the iPrescribe account."""

    page = SIGN_IN
