"""Photos decoded into pictures: upright, without transparency, and within this program's limits of memory."""

import hashlib
import io
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import AVIF, HEIC, JPEG, PNG, WEBP, PhotoPolicy, damaged, too_many_pixels
from iprescribe_tui.photos.containers import Bare, bare_jpeg, bare_png
from iprescribe_tui.photos.shrinking import opaque, shrink_by, shrunk
from iprescribe_tui.photos.unpacking import heif_picture, heif_size, must_be_decodable
from iprescribe_tui.photos.webp import bare_webp, webp_size

if TYPE_CHECKING:
    from PIL import Image, ImageFile

MOST_KEPT: Final = 12_600_000
"""Maximum pixels of a kept or sent picture: a phone's usual 12 million, 50 MB in memory; larger ones are halved."""

_MOST_HELD: Final = 345_000_000
"""Maximum bytes held of a picture that cannot be reduced while it is decoded, with its file."""

_BYTES: Final = {PNG: 4, WEBP: 16}
"""Bytes that the decoders hold per pixel."""

_FOUND: Final = {PNG: "PNG", WEBP: "WebP"}

_NOISE: Final = bytes(7 + each * 89 % 241 for each in range(256))
"""Coded data that looks like no other, and has no markers."""

_MARK: Final = 0xFF
_LAST: Final = 32
"""Bytes at the end of coded data without which something is missing in the picture."""

_GRAY: Final = (127, 128)
"""Levels that libjpeg leaves where there is no data."""

_TURNS: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Values of Image.Transpose by EXIF orientation."""


def taken_apart(file: bytes, media_type: str, policy: PhotoPolicy) -> Bare:
    """Return the picture alone of a photo's file. Raises CheckFailed: `photo_damaged`, `photo_bomb`, `photo_format`."""
    if media_type == JPEG:
        return bare_jpeg(file)
    if media_type == PNG:
        return bare_png(file)
    if media_type == WEBP:
        return bare_webp(file)
    must_be_decodable(file, policy)
    # HEIF decoders do not unpack metadata.
    return Bare(file, 1)


def picture_of(bare: Bare, media_type: str, policy: PhotoPolicy, most: int = MOST_KEPT) -> "Image.Image":
    """Decode a picture: RGB, upright, halved until it has at most `most` pixels, or an eighth of each side.

    Raises CheckFailed: `photo_damaged` (cannot be decoded completely), `photo_bomb` (more than the policy or this
    program accepts). Holds at most 350 MB, and for a JPEG of one scan no more than for the result.
    """
    try:
        if media_type in (HEIC, AVIF):
            return _upright(*heif_picture(bare.content, policy, most))
        return _upright(_decoded(bare, media_type, policy, most), bare.orientation)
    except CheckFailed:
        raise
    except MemoryError:  # decoding processes have little of it
        raise too_many_pixels() from None
    except Exception:  # decoders fail in a dozen ways on hostile bytes
        raise damaged() from None


