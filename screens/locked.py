"""Screen of a registration that is locked until a certain time."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow.actions import LookAgain
from iprescribe_tui.flow.page_texts import LOCKED, locked_words
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.waiting import Countdown
from iprescribe_tui.journey.views import LockedView


class LockedScreen(StepScreen):
    """Reason and time of the lock; the screen continues by itself afterwards."""

    page = LOCKED

    def body(self) -> Iterable[Widget]:
        """Yield the reason, the time, and alternatives."""
        if isinstance(self.view, LockedView):
            reason, until, instead = locked_words(self.view)
            yield Label(reason, classes="ended", markup=False)
            yield Label(until, classes="text", markup=False)
            if countdown := Countdown.of(self.view):
                yield countdown
            yield Label(instead, classes="text", markup=False)

    async def action_submit(self) -> None:
        if not self.busy:
            self.answer(LookAgain())
