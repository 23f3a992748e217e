"""Step 19."""

from collections.abc import Iterable

from textual.widget import Widget

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PhoneLinkScreen(StepScreen):
    """Waits for the link in the text message."""

    step = Step.PHONE_LINK

    def buttons(self) -> Iterable[Widget]:
        """It goes on by itself: there is nothing to continue with."""
        return (button for button in super().buttons() if button.id != "continue")
