"""Ctrl+C, which many press to leave: it says how one leaves, and does so when it is pressed again."""

from time import monotonic
from typing import Any

from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label


class Interrupt:
    """A Ctrl+C, and the line that says how one leaves, where notices stand."""

    AGAIN = 2.0
    """Seconds within which a second Ctrl+C leaves."""

    def __init__(self) -> None:
        self._at = monotonic()
        self._line = Label(
            "· To leave, press F10 or Ctrl+Q, or Ctrl+C again. Nothing you typed is lost, except secrets.",
            classes="notice -news",
            markup=False,
        )

    @property
    def is_recent(self) -> bool:
        """Whether another Ctrl+C now means it."""
        return monotonic() - self._at <= self.AGAIN

    async def show(self, screen: Screen[Any]) -> None:
        """Show the line on `screen`: under the heading of a page, or the title of what lies over one."""
        for heading in list(screen.query("#intro, #heading, .title"))[-1:]:
            if isinstance(heading.parent, Widget):
                await heading.parent.mount(self._line, after=heading)
                self._line.scroll_visible(animate=False)

    async def forget(self) -> None:
        """Take the line away."""
        if self._line.is_attached:
            await self._line.remove()
