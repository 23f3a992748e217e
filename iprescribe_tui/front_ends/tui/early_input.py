"""Input that comes too early, and is dropped: before its page is drawn, or while the page is being sent."""

from collections.abc import Callable, Sequence

from textual import events

from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.front_ends.tui.screen_app import ScreenApp
from iprescribe_tui.front_ends.tui.step_screen import StepScreen

TYPED_TOO_SOON = "What you typed before this page appeared wasn't taken. Please type it again."
TYPED_MEANWHILE = "Typed too soon, not taken. Type it again."

_WHILE_WAITING = frozenset(["f1", "f2", "f7", "f10", "f12", "ctrl+c", "ctrl+q", "ctrl+z", "pageup", "pagedown"])
"""Keys that work during a request: they change no values, and lead to no other page."""

_STOPS_SENDING = frozenset(["f9", "escape"])
"""Keys that also work during an upload, and stop it."""


class EarlyInput:
    """Input that `shown`, the current page, does not take yet; `refusing` while a problem with it is being shown."""

    def __init__(self, app: ScreenApp, shown: Callable[[], StepScreen | None]) -> None:
        self._app, self._shown = app, shown
        self._typed_too_soon = self.refusing = False

    def refuses(self, event: events.Key | events.Paste) -> bool:
        """Return whether input comes too early and is dropped: before its page is drawn, or during a request.

        If so, the terminal rings, and the page says so. The next page does not get it either: the applicant has not
        seen yet what Enter would agree to there.
        """
        if type(event) not in (events.Key, events.Paste):
            return False  # a walk types no sooner than it is asked
        unseen = self._came_before_page(event)
        if not (unseen or self._takes_no_keys) or (isinstance(event, events.Key) and self._works_meanwhile(event.key)):
            return False
        self._app.bell()
        if unseen or isinstance(event, events.Paste) or event.is_printable:
            self._typed_too_soon = True
            if self._shown() is self._app.screen:
                self.say_typed_meanwhile()
        return True

    def drawn(self, at: float) -> None:
        """Note `at` as the time of the first drawing of the current page."""
        page = self._app.screen
        if isinstance(page, StepScreen) and page.drawn_at is None:
            page.drawn_at = at

    def _came_before_page(self, event: events.Key | events.Paste) -> bool:
        """Return whether input that could change the page came before the page was drawn."""
        if isinstance(event, events.Key) and not (event.is_printable or event.key in ("enter", "ctrl+j")):
            return False
        page = self._app.screen
        return isinstance(page, StepScreen) and (page.drawn_at is None or event.time < page.drawn_at)

    @property
    def _takes_no_keys(self) -> bool:
        """True while the page is being sent, or the problem with it cannot be seen yet."""
        shown = self._shown()
        if not shown or self._app.screen is not shown:
            return self.refusing
        return self.refusing or shown.busy or shown.undecided > 0

    def _works_meanwhile(self, key: str) -> bool:
        return key in _WHILE_WAITING or (key in _STOPS_SENDING and isinstance(self._shown(), PhotoScreen))

    def say_typed_meanwhile(self) -> None:
        """Say that keys were dropped, if the page stays; else the next page says so."""
        shown = self._shown()
        if self._typed_too_soon and shown and shown.is_attached and not (shown.busy or shown.undecided):
            shown.show_status(TYPED_MEANWHILE)
            self._typed_too_soon = False

    def notices(self) -> Sequence[str]:
        """Return the notice for the next page if keys were dropped, once."""
        notices = [TYPED_TOO_SOON] if self._typed_too_soon else []
        self._typed_too_soon = False
        return notices
