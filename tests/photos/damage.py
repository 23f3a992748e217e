"""A picture damaged as photos are: out of focus, shaken, dark, lit, with stripes of a screen, made small."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from PIL import Image, ImageChops

from iprescribe_tui.photos.metrics import brightness, small_copy
from tests.photos.drawn import blurred, darkened, grain, lamp, shaken

Damage = Callable[[Image.Image], Image.Image]


def unit(picture: Image.Image) -> float:
    """Pixels of the picture for one of a copy whose longer side has 1,024."""
    return max(picture.size) / 1024


def out_of_focus(picture: Image.Image, by: float) -> Image.Image:
    """Blurred by so many units."""
    return blurred(picture, by * unit(picture))


def blot(picture: Image.Image, at: tuple[float, float], size: tuple[float, float], soft: float) -> Image.Image:
    """With white light at a place in shares of width and height; its size and its rim in shares of the longer side."""
    by = max(picture.size) / picture.width
    place = (at[0], at[1] * picture.height / picture.width)
    return lamp(picture, place, (size[0] / 2 * by, size[1] / 2 * by), soft * by)


def moved(picture: Image.Image, by: float, direction: tuple[int, int]) -> Image.Image:
    """Shaken by so many units, across and down."""
    return shaken(picture, max(2, round(by * unit(picture))), direction)


def in_light(picture: Image.Image, to: float, strength: int = 4) -> Image.Image:
    """With its paper dimmed to a level from 0 to 1, and grain of a strength."""
    return grain(darkened(picture, to / brightness(small_copy(picture).convert("L"))), strength)


def striped(picture: Image.Image, every: float, strength: int) -> Image.Image:
    """Photographed from a screen, with two sets of stripes."""
    waves = Image.new("L", (picture.width, 1))
    waves.putdata([round(128 + strength * math.sin(x * 2 * math.pi / every)) for x in range(picture.width)])
    waves = waves.resize(picture.size)
    stripes = ImageChops.add(waves.rotate(7), waves.rotate(80), 2)
    return ImageChops.add(picture, Image.merge("RGB", (stripes, stripes, stripes)), 1, -128)


def reduced(picture: Image.Image, by: float) -> Image.Image:
    """Made smaller, as messengers do."""
    return picture.resize((round(picture.width * by), round(picture.height * by)), Image.Resampling.LANCZOS)


FORMS: Final[Mapping[str, Damage]] = {
    **{f"out of focus by {by}": lambda picture, by=by: out_of_focus(picture, by) for by in (0.5, 0.75, 1, 1.5, 2.5)},  # type: ignore[misc]
    **{
        f"shaken by {by} {way}": lambda picture, by=by, to=to: moved(picture, by, to)  # type: ignore[misc]
        for by in (3, 5, 9)
        for way, to in (("across", (1, 0)), ("askew", (1, 1)))
    },
    **{f"dimmed to {to}": lambda picture, to=to: in_light(picture, to) for to in (0.5, 0.4, 0.33)},  # type: ignore[misc]
    "in the dark": lambda picture: in_light(picture, 0.16, 14),
    "a light over a word": lambda picture: blot(picture, (0.5, 0.45), (0.06, 0.06), 0.01),
    "a short streak of light": lambda picture: blot(picture, (0.5, 0.5), (0.12, 0.02), 0.005),
    "a light over half of it": lambda picture: blot(picture, (0.4, 0.5), (0.5, 0.5), 0.03),
    "stripes": lambda picture: striped(picture, 5, 40),
    "half as large": lambda picture: reduced(picture, 0.5),
    "a third, enlarged again": lambda picture: reduced(reduced(picture, 0.3), 1 / 0.3),
}
"""None but those of BLURRED is decided by another row of the table, whatever can be read around it: those want light
doubted from 8 % of the longer side on, and paper below 0.30 called dark. So here light is smaller than that, or hides
half of all, and paper is lighter, or so dark that grain drowns the print."""

BLURRED: Final = frozenset({"out of focus by 1.5", "out of focus by 2.5"})
"""Forms that the row on blur wants doubted, also where large print can still be read."""
