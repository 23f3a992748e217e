"""Private names of Textual and Rich that the driver, keys, and caches need, each under a name of this program.

No other module of the driver uses any; `tests/front_ends/test_terminal_bytes.py` pins the version that has them.
"""

import os
import sys

from rich.segment import Segment
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._styles_cache import StylesCache
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key

__all__ = ["ANSI_SEQUENCES_KEYS", "FUNCTIONAL_KEYS", "BareDriver", "forget_drawn_texts", "name_of"]


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


def name_of(character: str) -> str:
    """Return Textual's name of the key that types `character`."""
    return _character_to_key(character)


def forget_drawn_texts() -> None:
    """Clear Rich's cache of cut texts and Textual's of painted widgets."""
    Segment._split_cells.cache_clear()
    StylesCache.get_inner_outer.cache_clear()
