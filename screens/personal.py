"""Screen of step 4."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class PersonalScreen(StepScreen):
    """Email, role, and specialty."""

    step = Step.PERSONAL
