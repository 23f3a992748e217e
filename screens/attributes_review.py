"""Screen of step 18."""

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class AttributesReviewScreen(StepScreen):
    """Everything that is about to be verified; lines that can be corrected have a button."""

    step = Step.ATTRIBUTES_REVIEW

    def on_mount(self) -> None:
        """Save two lines when values from the ID are offered."""
        self.set_class(bool(self.step_view and self.step_view.on_file), "-dense")
