"""Screen of step 17."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class SsnScreen(StepScreen):
    """Social Security number, hidden."""

    step = Step.SSN
