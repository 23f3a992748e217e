"""Step 20."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class NpiMatchScreen(StepScreen):
    """Asks for the NPI once more."""

    step = Step.NPI_MATCH
