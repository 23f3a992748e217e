"""Screen of step 22."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class ConsentScreen(StepScreen):
    """Facts that ID.me would share, and a choice of Allow or Deny without a default."""

    step = Step.CONSENT
