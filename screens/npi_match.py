"""Screen of step 20."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class NpiMatchScreen(StepScreen):
    """NPI, entered again."""

    step = Step.NPI_MATCH
