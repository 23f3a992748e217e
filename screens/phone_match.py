"""Screen of step 16."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class PhoneMatchScreen(StepScreen):
    """Phone number in the applicant's credit profile."""

    step = Step.PHONE_MATCH