def size_of(bare: Bare, media_type: str) -> tuple[int, int]:
    """Return the picture's width and height in pixels, upright, by its header. Raises CheckFailed: `photo_damaged`."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    try:
        if media_type in (HEIC, AVIF):
            return heif_size(bare.content)
        if media_type == WEBP:
            width, height = webp_size(bare)
        else:
            width, height = (PngImageFile if media_type == PNG else JpegImageFile)(io.BytesIO(bare.content)).size
    except CheckFailed:
        raise
    except Exception:  # as above
        raise damaged() from None
    return (height, width) if bare.orientation >= 5 else (width, height)


def _decoded(bare: Bare, media_type: str, policy: PhotoPolicy, most: int) -> "Image.Image":
    if media_type not in _BYTES:
        return opaque(_whole_jpeg(bare, policy, most))
    spoiled = b""
    if bare.zeros:
        with suppress(OSError):  # a WebP's decoder may notice
            spoiled = _digest(_whole(replace(bare, content=_changed(bare)), media_type, policy, most))
    picture = _whole(bare, media_type, policy, most)
    if spoiled and _digest(picture) == spoiled:
        raise damaged()
    return picture


def _changed(bare: Bare) -> bytes:
    """Return the content with noise in the last bytes of parts that hold zeros. It changes the picture if all is used.

    Where zeros took the place of a part of the picture, they rarely fill as much of it, and bytes are left at the end.
    """
    changed = bytearray(bare.content)
    for end in bare.zeros:
        start = end - _LAST
        start += changed[start - 1] == _MARK  # a zero belongs to it in a JPEG, and any other byte would make a marker
        changed[start:end] = _NOISE[: end - start]
    return bytes(changed)


def _whole_jpeg(bare: Bare, policy: PhotoPolicy, most: int) -> "Image.Image":
    """Decode a JPEG of which no part is missing, as far as a decoder can tell. It draws something for any bytes."""
    content, ends = bare.content, (0, *bare.scans, len(bare.content))
    if len(bare.scans) == 1 and bare.is_whole and not bare.zeros:
        picture = _jpeg(bare, content, policy, most)
        if not _ends_gray(picture):
            return picture
        del picture
    # Noise behind a scan makes no difference, unless the scan is too short.
    noisy = _NOISE.join(content[start:end] for start, end in pairwise(ends))
    behind = _digest(_jpeg(bare, noisy, policy, most))
    # A progressive scan's last bytes may change nothing that is seen.
    is_told = bool(bare.zeros) and len(bare.scans) == 1
    within = _digest(_jpeg(bare, _changed(bare), policy, most)) if is_told else b""
    picture = _jpeg(bare, content, policy, most)
    if _digest(picture) not in {behind} - {within}:
        raise damaged()
    return picture


def _ends_gray(picture: "Image.Image") -> bool:
    last = picture.getpixel((picture.width - 1, picture.height - 1))
    return all(level in _GRAY for level in (last if isinstance(last, tuple) else (last,)))


def _whole(bare: Bare, media_type: str, policy: PhotoPolicy, most: int) -> "Image.Image":
    """Decode a PNG or WebP, which is decoded whole and reduced afterwards."""
    # Not by Image.open: it accepts more formats than two, and prints warnings of large pictures on the terminal.
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    held = (_MOST_HELD - len(bare.content)) // _BYTES[media_type]
    width, height = size = size_of(replace(bare, orientation=1), media_type)
    if width * height > min(policy.max_pixels, held):
        raise too_many_pixels(size, _FOUND[media_type])
    picture = (PngImageFile if media_type == PNG else WebPImageFile)(io.BytesIO(bare.content))
    picture.load()
    return shrunk(picture, shrink_by(width * height, most))


def _jpeg(bare: Bare, content: bytes, policy: PhotoPolicy, most: int) -> "Image.Image":
    from PIL.JpegImagePlugin import JpegImageFile

    picture = JpegImageFile(io.BytesIO(content))
    width, height = picture.size
    if width * height > policy.max_pixels:
        raise too_many_pixels(picture.size)
    is_held = len(bare.scans) > 1 or "progressive" in picture.info
    left = _MOST_HELD - len(content) - (_coefficients(picture) if is_held else 0)
    if left < 0:
        raise too_many_pixels(picture.size, "progressive JPEG")
    by = shrink_by(width * height, min(most, left // 4))
    picture.draft("RGB", (max(1, width // by), max(1, height // by)))
    picture.load()
    return picture


def _digest(picture: "Image.Image") -> bytes:
    """Return a digest of a picture's pixels, taken in bands, so that they are not held twice."""
    digest = hashlib.sha256()
    for top in range(0, picture.height, 256):
        digest.update(picture.crop((0, top, picture.width, min(top + 256, picture.height))).tobytes())
    return digest.digest()


def _coefficients(picture: "ImageFile.ImageFile") -> int:
    """Return the bytes that libjpeg holds for a JPEG of several scans: two per sample of each component."""
    layer: list[tuple[int, int, int, int]] = picture.layer  # type: ignore[attr-defined]
    samples = sum(across * down for _, across, down, _ in layer)
    largest = max(across for _, across, _, _ in layer) * max(down for _, _, down, _ in layer)
    return 2 * picture.width * picture.height * samples // largest


def _upright(picture: "Image.Image", orientation: int) -> "Image.Image":
    from PIL import Image

    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(Image.Transpose(turn))
