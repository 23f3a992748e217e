"""Screen of step 22."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class ConsentScreen(StepScreen):
    """Facts that ID.me would share, and a choice of Allow or Deny without a default."""

    step = Step.CONSENT
