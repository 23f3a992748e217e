"""Submit a request: possible at every step."""

from iprescribe_tui.pages import SUPPORT_REQUEST
from iprescribe_tui.ui.step_screen import StepScreen


class SupportRequestScreen(StepScreen):
    """Asks what the request is about, and how to reach the applicant."""

    page = SUPPORT_REQUEST
