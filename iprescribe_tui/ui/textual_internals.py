"""Private names of Textual and Rich that the program stands on, each under a name of its own; no other module uses any.

`tests/front_ends/test_textual_internals.py` names each of them, and says which version of Textual has them.
"""

import os
import sys

from rich.segment import Segment
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._styles_cache import StylesCache
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key
from textual.message import Message
from textual.widget import Widget

__all__ = [
    "ANSI_SEQUENCES_KEYS",
    "FUNCTIONAL_KEYS",
    "BareDriver",
    "forget_drawn_texts",
    "name_of",
    "sender_of",
    "words_on",
]


class BareDriver(LinuxDriver):
    """Textual's driver, which asks the terminal's line alone for the size of the window."""

    def _query_in_band_window_resize(self) -> None:
        """Ask nothing: a size comes by signal, never from what anybody can write to the terminal."""

    def _get_terminal_size(self) -> tuple[int, int]:
        return self.window_size()

    def window_size(self) -> tuple[int, int]:
        """Return the columns and rows of the window, 80 by 24 where the terminal does not say.

        COLUMNS and LINES, which a shell may have exported, are of a window that was resized since.
        """
        try:
            columns, rows = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
        except (OSError, ValueError):
            return 80, 24
        return columns or 80, rows or 24


def sender_of(message: Message) -> Widget | None:
    """Return the widget that posted `message`."""
    return sender if isinstance(sender := message._sender, Widget) else None


def words_on(app: App[str]) -> str:
    """Return what can be read on the screen, on one line."""
    strips = app.screen._compositor.render_strips()
    return " ".join(" ".join(strip.text for strip in strips).split())


def name_of(character: str) -> str:
    """Return Textual's name of the key that types `character`."""
    return _character_to_key(character)


def forget_drawn_texts() -> None:
    """Empty what Rich keeps of texts that were cut, and Textual of texts that were painted: whole widgets."""
    Segment._split_cells.cache_clear()
    StylesCache.get_inner_outer.cache_clear()
