"""Screen of step 17."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class SsnScreen(StepScreen):
    """Social Security number, hidden."""

    step = Step.SSN
