"""Brightness and sharpness of a picture.

Both are measured on a small copy, so that they mean the same for a photo of 1 megapixel and one of 12.
"""

import math
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.fingerprints import FINGERPRINT
from iprescribe_tui.photos.strokes import thinness
from iprescribe_tui.photos.windows import WINDOW, along

if TYPE_CHECKING:
    from PIL import Image

SIDE: Final = 1024
"""Pixels of the longer side of the measured copy; a smaller picture keeps its size."""

_BRIGHT_SHARE: Final = 0.08
"""Share of a picture that counts as its bright parts: the paper of a document, a face."""

_EDGE: Final = 0.45
"""Minimum height of an edge, as a share of the bright parts' level: above grain, and above a document's lines."""

_DARK_SHARE: Final = 0.01
_DARK: Final = 0.1
_DARK_PRINT: Final = 0.4
"""Share of a picture that counts as its dark parts: hair, print; and their maximum level, as a share of the bright
parts', without haze, which lightens them. Blur lightens print too, and is not to be taken for haze."""

_HAZY_GRAIN: Final = 27
"""Minimum level of the bright parts without haze, as a multiple of the grain, whose edges are then too low to count."""

_FEWEST_EDGES: Final = 200
_SHARPEST: Final = 0.1
"""Share of the edges that decides how sharp a picture is, since backgrounds are blurred on purpose."""

_DIRECTIONS: Final = {(1, 0): 1.0, (0, 1): 1.0, (1, 1): 0.9, (1, -1): 0.9}
"""Directions in which edges are followed, and factors of their steepness: diagonal pixels are farther apart."""

_MARGIN: Final = WINDOW + 1

_LONGEST: Final = 4
"""Maximum ratio of the sides of the part in which sharpness is measured."""

_USUAL: Final = 0.05
_THICK: Final = 0.0225
_DEARER: Final = 0.11
"""Thinness of usual print; thinness below which thicker print is no easier to read; and additional sharpness that print
needs to be as legible if it is e times as thin."""

_LOGARITHMS: Final = [round(60 * math.log(max(level, 4) / 4)) for level in range(256)]
_RATIOS: Final = [math.exp(-difference / 60) for difference in range(256)]
"""Gray levels as logarithms, and the ratios of their differences, since images cannot be divided."""


def small_copy(picture: "Image.Image", side: int = SIDE) -> "Image.Image":
    """Return a copy with no side longer than `side` pixels."""
    from PIL import Image

    by = max(1.0, max(picture.size) / side)
    size = (max(1, round(picture.width / by)), max(1, round(picture.height / by)))
    return picture.resize(size, Image.Resampling.BOX if by > 1 else Image.Resampling.NEAREST, reducing_gap=3.0)


def middle(picture: "Image.Image") -> "Image.Image":
    """Return the middle of a panorama, whose small copy is too narrow to measure; of any other picture, all of it."""
    longest = _LONGEST * min(picture.size)
    if max(picture.size) <= longest:
        return picture
    left, top = (max(0, side - longest) // 2 for side in picture.size)
    return picture.crop((left, top, picture.width - left, picture.height - top))


def brightness(gray: "Image.Image") -> float:
    """Return the level, 0 to 1, above which the bright parts of the picture lie."""
    return quantile(gray.histogram(), _BRIGHT_SHARE) / 255


def legibility(gray: "Image.Image") -> float:
    """Return the sharpness of a document, 0 to 1, converted to strokes of the usual thinness.

    One limit then fits all: large print can still be read where small print is lost.
    """
    gray = _enlarged(_without_haze(gray, _DARK_PRINT))
    thin = max(thinness(gray, brightness(gray)) or _USUAL, _THICK)
    return min(1.0, max(0.0, _sharpness(gray) - _DEARER * math.log(thin / _USUAL)))


def sharpness(gray: "Image.Image") -> float:
    """Return the share of an edge's height within one pixel, 0 to 1, where the picture is sharpest.

    It is that of the steepest tenth of the edges, the camera's best, or 0 without edges. The worst of four directions
    counts, since a shaking hand blurs one of them.
    """
    return _sharpness(_enlarged(_without_haze(gray, _DARK)))


def _sharpness(gray: "Image.Image") -> float:
    least = max(1, round(_EDGE * 255 * brightness(gray)))
    return min(share * _steepness(gray, least, direction) for direction, share in _DIRECTIONS.items())


def _without_haze(gray: "Image.Image", usual: float) -> "Image.Image":
    """Return the picture with dark parts at `usual` of the bright parts' level at most: edges are measured by that."""
    from PIL import ImageChops

    counts = gray.histogram()
    bright, dark = quantile(counts, _BRIGHT_SHARE), quantile(counts, 1 - _DARK_SHARE)
    grain = max(1, quantile(ImageChops.difference(gray, ImageChops.offset(gray, 1, 0)).histogram(), 0.5))
    haze = min((dark - usual * bright) / (1 - usual), bright - _HAZY_GRAIN * grain)
    return gray.point([max(0, round(level - haze)) for level in range(256)]) if haze > 0 else gray


def _enlarged(gray: "Image.Image") -> "Image.Image":
    """Return the picture enlarged to the size at which others are measured."""
    from PIL import Image

    if (by := SIDE / max(gray.size)) <= 1:
        return gray
    return gray.resize((round(gray.width * by), round(gray.height * by)), Image.Resampling.BICUBIC)


def _steepness(gray: "Image.Image", least: int, direction: tuple[int, int]) -> float:
    """Return the sharpness in one direction, of edges at least `least` levels high."""
    from PIL import ImageChops

    width, height = gray.size
    if min(width, height) <= 2 * _MARGIN:
        return 0.0
    steps = ImageChops.difference(gray, ImageChops.offset(gray, -direction[0], -direction[1]))
    # Cut off the margins, around which the offsets wrap.
    inside = (_MARGIN, _MARGIN, width - _MARGIN, height - _MARGIN)
    highest, lowest = along(gray, ImageChops.lighter, direction), along(gray, ImageChops.darker, direction)
    heights = ImageChops.subtract(highest, lowest).crop(inside)
    steepest = along(steps, ImageChops.lighter, direction).crop(inside)
    edges = heights.point([255 * (level >= least) for level in range(256)])
    counts = ImageChops.subtract(heights.point(_LOGARITHMS), steepest.point(_LOGARITHMS)).histogram(edges)
    if sum(counts) < _FEWEST_EDGES:
        return 0.0
    return _RATIOS[255 - quantile(counts[::-1], _SHARPEST)]


def quantile(counts: list[int], share: float) -> int:
    """Return the highest level that `share` of the counts reaches."""
    left = share * sum(counts)
    for level in range(len(counts) - 1, -1, -1):
        left -= counts[level]
        if left <= 0:
            return level
    return 0


def fingerprint(picture: "Image.Image") -> bytes:
    """Return a tiny gray copy of FINGERPRINT bytes, alike for copies of one picture, however they were saved."""
    from PIL import Image

    side = math.isqrt(FINGERPRINT)
    return picture.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
