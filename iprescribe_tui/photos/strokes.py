"""Thinness of print: thinner strokes must be sharper to be read, and are lost sooner."""

import math
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.windows import filled

if TYPE_CHECKING:
    from PIL import Image

_THIN: Final = 2
_BROAD: Final = 16
"""Maximum widths in pixels of strokes that count as thin, and of strokes at all."""

_MARGIN: Final = 2 * _BROAD
"""Pixels that are cut off at each side, where filling wraps around, and print is rare."""

_INK: Final = 0.25
"""Minimum darkness of print against its surroundings, as a share of the bright parts' level."""

_FEWEST: Final = 200
_THINNEST: Final = 0.25
"""Share of the pixels of print that decides how thin it is, since documents have print of several sizes."""

_LOGARITHMS: Final = [round(45 * math.log(max(level, 1))) for level in range(256)]


def thinness(gray: "Image.Image", bright: float) -> float | None:
    """Return the share of the depth of strokes, 0 to 1, that is lost if thin ones are filled; None without strokes.

    `bright` is the level of the bright parts, 0 to 1. Strokes that a blur has made broad and faint are not thin.
    """
    from PIL import ImageChops

    width, height = gray.size
    if min(width, height) <= 2 * _MARGIN:
        return None
    inside = (_MARGIN, _MARGIN, width - _MARGIN, height - _MARGIN)
    thin, all_ = (ImageChops.subtract(filled(gray, window), gray).crop(inside) for window in (_THIN, _BROAD))
    least = max(1, round(_INK * 255 * bright))
    print_ = all_.point([255 * (level >= least) for level in range(256)])
    counts = ImageChops.subtract(all_.point(_LOGARITHMS), thin.point(_LOGARITHMS)).histogram(print_)
    left = _THINNEST * sum(counts)
    if sum(counts) < _FEWEST:
        return None
    for difference, count in enumerate(counts):
        left -= count
        if left <= 0:
            return math.exp(-difference / 45)
    return None
