"""A photo as a terminal can show it: a few points, two per character cell, and its facts in words."""

from dataclasses import dataclass
from typing import Final

from iprescribe_tui.system.wording import amount

Color = tuple[int, int, int]
"""Red, green and blue, each from 0 to 255."""

Cell = tuple[Color, Color]
"""The upper and the lower point of a character cell."""


@dataclass(frozen=True)
class Preview:
    """Rows of cells, and the photo's own width and height in pixels, upright, and size in bytes."""

    rows: tuple[tuple[Cell, ...], ...]
    width: int
    height: int
    size: int

    @property
    def facts(self) -> str:
        """Pixels and bytes in words."""
        return f"{self.width} × {self.height} · {amount(self.size)}"


SHOWN: Final = (26, 7)
"""Columns and lines of the preview that each inspection returns: two, with captions, fit beside a page at 80×24."""
