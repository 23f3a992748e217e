"""Reflected light in a photo of a document: it erases the print around it, and fades at its rim.

White print, cards, labels, hands and tables are as white, but end at an edge, or border on paper on one side and on a
table on another. On white paper light cannot be told from the paper, so none is reported.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import median
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.metrics import quantile
from iprescribe_tui.photos.windows import over_window

if TYPE_CHECKING:
    from PIL import Image

_GRID: Final = 128
"""Cells along the longer side, in which blots are found."""

_WHITE: Final = 246
_RIM: Final = 248
"""Levels, of 256, of the weakest color: of a white cell, and of the place where a blot ends."""

_BLOWN_OUT: Final = 252
_TOP_SHARE: Final = 0.1
_DEEPEST: Final = 210
"""Minimum level of a pixel's strongest color that tells the color of the light, share of those pixels in which another
color is at its level or above, and the minimum of that level."""

_FEWEST_WHITE: Final = 8
_FEWEST_CELLS: Final = 54
"""Minimum cells of a blot that is doubted, white ones and all to the middle of its rim: about 6 % of the longer side. A
smaller one hides only a word."""

_MOST_RAYS: Final = 64
_SAMPLES: Final = 4
_REACH: Final = 22
"""Rays run outwards from the cells at a blot's border: `_SAMPLES` for each cell they cross, `_REACH` cells far."""

_NEAR: Final = slice(8, 24)
_FAR: Final = slice(24, 72)
_AROUND: Final = slice(4, 40)
"""Samples beyond the rim: the paper beside a blot, the paper beside one with a wide rim, the print on the paper."""

_NEAR_DROP: Final = 12
_FAR_DROP: Final = 30
"""Minimum levels by which the paper is darker than the blot."""

_STEEPEST: Final = 0.4
"""Maximum share of that drop between two samples of fading light: an edge has more."""

_GRAIN: Final = 8
"""Levels of such a step that noise makes."""

_STROKE: Final = 24
"""Minimum levels between pixels that are two apart, in print."""

_UNEVEN: Final = 30
"""Maximum levels by which the paper at a ray differs from the usual paper around a blot."""

_INSIDE: Final = 0.35
"""Minimum share of a blot's rays that end within the picture."""

_FADING: Final = 0.5
_EVEN: Final = 0.7
_PRINTED: Final = 0.3
"""Minimum shares of a blot's rays: that fade, that end on the same paper, that cross print."""

_HARD_DROP: Final = 20
_HARD_CELLS: Final = 40
_FILLED: Final = 0.92
"""Minimums for light that does not fade: drop to the paper, cells of the blot, white share of its ellipse."""

Box = tuple[float, float, float, float]
GridCell = tuple[int, int]


@dataclass(frozen=True)
class _Sheet:
    """The document under the light: the paper's level at each pixel, without thin print, and the height of strokes."""

    width: int
    height: int
    cell: int
    paper: bytes
    strokes: bytes


@dataclass(frozen=True)
class _Ray:
    """The end of the light in one direction: the drop to the paper, whether it fades, and whether print lies beyond.

    `half` is the number of cells from where it is no longer white to half of the drop.
    """

    drop: float
    half: float
    fades: bool
    printed: bool


def glare(picture: "Image.Image") -> tuple[float, Box | None]:
    """Return the share of an RGB picture, 0 to 1, that is lost in light, and the place of its largest blot.

    The place is left, top, right and bottom of its box, as shares of width and height; None if there is no light.
    """
    floor = _floor(picture)
    sheet = _sheet(floor, max(1, round(max(floor.size) / _GRID)))
    cells = floor.reduce(sheet.cell)
    areas = [(_lit(blot, sheet), blot) for blot in _white(cells) if len(blot) >= _FEWEST_WHITE]
    lit = [(area, blot) for area, blot in areas if area >= _FEWEST_CELLS]
    if not lit:
        return 0.0, None
    lost = sum(area for area, _ in lit) / (cells.width * cells.height)
    return min(1.0, lost), _box(max(lit, key=itemgetter(0))[1], cells.size)


def _floor(picture: "Image.Image") -> "Image.Image":
    """Return the level of the weakest color, each as a share of its level where the strongest can rise no further.

    So light of a lamp, or of the evening, is as white as that of the day.
    """
    from PIL import ImageChops

    bands = picture.split()
    strongest = ImageChops.lighter(ImageChops.lighter(*bands[:2]), bands[2])
    blown_out = strongest.point([255 * (level >= _BLOWN_OUT) for level in range(256)])
    tops = (max(_DEEPEST, quantile(band.histogram(blown_out), _TOP_SHARE)) for band in bands)
    red, green, blue = (
        band.point([min(255, round(level * 255 / top)) for level in range(256)])
        for band, top in zip(bands, tops, strict=True)
    )
    return ImageChops.darker(ImageChops.darker(red, green), blue)


def _sheet(floor: "Image.Image", cell: int) -> _Sheet:
    from PIL import ImageChops, ImageFilter

    strokes = ImageChops.lighter(
        ImageChops.difference(floor, ImageChops.offset(floor, 2, 0)),
        ImageChops.difference(floor, ImageChops.offset(floor, 0, 2)),
    )
    paper = floor.filter(ImageFilter.BoxBlur(1))
    paper, strokes = (over_window(image, ImageChops.lighter) for image in (paper, strokes))
    return _Sheet(floor.width, floor.height, cell, paper.tobytes(), strokes.tobytes())


