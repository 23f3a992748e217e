"""Screen of a step whose photos are taken with a phone."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow.page_texts import HANDOFF, phone_progress
from iprescribe_tui.front_ends.tui.link_screen import LinkScreen
from iprescribe_tui.front_ends.tui.widgets.waiting import Countdown
from iprescribe_tui.journey.views import HandoffView


class HandoffScreen(LinkScreen):
    """Address for the phone, and the phone's progress."""

    page = HANDOFF

    @property
    def url(self) -> str:
        """Address for the phone, "" once the link was canceled or has expired."""
        over = isinstance(self.view, HandoffView) and self.view.state in ("canceled", "expired")
        return "" if over else super().url

    @property
    def can_continue(self) -> bool:
        """False: the step continues by itself."""
        return False

    def body(self) -> Iterable[Widget]:
        """Yield the event that is awaited, and the state of each photo."""
        if isinstance(self.view, HandoffView):
            if countdown := Countdown.of(self.view):
                yield countdown
            for mark, name, text in phone_progress(self.view):
                kind = {"✓": "-good", "✗": "-wrong"}.get(mark, "-open")
                yield Label(f"{mark} {name}: {text}", classes=f"arriving {kind}", markup=False)
            if self.url:
                yield Label("")
                yield Label("Scan the code with your phone's camera, or open the address in its browser.", id="intro")

    def key_labels(self) -> list[tuple[str, str]]:
        """Return the keys, with labels of this screen for F5 and F9 first."""
        own = [("F5", "New link"), ("F9", "Files instead")]
        return [*own, *((key, label) for key, label in super().key_labels() if key not in ("F5", "F9"))]
