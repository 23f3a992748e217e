"""Step 18."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class AttributesReviewScreen(StepScreen):
    """Shows all that is about to be verified, each line mendable."""

    step = Step.ATTRIBUTES_REVIEW

    def on_mount(self) -> None:
        """With what the ID says on offer, the page has two lines more."""
        self.set_class(bool(self.step_view and self.step_view.on_file), "-dense")
