"""Screen of step 20."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class NpiMatchScreen(StepScreen):
    """NPI, entered again."""

    step = Step.NPI_MATCH
