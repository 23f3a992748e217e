"""Screen of step 4."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PersonalScreen(StepScreen):
    """Email, role, and specialty."""

    step = Step.PERSONAL
