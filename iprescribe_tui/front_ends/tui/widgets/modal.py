"""Screen over a page."""

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Modal(ModalScreen[ScreenResultType]):
    """Screen over a page; it closes once, whatever asks it to, and never takes the page along."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with `result`; do nothing if it is closed already, or under another screen."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
