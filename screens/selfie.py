"""Step 15."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class SelfieScreen(StepScreen):
    """Asks for a photo of the applicant."""

    step = Step.SELFIE
