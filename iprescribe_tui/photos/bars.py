"""Patches of bars in a picture, and their rotation, by the directions in which its brightness changes.

The picture is divided into square cells; the structure tensor of each (Bigün & Granlund 1987) gives the strength and
the main direction of its changes. Neighboring cells that agree form a patch: a barcode, or a row of text.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from PIL import Image, ImageMath

__all__ = ["Bars", "bars_in", "sharpened", "straightened"]

_SIDE: Final = 1600
"""Pixels of the copy's longer side: the bars of a license that fills a third of the picture are a pixel wide there."""

_CELL: Final = 12
_FEWEST: Final = 6
_LEAST_CHANGE: Final = 20.0
_LEAST_DIRECTED: Final = 0.35
"""Minimum share of a cell's changes in its direction: print has less; bars more, although they are cut into rows."""

_ALIKE_DEGREES: Final = 15.0
_ALIKE_STRENGTH: Final = 0.3
_NARROWEST: Final = 0.3
"""Minimum ratio of width to height: a PDF417 symbol has at least that, the edge of a card less."""

_MARGIN: Final = 0.12
"""Margin around a patch that is cut out, as a share of its width: the quiet zone that a symbol needs."""
_MOST_PIXELS: Final = 4_000_000

_ACROSS: Final = (-3, 0, 3, -10, 0, 10, -3, 0, 3)
_DOWN: Final = (3, 10, 3, 0, 0, 0, -3, -10, -3)  # Pillow's kernels begin with the bottom row
_HALVES: Final = 32

_Cell = tuple[int, int]


class Bars(NamedTuple):
    """A patch of bars: center, size across and along the bars in pixels, and clockwise turn of its rows."""

    x: float
    y: float
    degrees: float
    width: float
    height: float
    weight: float
    """Strength of its changes, times the share of its rectangle that it fills."""


class _Direction(NamedTuple):
    strength: float
    degrees: float


def bars_in(gray: "Image.Image", most: int) -> list[Bars]:
    """Return the patches of a picture (mode L) that most resemble barcodes, the likeliest first, at most `most`."""
    from PIL import Image

    by = max(1.0, max(gray.size) / _SIDE)
    size = max(1, round(gray.width / by)), max(1, round(gray.height / by))
    directions = _directions(gray if by == 1 else gray.resize(size, Image.Resampling.BOX))
    patches = [_bars(patch, directions, _CELL * gray.width / size[0]) for patch in _patches(directions)]
    patches = [bars for bars in patches if bars.width > _NARROWEST * bars.height]
    return sorted(patches, key=lambda bars: bars.weight, reverse=True)[:most]


def straightened(gray: "Image.Image", bars: Bars, scale: float, turn: float = 0) -> "Image.Image":
    """Cut bars out of a picture and turn them upright, or upside down; `turn` degrees are added to theirs.

    The result is `scale` times as large as in the picture, but has at most four million pixels.
    """
    from PIL import Image

    margin = 2 * _MARGIN * bars.width
    scale = min(scale, math.sqrt(_MOST_PIXELS / ((bars.width + margin) * (bars.height + margin))))
    width, height = round((bars.width + margin) * scale), round((bars.height + margin) * scale)
    angle = math.radians(bars.degrees + turn)
    along, down = math.cos(angle) / scale, math.sin(angle) / scale
    left = bars.x - along * width / 2 + down * height / 2
    top = bars.y - down * width / 2 - along * height / 2
    how = (along, -down, left, down, along, top)
    return gray.transform((width, height), Image.Transform.AFFINE, how, Image.Resampling.BICUBIC, fillcolor=255)


def sharpened(view: "Image.Image") -> "Image.Image":
    """Reduce a blur of two pixels."""
    from PIL import ImageFilter

    return view.filter(ImageFilter.UnsharpMask(2, 200, 0))


