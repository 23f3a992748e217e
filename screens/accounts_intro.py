"""Step 2."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.pages import AHEAD
from iprescribe_tui.ui.step_screen import StepScreen


class AccountsIntroScreen(StepScreen):
    """Shows what the registry has, and what lies ahead."""

    step = Step.ACCOUNTS_INTRO
    go_on = "Yes, continue"

    def body(self) -> Iterable[Widget]:
        """The registry's facts, then what to have ready."""
        yield from super().body()
        yield Label(AHEAD, classes="ahead", markup=False)
