"""Screen of step 3."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.new_password import NewPasswordScreen


class CredentialsScreen(NewPasswordScreen):
    """Username and password for iPrescribe."""

    step = Step.CREDENTIALS
