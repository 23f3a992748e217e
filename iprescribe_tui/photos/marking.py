"""Small copies of photos for the page of a phone, with a frame around each doubtful place."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks.picture import Place

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["LONGEST", "marked_copy"]

LONGEST: Final = 640
"""Maximum pixels of a copy's longer side; a smaller photo keeps its size."""

_QUALITY: Final = 80
_FRAMES: Final = ((12, 3, (255, 255, 255)), (9, 6, (200, 0, 0)), (3, 3, (255, 255, 255)))
"""Distance of each frame from its place, and its width, in pixels, and its color: one of them stands out."""


def marked_copy(picture: "Image.Image", places: Iterable[Place]) -> bytes:
    """Return a JPEG of at most LONGEST pixels a side, of an upright RGB picture with frames around `places`."""
    from PIL import ImageDraw

    scale = min(1.0, LONGEST / max(picture.size))
    small = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), reducing_gap=2.0
    )
    pen = ImageDraw.Draw(small)
    for place in places:
        for outside, width, color in _FRAMES:
            pen.rectangle(_around(place, outside, small.size), outline=color, width=width)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _around(place: Place, outside: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the box in pixels that lies `outside` pixels around a place, kept within the picture."""
    width, height = size
    left, top = max(0, int(place[0] * width) - outside), max(0, int(place[1] * height) - outside)
    right, bottom = min(width - 1, int(place[2] * width) + outside), min(height - 1, int(place[3] * height) + outside)
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)
