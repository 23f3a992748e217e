"""Highest or lowest of the pixels near each pixel, many times faster than a rank filter."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    Pick = Callable[[Image.Image, Image.Image], Image.Image]

WINDOW: Final = 8
"""Side in pixels of the square that counts as near."""


def along(
    image: "Image.Image", pick: "Pick", direction: tuple[int, int] = (1, 0), window: int = WINDOW
) -> "Image.Image":
    """Apply `pick` to each pixel and those that follow it in a direction, `window` in all, a power of 2.

    At a margin it takes pixels of the opposite one.
    """
    from PIL import ImageChops

    by = 1
    while by < window:
        image = pick(image, ImageChops.offset(image, -by * direction[0], -by * direction[1]))
        by *= 2
    return image


def over_window(image: "Image.Image", pick: "Pick") -> "Image.Image":
    """Apply `pick` to each pixel and those around it, in a square."""
    from PIL import ImageChops

    return ImageChops.offset(along(along(image, pick), pick, (0, 1)), WINDOW // 2, WINDOW // 2)


def filled(image: "Image.Image", window: int) -> "Image.Image":
    """Return the picture without details that are darker than their surroundings and less than `window` pixels wide."""
    from PIL import ImageChops

    for pick in (ImageChops.lighter, ImageChops.darker):
        image = along(along(image, pick, (1, 0), window), pick, (0, 1), window)
    return ImageChops.offset(image, window - 1, window - 1)
