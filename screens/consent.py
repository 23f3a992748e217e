"""Step 22."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class ConsentScreen(StepScreen):
    """Shows what ID.me would hand over, and asks to allow or deny it; neither is chosen beforehand."""

    step = Step.CONSENT
