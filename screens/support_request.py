"""Screen for writing to support, available at every step."""

from iprescribe_tui.flow.page_texts import SUPPORT_REQUEST
from iprescribe_tui.front_ends.tui.step_screen import StepScreen


class SupportRequestScreen(StepScreen):
    """Subject of the request, and how to reach the applicant."""

    page = SUPPORT_REQUEST
