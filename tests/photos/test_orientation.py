"""A photo lies as its EXIF orientation says, however a phone or an editor has written that."""

import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageStat

from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos import unpacking
from iprescribe_tui.photos.containers import orientation_in
from iprescribe_tui.photos.quality import judge
from tests.longer import few
from tests.photos.drawn import heic, saved, scene

POLICY = PhotoPolicy(min_bytes=1000)
BYTE, SHORT, LONG, SIGNED_SHORT, SIGNED_LONG, ASCII = 1, 3, 4, 8, 9, 2
FORMATS = {BYTE: "Bxxx", SHORT: "Hxx", LONG: "I", SIGNED_SHORT: "hxx", SIGNED_LONG: "i", ASCII: "Bxxx"}
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def tiff(order: str, kind: int, value: int) -> bytes:
    """EXIF data with an orientation, little-endian (`<`) or big-endian (`>`)."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHI", 0x0112, kind, 1) + struct.pack(order + FORMATS[kind], value)
    other = struct.pack(f"{order}HHI", 0x0100, LONG, 1) + struct.pack(f"{order}I", 1280)
    return start + struct.pack(f"{order}IH", 8, 2) + other + entry + bytes(4)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def as_jpeg(image: Image.Image, exif: bytes) -> bytes:
    return saved(image, exif=b"Exif\0\0" + exif)


def as_png(image: Image.Image, exif: bytes) -> bytes:
    file = saved(image, "PNG")
    return file[:33] + chunk(b"eXIf", exif) + file[33:]


def as_png_with_exif_last(image: Image.Image, exif: bytes) -> bytes:
    file = saved(image, "PNG")
    return file[:-12] + chunk(b"eXIf", b"Exif\0\0" + exif) + file[-12:]


def as_heic(image: Image.Image, exif: bytes) -> bytes:
    """With no box that turns it, as it is written for a picture that EXIF calls upright."""
    order = "<" if exif.startswith(b"II") else ">"
    upright = b"Exif\0\0" + tiff(order, SHORT, 1)
    file = heic(image, exif=upright)
    assert b"irot" not in file
    assert len(upright) == len(exif) + 6
    return file.replace(upright[6:], exif)


def as_webp(image: Image.Image, exif: bytes) -> bytes:
    return saved(image, "WEBP", exif=exif)


def as_avif(image: Image.Image, exif: bytes) -> bytes:
    """With no box that turns it: what Pillow writes for a note is overwritten."""
    note = Image.Exif()
    note[0x010E] = "x" * 60
    file, written = saved(image, "AVIF", exif=note, speed=10), note.tobytes().removeprefix(b"Exif\0\0")
    assert b"irot" not in file
    assert file.count(written) == 1
    return file.replace(written, exif.ljust(len(written), b"\0"))


def as_avif_that_turns_itself(image: Image.Image, exif: bytes) -> bytes:
    """With boxes in place of the orientation in its EXIF data."""
    file = saved(image, "AVIF", exif=exif, speed=10)
    assert b"irot" in file or b"imir" in file
    return file


def as_tiled_heic_that_turns_itself(image: Image.Image, exif: bytes) -> bytes:
    """As phones save it: in tiles, the right and the lower ones filled up, with boxes that turn it, and EXIF too."""
    file = heic(image, exif=b"Exif\0\0" + exif, tile_size=256)
    assert b"grid" in file
    assert b"irot" in file or b"imir" in file
    return file


def is_upright(file: bytes) -> bool:
    """Whether the card lies as it should: its header, above, is dark blue."""
    judged = judge(file, POLICY)
    assert (judged.facts.width, judged.facts.height) == judged.picture.size
    if judged.picture.width < judged.picture.height:
        return False
    red, _, blue = judged.picture.getpixel((1100, 130))  # type: ignore[misc]
    return bool(blue > red + 40)


FILES: dict[str, Callable[[Image.Image, bytes], bytes]] = {
    "JPEG": as_jpeg,
    "PNG": as_png,
    "PNG, after the picture": as_png_with_exif_last,
    "HEIC": as_heic,
    "WebP": as_webp,
    "AVIF": as_avif,
}
TURN_THEMSELVES = {"AVIF": as_avif_that_turns_itself, "HEIC of tiles": as_tiled_heic_that_turns_itself}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [BYTE, SHORT, LONG, SIGNED_SHORT, SIGNED_LONG])
@pytest.mark.parametrize("make", few(FILES, plain=4))
def test_an_orientation_counts_in_whatever_type_it_is_written(make: str, kind: int, order: str) -> None:
    image = scene(noise=0).transpose(TURNED[6])
    assert is_upright(FILES[make](image, tiff(order, kind, 6)))


@pytest.mark.parametrize("orientation", few(TURNED, plain=3))
@pytest.mark.parametrize("make", ["JPEG", "HEIC", "WebP", "AVIF"])
def test_every_orientation_is_undone(make: str, orientation: int) -> None:
    image = scene(noise=0).transpose(TURNED[orientation])
    assert is_upright(FILES[make](image, tiff(">", LONG, orientation)))


@pytest.mark.parametrize("orientation", few(TURNED, plain=1))
@pytest.mark.parametrize("make", TURN_THEMSELVES)
def test_what_boxes_say_is_undone_once(make: str, orientation: int) -> None:
    image = scene(noise=0).transpose(TURNED[orientation])
    assert is_upright(TURN_THEMSELVES[make](image, tiff(">", SHORT, orientation)))


@pytest.mark.parametrize("orientation", few([7, 1, 2, 6]))
def test_one_that_is_decoded_tile_by_tile_is_turned_alike(orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if orientation == 1:
        file = heic(scene(noise=0), tile_size=512)
    else:
        image = scene(noise=0).transpose(TURNED[orientation])
        file = as_tiled_heic_that_turns_itself(image, tiff(">", SHORT, orientation))
    whole = judge(file, POLICY).picture
    monkeypatch.setattr(unpacking, "_IN_TILES", 0)
    assert is_upright(file)
    assert max(ImageStat.Stat(ImageChops.difference(judge(file, POLICY).picture, whole)).mean) < 0.5


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_heic_that_turns_itself_is_not_turned_twice(orientation: int) -> None:
    file = heic(scene(noise=0).transpose(TURNED[orientation]), exif=b"Exif\0\0" + tiff(">", SHORT, orientation))
    assert b"irot" in file
    assert is_upright(file)


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        tiff("<", SHORT, 0),
        tiff("<", SHORT, 9),
        tiff(">", LONG, 6 << 16),
        tiff(">", SIGNED_LONG, -6),
        tiff(">", ASCII, 54),
        tiff("<", LONG, 6)[:-8],
    ],
)
def test_an_orientation_that_makes_no_sense_is_none(exif: bytes) -> None:
    assert orientation_in(exif) == 1
