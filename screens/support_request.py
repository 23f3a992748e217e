"""Submit a request: possible at every step."""

from iprescribe_tui.journey.forms import SupportRequestForm
from iprescribe_tui.ui.step_screen import StepScreen


class SupportRequestScreen(StepScreen):
    """Asks what the request is about, and how to reach the applicant."""

    form = SupportRequestForm
    heading = "Submit a request"
    intro = "It goes to iPrescribe's support. Never write a password, a code or a Social Security number here."
    go_on = "Send"
