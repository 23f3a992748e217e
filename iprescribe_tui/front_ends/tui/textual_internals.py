"""Private names of Textual and Rich that the program uses, each under a name of its own; no other module uses any.

`tests/front_ends/test_textual_internals.py` names each of them, and says which version of Textual has them.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._styles_cache import StylesCache
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from rich.text import Text

__all__ = [
    "ANSI_SEQUENCES_KEYS",
    "FUNCTIONAL_KEYS",
    "BareApp",
    "BareDriver",
    "forget_drawn_texts",
    "name_of",
    "sender_of",
    "text_on",
]


class BareDriver(LinuxDriver):
    """Textual's driver, with the window's size from the terminal line only."""

    def _query_in_band_window_resize(self) -> None:
        """Do nothing: a size comes by signal, never from input that anyone can write to the terminal."""

    def _get_terminal_size(self) -> tuple[int, int]:
        return self.window_size()

    def window_size(self) -> tuple[int, int]:
        """Return the window's columns and rows, (80, 24) if the terminal does not say.

        COLUMNS and LINES are ignored: a shell may have exported them before the window was resized.
        """
        try:
            columns, rows = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
        except (OSError, ValueError):
            return 80, 24
        return columns or 80, rows or 24


class BareApp(App[str]):
    """Textual's app, with names for how it ends and for what is printed then."""

    def __init__(self) -> None:
        super().__init__()
        self._behind: list[Screen[Any]] = []

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Screens behind the current one, in one list for all: a task keeps the one that it began with."""
        self._behind[:] = super()._background_screens
        return self._behind

    @property
    def is_ending(self) -> bool:
        """True once it was told to end."""
        return self._exit

    @property
    def terminal(self) -> Driver | None:
        """Driver of the app, None before it runs."""
        return self._driver

    @property
    def failure(self) -> Exception | None:
        """First exception that was not handled, None if there is none."""
        return self._exception

    def fail(self, error: Exception) -> None:
        """End because of `error`."""
        self._handle_exception(error)

    def call_soon(self, call: Callable[[BaseException], None], error: BaseException) -> None:
        """Have `call` run in the app's thread, unless that has ended; can be called from any thread."""
        with suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call, error)

    def print_at_end(self, report: "Text", status: int) -> None:
        """Print `report` once the screen is gone, and end with `status`; of several reports, print the first."""
        self._return_code = status
        if not self._exit_renderables:
            self._exit_renderables.append(report)

    def say_failure(self) -> None:
        """Print the failure; here nothing, as Textual's own report shows local variables."""

    def _fatal_error(self) -> None:
        self.say_failure()
        self._close_messages_no_wait()


def sender_of(message: Message) -> Widget | None:
    """Return the widget that posted `message`."""
    return sender if isinstance(sender := message._sender, Widget) else None


def text_on(app: App[str]) -> str:
    """Return the text on the screen, on one line."""
    strips = app.screen._compositor.render_strips()
    return " ".join(" ".join(strip.text for strip in strips).split())


def name_of(character: str) -> str:
    """Return Textual's name of the key that types `character`."""
    return _character_to_key(character)


def forget_drawn_texts() -> None:
    """Clear Rich's cache of cut texts and Textual's of painted widgets."""
    Segment._split_cells.cache_clear()
    StylesCache.get_inner_outer.cache_clear()
