"""Of the drawn photos no good one is refused, and each bad one gets the one sentence that says what to do about it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from iprescribe_tui.journey.checks import CheckFailed, picture
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.fingerprints import alike
from iprescribe_tui.photos.judging import judge
from iprescribe_tui.sandbox.photos import write_sample_photos
from tests.photos.drawn import (
    TABLES,
    blurred,
    darkened,
    face,
    heic,
    lamp,
    saved,
    scene,
    shaken,
)

POLICY = PhotoPolicy()
LENIENT = PhotoPolicy(min_bytes=1, min_brightness=0, min_sharpness=0, max_glare=1)


def enlarged(image: Image.Image, size: tuple[int, int] = (4032, 3024)) -> Image.Image:
    """As a phone's camera takes it."""
    return image.resize(size, Image.Resampling.BICUBIC)


def photo_16_bit() -> bytes:
    return saved(scene().convert("L").convert("I").point(lambda level: level * 256).convert("I;16"), "PNG")


GOOD: dict[str, Callable[[], bytes]] = {
    **{f"on {table}": lambda table=table: saved(scene(table=table)) for table in TABLES},  # type: ignore[misc]
    **{f"askew by {turn}": lambda turn=turn: saved(scene(turn=turn, share=0.9)) for turn in (-9, 4, 13)},  # type: ignore[misc]
    **{f"turned by EXIF {way}": lambda way=way: saved(scene(), orientation=way) for way in (3, 6, 8)},  # type: ignore[misc]
    **{f"quality {share}": lambda share=share: saved(scene("back"), quality=share) for share in (45, 70, 98)},  # type: ignore[misc]
    **{
        f"paper {level}": lambda level=level: saved(scene(paper=(level, level, level - 4)))  # type: ignore[misc]
        for level in (190, 215, 240, 247, 252, 255)
    },
    **{f"lit {by}": lambda by=by: saved(ImageEnhance.Brightness(scene()).enhance(by)) for by in (0.65, 0.85, 1.08)},  # type: ignore[misc]
    "from further away": lambda: saved(scene(share=0.55)),
    "the back": lambda: saved(scene("back")),
    "the back from further away": lambda: saved(scene("back", "slate", share=0.6)),
    "a little soft": lambda: saved(blurred(scene(), 1)),
    "progressive": lambda: saved(scene(), progressive=True),
    "grey": lambda: saved(scene().convert("L")),
    "CMYK": lambda: saved(scene().convert("CMYK")),
    "PNG": lambda: saved(scene(), "PNG"),
    "PNG of 256 colours": lambda: saved(scene().quantize(256), "PNG"),
    "PNG with transparency": lambda: saved(scene().convert("RGBA"), "PNG"),
    "PNG of 16 bits": photo_16_bit,
    "HEIC": lambda: heic(scene(noise=0)),
    "small": lambda: saved(scene().resize((900, 605), Image.Resampling.LANCZOS), quality=95),
    "12 megapixels": lambda: saved(enlarged(scene("back"))),
    "a face": lambda: saved(face()),
    "a face, upright by EXIF": lambda: saved(face(), orientation=6),
}

