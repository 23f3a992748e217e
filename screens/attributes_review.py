"""Step 18."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class AttributesReviewScreen(StepScreen):
    """Shows all that is about to be verified, each line mendable."""

    step = Step.ATTRIBUTES_REVIEW
