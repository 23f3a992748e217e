"""What can be measured of a picture: how bright it is, how sharp, how much of it is lost in reflected light.

Everything is measured on a small copy, so that the measures mean the same for a photo of 1 megapixel as for one of 12.
"""

import math
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.fingerprints import FINGERPRINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

SIDE: Final = 1024
"""Pixels of the longer side of what is measured; a smaller picture stays as it is."""

_BRIGHT_SHARE: Final = 0.08
"""The share of a picture that counts as its bright parts: the paper of a document, a face."""

_WINDOW: Final = 8
"""Pixels within which an edge is looked for."""

_EDGE: Final = 0.35
"""The height of an edge, as a share of the level of the bright parts: more than grain, and than a document's lines."""

_FEWEST_EDGES: Final = 200
_SHARPEST: Final = 0.1
"""The share of the edges that tells how sharp a picture is, since backgrounds are blurred on purpose."""

_LOGARITHMS: Final = [round(60 * math.log(max(level, 4) / 4)) for level in range(256)]
_RATIOS: Final = [math.exp(-difference / 60) for difference in range(256)]
"""Levels of grey as logarithms, and what a difference of two of those stands for: images cannot be divided."""


_GRID: Final = 128
_PAPER: Final = 200
_BRIGHT_PAPER: Final = 245
_TOO_WHITE: Final = 252
_WHITE: Final = 249
_WHITER: Final = 6
_LIGHT: Final = 254
"""Levels, of 256, of cells: `_GRID` of them lie along the longer side, each as bright as its weakest colour."""

_RECTANGLE: Final = 0.9
_FILLED: Final = 0.88
_STRIP: Final = 4.0
"""Shapes of blots: how much of its box a rectangle fills, how much of its ellipse a round one, how long a strip is."""


def small_copy(picture: "Image.Image", side: int = SIDE) -> "Image.Image":
    """A copy of which no side is longer than `side` pixels."""
    from PIL import Image

    by = max(1.0, max(picture.size) / side)
    size = (max(1, round(picture.width / by)), max(1, round(picture.height / by)))
    return picture.resize(size, Image.Resampling.BOX if by > 1 else Image.Resampling.NEAREST, reducing_gap=3.0)


def brightness(grey: "Image.Image") -> float:
    """The level, 0 to 1, above which the bright parts of the picture lie."""
    return _quantile(grey.histogram(), _BRIGHT_SHARE) / 255


def sharpness(grey: "Image.Image") -> float:
    """Return how much of an edge's height lies within one pixel, 0 to 1, where the picture is sharpest.

    That is the tenth of its edges that is steepest: what the camera could do. It is 0 where nothing is drawn. The worse
    of two directions counts, since a hand that shakes blurs one of them.
    """
    from PIL import Image

    if (by := SIDE / max(grey.size)) > 1:
        grey = grey.resize((round(grey.width * by), round(grey.height * by)), Image.Resampling.BICUBIC)
    least = round(_EDGE * 255 * brightness(grey))
    return min(_steepness(grey, least), _steepness(grey.transpose(Image.Transpose.TRANSPOSE), least))


def _steepness(grey: "Image.Image", least: int) -> float:
    """Sharpness along the rows, of edges that are `least` levels high."""
    from PIL import ImageChops

    width, height = grey.size
    if width <= 2 * _WINDOW:
        return 0.0
    steps = ImageChops.difference(grey, ImageChops.offset(grey, -1, 0))
    # What wraps around the right margin is cut off.
    inside = (0, 0, width - _WINDOW - 1, height)
    highest, lowest = _along(grey, ImageChops.lighter), _along(grey, ImageChops.darker)
    heights = ImageChops.subtract(highest, lowest).crop(inside)
    steepest = _along(steps, ImageChops.lighter).crop(inside)
    edges = heights.point([255 * (level >= max(1, least)) for level in range(256)])
    counts = ImageChops.subtract(heights.point(_LOGARITHMS), steepest.point(_LOGARITHMS)).histogram(edges)
    if sum(counts) < _FEWEST_EDGES:
        return 0.0
    return _RATIOS[255 - _quantile(counts[::-1], _SHARPEST)]


