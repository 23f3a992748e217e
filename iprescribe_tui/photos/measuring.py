"""What can be measured of a picture: how bright it is, and how sharp.

Everything is measured on a small copy, so that the measures mean the same for a photo of 1 megapixel as for one of 12.
"""

import math
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.fingerprints import FINGERPRINT
from iprescribe_tui.photos.strokes import thinness
from iprescribe_tui.photos.windows import WINDOW, along

if TYPE_CHECKING:
    from PIL import Image

SIDE: Final = 1024
"""Pixels of the longer side of what is measured; a smaller picture stays as it is."""

_BRIGHT_SHARE: Final = 0.08
"""The share of a picture that counts as its bright parts: the paper of a document, a face."""

_EDGE: Final = 0.45
"""The height of an edge, as a share of the level of the bright parts: more than grain, and than a document's lines."""

_FEWEST_EDGES: Final = 200
_SHARPEST: Final = 0.1
"""The share of the edges that tells how sharp a picture is, since backgrounds are blurred on purpose."""

_DIRECTIONS: Final = {(1, 0): 1.0, (0, 1): 1.0, (1, 1): 0.9, (1, -1): 0.9}
"""Where an edge is followed, and what its steepness counts: along diagonals pixels lie further apart."""

_MARGIN: Final = WINDOW + 1

_USUAL: Final = 0.05
_THICK: Final = 0.0225
_DEARER: Final = 0.11
"""The thinness of usual print, and that below which thicker print is no easier to read; and by how much sharper print
must be, to be as legible, that is e times as thin."""

_LOGARITHMS: Final = [round(60 * math.log(max(level, 4) / 4)) for level in range(256)]
_RATIOS: Final = [math.exp(-difference / 60) for difference in range(256)]
"""Levels of grey as logarithms, and what a difference of two of those stands for: images cannot be divided."""


def small_copy(picture: "Image.Image", side: int = SIDE) -> "Image.Image":
    """A copy of which no side is longer than `side` pixels."""
    from PIL import Image

    by = max(1.0, max(picture.size) / side)
    size = (max(1, round(picture.width / by)), max(1, round(picture.height / by)))
    return picture.resize(size, Image.Resampling.BOX if by > 1 else Image.Resampling.NEAREST, reducing_gap=3.0)


def brightness(grey: "Image.Image") -> float:
    """The level, 0 to 1, above which the bright parts of the picture lie."""
    return _quantile(grey.histogram(), _BRIGHT_SHARE) / 255


def legibility(grey: "Image.Image") -> float:
    """Return the sharpness of a document, 0 to 1, as it would be with strokes of the usual thinness.

    So that one limit is right for all: large print can still be read where small print is lost.
    """
    grey = _enlarged(grey)
    thin = max(thinness(grey, brightness(grey)) or _USUAL, _THICK)
    return min(1.0, max(0.0, sharpness(grey) - _DEARER * math.log(thin / _USUAL)))


def sharpness(grey: "Image.Image") -> float:
    """Return how much of an edge's height lies within one pixel, 0 to 1, where the picture is sharpest.

    That is the tenth of its edges that is steepest: what the camera could do. It is 0 where nothing is drawn. The worst
    of four directions counts, since a hand that shakes blurs one of them.
    """
    grey = _enlarged(grey)
    least = max(1, round(_EDGE * 255 * brightness(grey)))
    return min(share * _steepness(grey, least, direction) for direction, share in _DIRECTIONS.items())


def _enlarged(grey: "Image.Image") -> "Image.Image":
    """The picture as large as others are measured."""
    from PIL import Image

    if (by := SIDE / max(grey.size)) <= 1:
        return grey
    return grey.resize((round(grey.width * by), round(grey.height * by)), Image.Resampling.BICUBIC)


def _steepness(grey: "Image.Image", least: int, direction: tuple[int, int]) -> float:
    """Sharpness in one direction, of edges that are `least` levels high."""
    from PIL import ImageChops

    width, height = grey.size
    if min(width, height) <= 2 * _MARGIN:
        return 0.0
    steps = ImageChops.difference(grey, ImageChops.offset(grey, -direction[0], -direction[1]))
    # What wraps around the margins is cut off.
    inside = (_MARGIN, _MARGIN, width - _MARGIN, height - _MARGIN)
    highest, lowest = along(grey, ImageChops.lighter, direction), along(grey, ImageChops.darker, direction)
    heights = ImageChops.subtract(highest, lowest).crop(inside)
    steepest = along(steps, ImageChops.lighter, direction).crop(inside)
    edges = heights.point([255 * (level >= least) for level in range(256)])
    counts = ImageChops.subtract(heights.point(_LOGARITHMS), steepest.point(_LOGARITHMS)).histogram(edges)
    if sum(counts) < _FEWEST_EDGES:
        return 0.0
    return _RATIOS[255 - _quantile(counts[::-1], _SHARPEST)]


def _quantile(counts: list[int], share: float) -> int:
    """The highest level that `share` of what was counted reaches."""
    left = share * sum(counts)
    for level in range(len(counts) - 1, -1, -1):
        left -= counts[level]
        if left <= 0:
            return level
    return 0


def fingerprint(picture: "Image.Image") -> bytes:
    """A tiny grey copy, FINGERPRINT bytes: alike for pictures that show the same, however they were saved."""
    from PIL import Image

    side = math.isqrt(FINGERPRINT)
    return picture.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
