"""Step 3."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.new_password import NewPasswordScreen


class CredentialsScreen(NewPasswordScreen):
    """Asks for the iPrescribe username and password."""

    step = Step.CREDENTIALS
