"""Step 2."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen

AHEAD = """\
Two accounts are made: iPrescribe, then ID.me. Have ready: your e-mail, your NPI, your SSN, your phone,
and one of driver's license, state ID, passport or passport card. It takes about 20 minutes, best in one
go; you can leave at any time (F10) and come back to the same step."""


class AccountsIntroScreen(StepScreen):
    """Shows what the registry has, and what lies ahead."""

    step = Step.ACCOUNTS_INTRO
    go_on = "Yes, continue"

    def body(self) -> Iterable[Widget]:
        """The registry's facts, then what to have ready."""
        yield from super().body()
        yield Label(" ".join(AHEAD.split()), classes="ahead", markup=False)