def _white(cells: "Image.Image") -> Iterator[set[GridCell]]:
    """Yield the groups of white cells that touch, by column and row."""
    width, left = cells.width, set()
    for place, level in enumerate(cells.tobytes()):
        if level >= _WHITE:
            left.add((place % width, place // width))
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            cell = edge.pop()
            group.add(cell)
            near = _neighbors(cell) & left
            left -= near
            edge.extend(near)
        yield group


def _neighbors(cell: GridCell) -> set[GridCell]:
    x, y = cell
    return {(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)}


def _lit(blot: set[GridCell], sheet: _Sheet) -> float:
    """Return the cells of a blot to the middle of its rim, or 0 if it is not light."""
    border = sorted(cell for cell in blot if not _neighbors(cell) <= blot)
    directions = [(cell, _outwards(cell, blot)) for cell in border[:: max(1, len(border) // _MOST_RAYS)]]
    all_rays = [_ray(cell, direction, sheet) for cell, direction in directions if direction]
    rays = [ray for ray in all_rays if ray]
    count = len(rays)
    if count <= _INSIDE * len(all_rays):
        return 0.0
    usual = median(ray.drop for ray in rays)
    even = sum(abs(ray.drop - usual) <= _UNEVEN for ray in rays)
    fading, printed = sum(ray.fades for ray in rays), sum(ray.printed for ray in rays)
    if even < _EVEN * count or printed < _PRINTED * count:
        return 0.0
    if fading < _FADING * count and not (usual >= _HARD_DROP and len(blot) >= _HARD_CELLS and _is_round(blot)):
        return 0.0
    half = median(ray.half for ray in rays)
    return len(blot) + len(border) * half + math.pi * half * half


def _is_round(blot: set[GridCell]) -> bool:
    """Return True if the cells fill the ellipse that has their moments."""
    count = len(blot)
    x, y = sum(at for at, _ in blot) / count, sum(at for _, at in blot) / count
    # Each cell is a square, which adds a variance of a twelfth.
    across = sum((at - x) ** 2 for at, _ in blot) / count + 1 / 12
    down = sum((at - y) ** 2 for _, at in blot) / count + 1 / 12
    both = sum((at - x) * (to - y) for at, to in blot) / count
    return count > _FILLED * 4 * math.pi * math.sqrt(across * down - both * both)


def _outwards(cell: GridCell, blot: set[GridCell]) -> tuple[float, float] | None:
    """Return the direction, one cell long, in which the blot ends; None if it ends alike on all sides."""
    around = range(-2, 3)
    beyond = [(x, y) for x in around for y in around if (cell[0] + x, cell[1] + y) not in blot]
    across, down = sum(x for x, _ in beyond), sum(y for _, y in beyond)
    length = math.hypot(across, down)
    return (across / length, down / length) if length >= 2 else None


def _ray(cell: GridCell, direction: tuple[float, float], sheet: _Sheet) -> _Ray | None:
    """Follow the light outwards; return None if it reaches the margin of the picture."""
    places = []
    for step in range(_REACH * _SAMPLES):
        x, y = (int((at + 0.5 + by * step / _SAMPLES) * sheet.cell) for at, by in zip(cell, direction, strict=True))
        if not (0 <= x < sheet.width and 0 <= y < sheet.height):
            break
        places.append(y * sheet.width + x)
    levels = [sheet.paper[place] for place in places]
    rim = next((at for at, level in enumerate(levels) if level < _RIM), len(levels))
    if len(levels) < rim + 2 * _NEAR.start:
        return None
    near, far = levels[rim:][_NEAR], levels[rim:][_FAR]
    printed = max(sheet.strokes[place] for place in places[rim:][_AROUND]) >= _STROKE
    drop = 250 - median(near)
    fades = (
        _fades(levels, rim, drop)
        if drop >= _NEAR_DROP
        else len(far) >= _FAR.start and (far_drop := 250 - median(far)) >= _FAR_DROP and _fades(levels, rim, far_drop)
    )
    half = next((at for at in range(rim, len(levels)) if levels[at] <= 250 - drop / 2), len(levels)) - rim
    return _Ray(drop, half / _SAMPLES, printed=printed, fades=fades)


def _fades(levels: Sequence[int], rim: int, drop: float) -> bool:
    """Return True if no step on the way down by `drop` is an edge."""
    start = max(1, rim - 1)
    end = next((at for at in range(rim, len(levels)) if levels[at] <= 252 - drop), len(levels) - 1)
    steepest = max((levels[at - 1] - levels[at] for at in range(start, end + 1)), default=0)
    return steepest <= max(_GRAIN, _STEEPEST * drop)


def _box(blot: set[GridCell], size: tuple[int, int]) -> Box:
    columns, rows = {x for x, _ in blot}, {y for _, y in blot}
    width, height = size
    return min(columns) / width, min(rows) / height, (max(columns) + 1) / width, (max(rows) + 1) / height
