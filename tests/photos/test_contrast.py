"""Photos with little contrast, and panoramas, are blurred only if they are."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from iprescribe_tui.journey.checks.photo import DOCUMENT, SELFIE, PhotoPolicy
from iprescribe_tui.photos.quality import judge
from tests.longer import few
from tests.photos import real
from tests.photos.drawn import blurred, face, saved, scene
from tests.photos.portraits import white_coat

SMALL_FILES = replace(DOCUMENT, min_bytes=1000)


def doubts(file: bytes, policy: PhotoPolicy = SMALL_FILES) -> list[str]:
    return [doubt.code for doubt in judge(file, policy).doubts]


def hazy(image: Image.Image, darkest: int, brightest: int) -> Image.Image:
    """With little contrast: against the light, or through a dirty lens."""
    levels = [round(darkest + (brightest - darkest) * level / 255) for level in range(256)]
    return image.point(levels * len(image.getbands()))


HAZE = ((90, 200), (60, 255), (40, 150), (120, 190))


@pytest.mark.parametrize("levels", HAZE, ids=str)
@pytest.mark.parametrize("shown", [scene, face, white_coat])
def test_a_photo_with_little_contrast_is_blurred_only_if_it_is(
    levels: tuple[int, int], shown: Callable[[], Image.Image]
) -> None:
    policy = SMALL_FILES if shown is scene else replace(SELFIE, min_bytes=1000)
    assert doubts(saved(hazy(shown(), *levels)), policy) == []
    assert doubts(saved(hazy(blurred(shown(), 2.5), *levels)), policy) == ["photo_blurred"]


def panorama(card: Image.Image) -> Image.Image:
    """A table with card beside card, 30 times as wide as high."""
    image, card = Image.new("RGB", (13_200, 440)), card.resize((660, 440), Image.Resampling.LANCZOS)
    for left in range(0, image.width, card.width):
        image.paste(card, (left, 0))
    return image


def test_a_panorama_is_measured_where_it_can_be() -> None:
    assert doubts(saved(panorama(scene()))) == []
    assert doubts(saved(panorama(blurred(scene(), 4)))) == ["photo_blurred"]


@real.needed
@pytest.mark.parametrize(("kind", "most"), few([("selfie", 0), ("document-barcode", 0), ("document", 3)]))
def test_hardly_a_real_photo_with_little_contrast_is_taken_for_blurred(kind: str, most: int) -> None:
    policy = replace(SELFIE if kind == "selfie" else DOCUMENT, min_bytes=1)
    doubted = []
    for path in sorted(real.FOLDER.glob(f"{kind}*.jpg")):
        with Image.open(path) as photo:
            found = doubts(saved(hazy(photo.convert("RGB"), 90, 200), quality=92), policy)
        doubted += [path.name] * bool(found and "closeup" not in path.name)
    assert len(doubted) <= most, doubted