def _directions(gray: "Image.Image") -> dict[_Cell, _Direction]:
    """Return the cells with enough change in one direction."""
    from PIL import ImageFilter, ImageMath, ImageOps

    if min(gray.size) < _CELL:
        return {}
    inside = (1, 1, gray.width - 1, gray.height - 1)  # at the border a kernel leaves levels instead of changes
    slopes = [
        ImageOps.expand(gray.filter(ImageFilter.Kernel((3, 3), kernel, _HALVES, 128)).crop(inside), 1, 128)
        for kernel in (_ACROSS, _DOWN)
    ]

    def mean(product: "Callable[[ImageMath._Operand, ImageMath._Operand], ImageMath._Operand]") -> tuple[float, ...]:
        products = ImageMath.lambda_eval(
            lambda images: product(images["x"] - 128, images["y"] - 128), x=slopes[0], y=slopes[1]
        )
        levels: tuple[float, ...] = products.reduce(_CELL).get_flattened_data()
        return levels

    columns, directions = -(-gray.width // _CELL), {}
    tensors = zip(mean(lambda x, y: x * x), mean(lambda x, y: y * y), mean(lambda x, y: x * y), strict=True)
    for place, (xx, yy, xy) in enumerate(tensors):
        directed = math.hypot(xx - yy, 2 * xy)
        if xx + yy > _LEAST_CHANGE and directed > _LEAST_DIRECTED * (xx + yy):
            degrees = math.degrees(math.atan2(2 * xy, xx - yy)) / 2
            directions[place % columns, place // columns] = _Direction(math.sqrt(directed), degrees)
    return directions


def _patches(directions: Mapping[_Cell, _Direction]) -> list[list[_Cell]]:
    """Group cells near one another whose directions agree, starting from the strongest."""
    left, patches = dict.fromkeys(directions), []
    for start in sorted(directions, key=lambda cell: directions[cell].strength, reverse=True):
        if start not in left:
            continue
        del left[start]
        patch, at = [start], 0
        across = down = 0.0
        while at < len(patch):
            column, row = patch[at]
            strength, degrees = directions[column, row]
            across += strength * math.cos(math.radians(2 * degrees))
            down += strength * math.sin(math.radians(2 * degrees))
            mean = _Direction(strength, math.degrees(math.atan2(down, across)) / 2)
            near = ((column + x, row + y) for x in range(-2, 3) for y in range(-2, 3))
            joining = [cell for cell in near if cell in left and _alike(directions[cell], mean)]
            for cell in joining:
                del left[cell]
            patch += joining
            at += 1
        if len(patch) >= _FEWEST:
            patches.append(patch)
    return patches


def _alike(one: _Direction, mean: _Direction) -> bool:
    off = abs((one.degrees - mean.degrees + 90) % 180 - 90)
    return off < _ALIKE_DEGREES and one.strength > _ALIKE_STRENGTH * mean.strength


def _bars(patch: list[_Cell], directions: Mapping[_Cell, _Direction], pixels: float) -> Bars:
    """Return the rectangle around a patch whose cells are `pixels` wide."""
    strengths = [directions[cell].strength for cell in patch]
    doubled = [math.radians(2 * directions[cell].degrees) for cell in patch]
    across = sum(strength * math.cos(angle) for strength, angle in zip(strengths, doubled, strict=True))
    down = sum(strength * math.sin(angle) for strength, angle in zip(strengths, doubled, strict=True))
    angle = math.atan2(down, across) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    along_rows = [(column + 0.5) * cos + (row + 0.5) * sin for column, row in patch]
    along_bars = [(row + 0.5) * cos - (column + 0.5) * sin for column, row in patch]
    right, low = (max(along_rows) + min(along_rows)) / 2, (max(along_bars) + min(along_bars)) / 2
    width, height = (max(places) - min(places) + 1.4 for places in (along_rows, along_bars))
    weight = sum(strengths) * len(patch) / (width * height)
    x, y = right * cos - low * sin, right * sin + low * cos
    return Bars(x * pixels, y * pixels, math.degrees(angle), width * pixels, height * pixels, weight)
