"""Ctrl+C, which many press to leave: the first press tells how to leave, the second leaves."""

from time import monotonic
from typing import Any

from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label


class Interrupt:
    """One Ctrl+C, and the notice that tells how to leave."""

    AGAIN = 2.0
    """Time within which a second Ctrl+C leaves, in seconds."""

    def __init__(self) -> None:
        self._at = monotonic()
        self._line = Label(
            "· To leave, press F10 or Ctrl+Q, or Ctrl+C again. Nothing you typed is lost, except secrets.",
            classes="notice -news",
            markup=False,
        )

    @property
    def is_recent(self) -> bool:
        """True while another Ctrl+C leaves."""
        return monotonic() - self._at <= self.AGAIN

    async def show(self, screen: Screen[Any]) -> None:
        """Show the notice on `screen`, under the page's intro or heading, or a dialog's title."""
        for heading in list(screen.query("#intro, #heading, .title"))[-1:]:
            if isinstance(heading.parent, Widget):
                await heading.parent.mount(self._line, after=heading)
                self._line.scroll_visible(animate=False)

    async def forget(self) -> None:
        """Remove the notice."""
        if self._line.is_attached:
            await self._line.remove()