LAMPS = {
    f"{size[0]:.0%} wide at {at[0]:.0%}": lambda side, at=at, size=size: lamp(scene(side), at, size, 0.012)
    for at in ((0.5, 0.35), (0.3, 0.3), (0.7, 0.45))
    for size in ((0.06, 0.06), (0.1, 0.07), (0.2, 0.1))
}
BAD: dict[str, dict[str, Callable[[str], Image.Image]]] = {
    "photo_pixels": {
        f"{size[0]} × {size[1]}": lambda side, size=size: scene(side).resize(size)  # type: ignore[misc]
        for size in ((320, 215), (560, 376), (700, 470), (1280, 300))
    },
    "photo_dark": {f"at {to}": lambda side, to=to: darkened(scene(side), to) for to in (0.05, 0.12, 0.2, 0.3, 0.38)},  # type: ignore[misc]
    "photo_blurred": {
        **{f"by {radius}": lambda side, radius=radius: blurred(scene(side), radius) for radius in (2.5, 3, 4, 6, 10)},  # type: ignore[misc]
        **{f"shaken by {by}": lambda side, by=by: shaken(scene(side), by) for by in (12, 16, 24)},  # type: ignore[misc]
        **{f"shaken down by {by}": lambda side, by=by: shaken(scene(side), by, True) for by in (12, 20)},  # type: ignore[misc]
        "enlarged": lambda side: scene(side).resize((320, 215)).resize((1280, 860), Image.Resampling.BICUBIC),
        "12 megapixels": lambda side: blurred(enlarged(scene(side)), 9),
        "nothing at all": lambda side: Image.new("RGB", (1200, 900), (140, 150, 160)),
    },
    "photo_glare": {
        **LAMPS,
        "hard": lambda side: lamp(scene(side), (0.5, 0.3), (0.08, 0.08), 0),
        "on bright paper": lambda side: lamp(scene(side, paper=(243, 243, 239)), (0.55, 0.36), (0.12, 0.09), 0.012),
    },
}
SAYS = {
    "photo_pixels": "pixels. Choose the original",
    "photo_dark": picture.DARK,
    "photo_blurred": picture.BLURRED,
    "photo_glare": picture.GLARE,
}
SMALL_FILES = PhotoPolicy(min_bytes=1000)


@pytest.mark.parametrize("which", GOOD)
def test_no_good_photo_is_refused(which: str) -> None:
    judged = judge(GOOD[which](), POLICY)
    upright = judged.picture.width < judged.picture.height
    assert upright == ("face" in which)
    assert judged.picture.mode == "RGB"


@pytest.mark.parametrize(("code", "which"), [(code, which) for code, ways in BAD.items() for which in ways])
def test_no_bad_photo_is_taken(code: str, which: str) -> None:
    for side in ("front", "back"):
        with pytest.raises(CheckFailed) as caught:
            judge(saved(BAD[code][which](side)), SMALL_FILES)
        assert (caught.value.code, SAYS[code] in caught.value.message) == (code, True), caught.value.message


def test_the_sample_photos_are_good_ones(tmp_path: Path) -> None:
    for name, path in write_sample_photos(tmp_path).items():
        assert judge(path.read_bytes(), POLICY).facts.glare == 0, name


def test_the_limits_are_the_backends() -> None:
    soft = saved(blurred(scene(), 3))
    assert judge(soft, PhotoPolicy(min_sharpness=0.2))
    with pytest.raises(CheckFailed, match="has only 1280 × 860 pixels"):
        judge(soft, PhotoPolicy(min_pixels=2_000_000))


SAME: dict[str, Callable[[Image.Image], bytes]] = {
    "as it is": saved,
    "saved again": lambda image: saved(image, quality=50),
    "as PNG": lambda image: saved(image, "PNG"),
    "scaled down": lambda image: saved(image.resize((900, 605)), quality=95),
    "scaled up": lambda image: saved(image.resize((2560, 1720))),
    "darker": lambda image: saved(darkened(image, 0.7)),
    "turned by EXIF": lambda image: saved(image, orientation=6),
    "upside down": lambda image: saved(image.transpose(Image.Transpose.ROTATE_180)),
    "on its side": lambda image: saved(image.transpose(Image.Transpose.ROTATE_270)),
}


def fingerprint_in(file: bytes) -> bytes:
    return judge(file, LENIENT).fingerprint


@pytest.mark.parametrize("how", SAME)
def test_the_same_picture_is_known_however_it_was_saved(how: str) -> None:
    assert alike(fingerprint_in(saved(scene())), fingerprint_in(SAME[how](scene())))


@pytest.mark.parametrize("share", [1, 0.75, 0.55])
@pytest.mark.parametrize("table", TABLES)
def test_front_and_back_are_not_the_same_picture(table: str, share: float) -> None:
    front, back = (saved(scene(side, table, share=share)) for side in ("front", "back"))
    assert not alike(fingerprint_in(front), fingerprint_in(back))
