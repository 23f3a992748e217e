"""What a phone is shown of its photo: small, as it will be sent, and framed where something seems wrong."""

import io

import pytest
from PIL import Image

from iprescribe_tui.journey.checks.picture import Place
from iprescribe_tui.photos.marking import LONGEST, marked_copy

GREEN = (40, 120, 60)


def shown(size: tuple[int, int], *places: Place) -> Image.Image:
    return Image.open(io.BytesIO(marked_copy(Image.new("RGB", size, GREEN), places)))


def is_red(pixel: object) -> bool:
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return bool(red > 140 and green < 90 and blue < 90)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (640, 480)),
        ((3000, 4000), (480, 640)),
        ((320, 200), (320, 200)),
        ((9000, 3), (640, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_it_is_small_and_keeps_its_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    picture = shown(size, (0.2, 0.2, 0.8, 0.8))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", expected, "RGB")
    assert max(picture.size) <= LONGEST


def test_a_frame_stands_around_the_place_and_leaves_it_to_be_seen() -> None:
    picture = shown((1280, 960), (0.25, 0.5, 0.5, 0.75))
    assert is_red(picture.getpixel((240, 234)))
    assert is_red(picture.getpixel((154, 300)))
    assert is_red(picture.getpixel((326, 300)))
    assert not is_red(picture.getpixel((240, 300)))
    assert not is_red(picture.getpixel((500, 100)))


def test_without_a_place_nothing_is_drawn() -> None:
    assert not any(is_red(pixel) for _, pixel in shown((400, 300)).getcolors(120_000) or ())


@pytest.mark.parametrize(
    "place", [(0, 0, 1, 1), (0, 0, 0, 0), (1, 1, 1, 1), (0.9, 0.9, 0.1, 0.1), (0, 0.4, 0.001, 0.401)]
)
def test_a_frame_is_seen_wherever_the_place_is(place: Place) -> None:
    assert any(is_red(pixel) for _, pixel in shown((800, 600), place).getcolors(480_000) or ())