def _along(
    image: "Image.Image", pick: "Callable[[Image.Image, Image.Image], Image.Image]", down: bool = False
) -> "Image.Image":
    """What `pick` makes of each pixel and the `_WINDOW - 1` that follow it in its row, or `down` its column."""
    from PIL import ImageChops

    for by in (1, 2, 4):
        image = pick(image, ImageChops.offset(image, 0 if down else -by, -by if down else 0))
    return image


def _quantile(counts: list[int], share: float) -> int:
    """The highest level that `share` of what was counted reaches."""
    left = share * sum(counts)
    for level in range(len(counts) - 1, -1, -1):
        left -= counts[level]
        if left <= 0:
            return level
    return 0


def portrait_sharpness(grey: "Image.Image") -> float:
    """The same of a portrait."""
    return sharpness(grey)


def glare(picture: "Image.Image") -> tuple[float, tuple[float, float, float, float] | None]:
    """The share of the picture, 0 to 1, that lies in blots of white light: white, whiter than the paper, compact.

    Not counted: white that a side of the picture cuts (a wall, a window), and what is rectangular (a panel, a label).
    On paper that is nearly white itself only round blots count, and none where it cannot be told from light.
    """
    from PIL import ImageChops, ImageFilter

    red, green, blue = picture.split()
    floor = ImageChops.darker(ImageChops.darker(red, green), blue)
    cells = floor.reduce(max(1, round(max(floor.size) / _GRID)))
    paper = _median(cells.histogram(), _PAPER)
    if paper >= _TOO_WHITE:
        return 0.0, None
    bright_paper = paper >= _BRIGHT_PAPER
    lowest = _LIGHT if bright_paper else max(_WHITE, paper + _WHITER)
    white = cells.point([255 * (level >= lowest) for level in range(256)])
    # What is thin vanishes, such as gaps between lines of print; what is not keeps its shape.
    thick = white.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.MaxFilter(5))
    white = ImageChops.darker(white, thick)
    blots = (blot for blot in _connected(white) if _is_light(blot, white.size) and (not bright_paper or _round(blot)))
    return sum(len(blot) for blot in blots) / (cells.width * cells.height), None


def _median(histogram: list[int], lowest: int) -> int:
    """The level that half of what is at least `lowest` reaches; `lowest` where nothing is."""
    left = sum(histogram[lowest:]) / 2
    for level in range(255, lowest, -1):
        left -= histogram[level]
        if left < 0:
            return level
    return lowest


def _connected(cells: "Image.Image") -> "Iterator[set[tuple[int, int]]]":
    """The groups of cells, by column and row, that touch."""
    width, left = cells.width, set()
    for place, level in enumerate(cells.tobytes()):
        if level:
            left.add((place % width, place // width))
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            x, y = cell = edge.pop()
            group.add(cell)
            near = {(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)} & left
            left -= near
            edge.extend(near)
        yield group


def _is_light(blot: set[tuple[int, int]], size: tuple[int, int]) -> bool:
    columns, rows = {x for x, _ in blot}, {y for _, y in blot}
    cut = columns & {0, size[0] - 1} or rows & {0, size[1] - 1}
    return not cut and len(blot) < _RECTANGLE * len(columns) * len(rows)


def _round(blot: set[tuple[int, int]]) -> bool:
    """Whether cells fill the ellipse that has their moments, and that ellipse is no strip."""
    count = len(blot)
    x, y = sum(at for at, _ in blot) / count, sum(at for _, at in blot) / count
    # A cell is a square, and has a twelfth of its own.
    across = sum((at - x) ** 2 for at, _ in blot) / count + 1 / 12
    down = sum((at - y) ** 2 for _, at in blot) / count + 1 / 12
    both = sum((at - x) * (to - y) for at, to in blot) / count
    spread = across * down - both * both
    longest = (across + down) / 2 + math.sqrt(((across - down) / 2) ** 2 + both * both)
    return count > _FILLED * 4 * math.pi * math.sqrt(spread) and longest < _STRIP * math.sqrt(spread)


def fingerprint(picture: "Image.Image") -> bytes:
    """A tiny grey copy, FINGERPRINT bytes: alike for pictures that show the same, however they were saved."""
    from PIL import Image

    side = math.isqrt(FINGERPRINT)
    return picture.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
