"""A photo as a terminal can show it: few points, two to a character cell, and what can be said of it in words."""

from dataclasses import dataclass
from typing import Final

from iprescribe_tui.wording import amount

Colour = tuple[int, int, int]
Cell = tuple[Colour, Colour]
"""The upper and the lower point of a character cell, red, green and blue of each from 0 to 255."""


@dataclass(frozen=True)
class Preview:
    """Rows of cells, and of the photo itself: width and height in pixels, upright, and its size in bytes."""

    rows: tuple[tuple[Cell, ...], ...]
    width: int
    height: int
    size: int

    @property
    def facts(self) -> str:
        """Its pixels and bytes in words."""
        return f"{self.width} × {self.height} · {amount(self.size)}"


SHOWN: Final = (26, 7)
"""Columns and lines of the preview that comes with every look: two, with captions, stand beside a page at 80×24."""
