"""Screen of step 3."""

from iprescribe_tui.front_ends.tui.new_password import NewPasswordScreen
from iprescribe_tui.journey.steps import Step


class CredentialsScreen(NewPasswordScreen):
    """Username and password for iPrescribe."""

    step = Step.CREDENTIALS
