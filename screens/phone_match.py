"""Screen of step 16."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PhoneMatchScreen(StepScreen):
    """Phone number in the applicant's credit profile."""

    step = Step.PHONE_MATCH
