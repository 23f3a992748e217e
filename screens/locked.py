"""Nothing can be done until a time."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.drive import LookAgain
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.protocol import LockedView
from iprescribe_tui.ui.step_screen import StepScreen
from iprescribe_tui.ui.waiting import Countdown


class LockedScreen(StepScreen):
    """Says why it is locked, until when, and that it goes on by itself."""

    form = StepForm
    heading = "Locked for a while"
    go_on = "Look again"

    def body(self) -> Iterable[Widget]:
        """The reason, the time, the ways on."""
        if isinstance(self.view, LockedView):
            yield Label(self.view.reason, classes="ended", markup=False)
            until = self.view.until.astimezone()
            yield Label(f"Locked until {until:%H:%M:%S}. It goes on by itself then.", classes="text", markup=False)
            if countdown := Countdown.of(self.view):
                yield countdown
        yield Label("You can leave and come back later, or write to the support (F8).", classes="text", markup=False)

    async def action_submit(self) -> None:
        """Ask the backend again."""
        if not self.busy:
            self.answer(LookAgain())
