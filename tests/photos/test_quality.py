"""No good photo is doubted, drawn or real; each bad one is, with the one sentence that says what to do about it."""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFont

from iprescribe_tui.journey.checks import CheckFailed, picture
from iprescribe_tui.journey.checks.photo import DOCUMENT, SELFIE, PhotoPolicy
from iprescribe_tui.photos.fingerprints import alike
from iprescribe_tui.photos.quality import judge
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.longer import few
from tests.photos import real
from tests.photos.drawn import (
    TABLES,
    blurred,
    darkened,
    face,
    grain,
    heic,
    lamp,
    page,
    saved,
    scene,
    shaken,
)
from tests.photos.portraits import white_coat

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
    "a face over a white coat": lambda: saved(white_coat()),
}

LAMPS = {
    f"{size[0]:.0%} wide at {at[0]:.0%}": lambda side, at=at, size=size: lamp(scene(side), at, size, 0.012)
    for at in ((0.5, 0.35), (0.7, 0.45))
    for size in ((0.04, 0.04), (0.06, 0.06), (0.1, 0.07), (0.2, 0.1))
}
FEW_PIXELS = ((320, 215), (560, 376), (700, 470), (1280, 300))
BAD: dict[str, dict[str, Callable[[str], Image.Image]]] = {
    "photo_dark": {f"at {to}": lambda side, to=to: darkened(scene(side), to) for to in (0.05, 0.12, 0.2, 0.3)},  # type: ignore[misc]
    "photo_blurred": {
        **{f"by {radius}": lambda side, radius=radius: blurred(scene(side), radius) for radius in (2, 2.5, 4, 6, 10)},  # type: ignore[misc]
        **{f"shaken by {by}": lambda side, by=by: shaken(scene(side), by) for by in (12, 16, 24)},  # type: ignore[misc]
        **{f"shaken down by {by}": lambda side, by=by: shaken(scene(side), by, (0, 1)) for by in (12, 20)},  # type: ignore[misc]
        **{f"shaken askew by {by}": lambda side, by=by: shaken(scene(side), by, (1, -1)) for by in (10, 20)},  # type: ignore[misc]
        "enlarged": lambda side: scene(side).resize((240, 161)).resize((1280, 860), Image.Resampling.BICUBIC),
        "12 megapixels": lambda side: blurred(enlarged(scene(side)), 9),
        "nothing at all": lambda side: Image.new("RGB", (1200, 900), (140, 150, 160)),
    },
}
SAYS = {
    "photo_dark": picture.LOOKS_DARK,
    "photo_blurred": picture.LOOKS_BLURRED,
    "photo_glare": "Light seems to be reflected",
}
SMALL_FILES = replace(DOCUMENT, min_bytes=1000)


def doubts(file: bytes, policy: PhotoPolicy = SMALL_FILES) -> list[str]:
    return [doubt.code for doubt in judge(file, policy).doubts]


@pytest.mark.parametrize("which", few(GOOD, 8))
def test_no_good_photo_is_doubted(which: str) -> None:
    judged = judge(GOOD[which](), SELFIE if "face" in which else DOCUMENT)
    upright = judged.picture.width < judged.picture.height
    assert judged.doubts == ()
    assert upright == ("face" in which)
    assert judged.picture.mode == "RGB"


@pytest.mark.parametrize(("code", "which"), few(((code, which) for code, ways in BAD.items() for which in ways), 6))
def test_each_bad_photo_is_doubted(code: str, which: str) -> None:
    for side in ("front", "back"):
        (doubt,) = judge(saved(BAD[code][which](side)), SMALL_FILES).doubts
        assert (doubt.code, doubt.message, doubt.place) == (code, SAYS[code], None)


@pytest.mark.parametrize("size", FEW_PIXELS, ids=str)
def test_too_few_pixels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(CheckFailed, match="Choose the original") as caught:
        judge(saved(scene().resize(size)), SMALL_FILES)
    assert caught.value.code == "photo_pixels"


@pytest.mark.parametrize("which", few(LAMPS, 2))
def test_light_on_a_document_is_doubted_and_found_where_it_is(which: str) -> None:
    (doubt,) = judge(saved(LAMPS[which]("front")), SMALL_FILES).doubts
    assert (doubt.code, SAYS["photo_glare"] in doubt.message) == ("photo_glare", True)
    assert doubt.place is not None
    left, top, right, bottom = doubt.place
    x, y = (0.5, 0.35) if "50%" in which else (0.7, 0.45)
    assert left < x < right
    assert top < y * 1280 / 860 < bottom


def tinted(image: Image.Image, color: tuple[int, int, int]) -> Image.Image:
    """In light of a color."""
    return ImageChops.multiply(image, Image.new("RGB", image.size, color))


