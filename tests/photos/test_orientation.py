"""A photo lies as its EXIF orientation says, however a phone or an editor has written that."""

import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.judging import judge
from iprescribe_tui.photos.segments import orientation_in
from tests.photos.drawn import heic, saved, scene

POLICY = PhotoPolicy(min_bytes=1000)
BYTE, SHORT, LONG, SIGNED_SHORT, SIGNED_LONG, ASCII = 1, 3, 4, 8, 9, 2
FORMATS = {BYTE: "Bxxx", SHORT: "Hxx", LONG: "I", SIGNED_SHORT: "hxx", SIGNED_LONG: "i", ASCII: "Bxxx"}
TURNED = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
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
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [BYTE, SHORT, LONG, SIGNED_SHORT, SIGNED_LONG])
@pytest.mark.parametrize("make", FILES)
def test_an_orientation_counts_in_whatever_type_it_is_written(make: str, kind: int, order: str) -> None:
    image = scene(noise=0).transpose(TURNED[6])
    assert is_upright(FILES[make](image, tiff(order, kind, 6)))


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("make", ["JPEG", "HEIC"])
def test_every_orientation_is_undone(make: str, orientation: int) -> None:
    image = scene(noise=0).transpose(TURNED[orientation])
    assert is_upright(FILES[make](image, tiff(">", LONG, orientation)))


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
