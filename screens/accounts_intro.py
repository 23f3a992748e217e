"""Screen of step 2."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow.page_texts import AHEAD
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class AccountsIntroScreen(StepScreen):
    """Registry's facts about the NPI, and an outline of the registration."""

    step = Step.ACCOUNTS_INTRO
    go_on = "Yes, continue"

    def body(self) -> Iterable[Widget]:
        """Yield the registry's facts, then what to have ready."""
        yield from super().body()
        yield Label(AHEAD, classes="ahead", markup=False)