LIT: dict[str, Callable[[], Image.Image]] = {
    "with a hard rim": lambda: lamp(scene(), (0.5, 0.3), (0.08, 0.08), 0),
    "with a wide rim": lambda: lamp(scene(paper=(200, 202, 190)), (0.6, 0.35), (0.2, 0.18), 0.04),
    "a streak": lambda: lamp(scene(), (0.6, 0.35), (0.1, 0.02), 0.006),
    "half of a license": lambda: lamp(scene(paper=(206, 210, 200)), (0.66, 0.36), (0.24, 0.2), 0.02),
    "a small one with a soft rim": lambda: lamp(scene(paper=(170, 190, 180)), (0.5, 0.36), (0.04, 0.04), 0.013),
    "at the margin": lambda: lamp(scene(), (0.5, 0.35), (0.2, 0.15), 0.02).crop((0, 448, 1280, 860)),
    "of a warm lamp": lambda: tinted(lamp(scene(), (0.6, 0.35), (0.08, 0.08), 0.01), (255, 246, 228)),
    "of an evening": lambda: tinted(lamp(scene(), (0.6, 0.35), (0.1, 0.07), 0.012), (255, 255, 243)),
    "on a darker paper": lambda: lamp(scene(paper=(170, 190, 180)), (0.6, 0.35), (0.05, 0.05), 0.01),
}
NOT_LIT: dict[str, Callable[[], Image.Image]] = {
    "on white paper": lambda: lamp(scene(paper=(250, 250, 248)), (0.55, 0.36), (0.12, 0.09), 0.012),
    "a white card": lambda: scene(paper=(255, 255, 255), share=0.6),
    "a white card, soft": lambda: blurred(scene(paper=(255, 255, 255), share=0.5), 1),
    "a light smaller than a word": lambda: lamp(scene(), (0.5, 0.35), (0.025, 0.025), 0.006),
    "a card in light of a color": lambda: tinted(scene(paper=(255, 255, 255)), (255, 246, 228)),
    "a lamp on the table": lambda: lamp(scene(share=0.6, table="slate"), (0.09, 0.1), (0.05, 0.05), 0.012),
}


@pytest.mark.parametrize("which", LIT)
def test_light_of_all_shapes_is_found(which: str) -> None:
    assert doubts(saved(LIT[which]())) == ["photo_glare"]


@pytest.mark.parametrize("which", NOT_LIT)
def test_what_is_white_itself_is_not_taken_for_light(which: str) -> None:
    assert doubts(saved(NOT_LIT[which]())) == []


PRINT = {
    "small, sharp": (16, 0, []),
    "small, a little soft": (22, 1.2, ["photo_blurred"]),
    "of usual size, a little soft": (38, 1.2, []),
    "large, soft": (60, 1.5, []),
    "large, blurred": (60, 2.5, ["photo_blurred"]),
}


@pytest.mark.parametrize("which", PRINT)
def test_small_print_must_be_sharper_than_large_print(which: str) -> None:
    size, by, found = PRINT[which]
    assert doubts(saved(blurred(page(size), by))) == found


def test_the_sample_photos_are_good_ones(tmp_path: Path) -> None:
    for name, path in write_sample_photos(tmp_path).items():
        assert doubts(path.read_bytes(), SELFIE if name == "selfie" else DOCUMENT) == [], name


def test_the_limits_are_the_backends() -> None:
    soft = saved(blurred(scene(), 3))
    assert doubts(soft) == ["photo_blurred"]
    assert doubts(soft, PhotoPolicy(min_sharpness=0.2)) == []
    with pytest.raises(CheckFailed, match="has only 1280 × 860 pixels"):
        judge(soft, PhotoPolicy(min_pixels=2_000_000))


def photographs(kind: str) -> list[Path]:
    """The real ones whose name begins like that."""
    return sorted(real.FOLDER.glob(f"{kind}*.jpg"))


@real.needed
@pytest.mark.parametrize("kind", few(["selfie", "document-0", "document-barcode", "document-white"]))
def test_no_real_photo_that_is_good_is_doubted(kind: str) -> None:
    policy = SELFIE if kind == "selfie" else DOCUMENT
    doubted = {path.name: doubts(path.read_bytes(), policy) for path in photographs(kind)}
    assert {name: codes for name, codes in doubted.items() if codes} == {}


@real.needed
@pytest.mark.parametrize(
    ("kind", "by", "most_pass"), few([("document-0", 1.5, 0), ("document-0", 1.0, 2), ("selfie", 1.5, 0)])
)
def test_a_real_photo_out_of_focus_is_doubted(kind: str, by: float, most_pass: int) -> None:
    policy = replace(SELFIE if kind == "selfie" else DOCUMENT, min_bytes=1)
    files = {path.name: real.out_of_focus(path.name, by) for path in photographs(kind)}
    passed = [name for name, file in files.items() if "photo_blurred" not in doubts(file, policy)]
    assert len(passed) <= most_pass, passed


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
    "mirrored": lambda image: saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "on its side, as small as a messenger makes it": lambda image: saved(
        image.transpose(Image.Transpose.ROTATE_90).resize((550, 820)), quality=50
    ),
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


def white_sheet(seed: str, lines: int, size: int = 30) -> Image.Image:
    """A white sheet with print of its own, where all lie: in the middle of a black table."""
    image, dice = Image.new("RGB", (1600, 1200), (12, 12, 12)), random.Random(seed)
    pen = ImageDraw.Draw(image)
    pen.rectangle((300, 285, 1299, 914), (248, 248, 246))
    for line in range(lines):
        text = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz 0123456789   ") for _ in range(50))
        pen.text((340, 320 + line * size * 1.6), text, (30, 30, 34), ImageFont.load_default(size))
    return grain(image)


@pytest.mark.parametrize("lines", [2, 5, 12])
def test_sheets_at_one_place_are_the_same_picture_only_if_their_print_is(lines: int) -> None:
    one, other = (fingerprint_in(saved(white_sheet(seed, lines))) for seed in ("front", "back"))
    assert not alike(one, other)
    for how in SAME.values():
        assert alike(one, fingerprint_in(how(white_sheet("front", lines))))


@real.needed
def test_no_two_real_photos_are_the_same_picture() -> None:
    prints = [fingerprint_in(path.read_bytes()) for path in photographs("")]
    assert not any(alike(*pair) for pair in combinations(prints, 2))
