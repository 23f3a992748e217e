"""Photos become pictures in memory: upright, without transparency, and never larger than this program can hold."""

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import AVIF, HEIC, JPEG, PNG, WEBP, PhotoPolicy, damaged, too_many_pixels
from iprescribe_tui.photos.segments import Bare, bare_jpeg, bare_png
from iprescribe_tui.photos.shrinking import opaque, shrink_by, shrunk
from iprescribe_tui.photos.unpacking import heif_picture, heif_size, must_be_decodable
from iprescribe_tui.photos.webp import bare_webp, webp_size

if TYPE_CHECKING:
    from PIL import Image, ImageFile

MOST_KEPT: Final = 12_600_000
"""Pixels of a picture as it is kept and sent: a phone's usual 12 million, 50 MB in memory. Larger ones are halved."""

_MOST_HELD: Final = 345_000_000
"""Bytes that may be held of a picture that cannot be made smaller while it is unpacked, with its file."""

_BYTES: Final = {PNG: 4, WEBP: 16}
"""Bytes that their decoders hold for a pixel."""

_FOUND: Final = {PNG: "PNG", WEBP: "WebP"}

_FILLING: Final = 4096
_JPEG_END: Final = b"\xff\xd9"

_TURNS: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""What to do for an EXIF orientation: the values of Image.Transpose."""


def taken_apart(file: bytes, media_type: str, policy: PhotoPolicy) -> Bare:
    """The picture of a photo's file, without what came along. Raises CheckFailed."""
    if media_type == JPEG:
        return bare_jpeg(file)
    if media_type == PNG:
        return bare_png(file)
    if media_type == WEBP:
        return bare_webp(file)
    must_be_decodable(file, policy)
    # Decoders of HEIF leave its metadata where it is.
    return Bare(file, 1)


def picture_of(bare: Bare, media_type: str, policy: PhotoPolicy, most: int = MOST_KEPT) -> "Image.Image":
    """Decode a picture: RGB, upright, halved until it has at most `most` pixels, or an eighth of each side.

    Raises CheckFailed: `photo_damaged` where it cannot be decoded whole, `photo_bomb` where it is more than the policy
    or this program takes. At most 350 MB are held meanwhile, and of a JPEG of one scan no more than of the result.
    """
    try:
        if media_type in (HEIC, AVIF):
            return _upright(*heif_picture(bare.content, policy, most))
        return _upright(_decoded(bare, media_type, policy, most), bare.orientation)
    except CheckFailed:
        raise
    except MemoryError:  # of which a process that decodes has little
        raise too_many_pixels() from None
    except Exception:  # a decoder fails in a dozen ways at bytes that were made to make it fail
        raise damaged() from None


def size_of(bare: Bare, media_type: str) -> tuple[int, int]:
    """Width and height in pixels of the whole picture, upright, by its header. Raises CheckFailed `photo_damaged`."""
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
    if media_type in _BYTES:
        return _whole(bare, media_type, policy, most)
    if bare.ended:
        return _jpeg(bare.content, bare.scans, policy, most)
    # What follows the picture makes no difference to one that is whole: only its end is missing.
    before = _digest(_jpeg(bare.content + b"\0" * _FILLING + _JPEG_END, bare.scans, policy, most))
    decoded = _jpeg(bare.content + b"\xff\0" * _FILLING + _JPEG_END, bare.scans, policy, most)
    if _digest(decoded) != before:
        raise damaged()
    return decoded


def _whole(bare: Bare, media_type: str, policy: PhotoPolicy, most: int) -> "Image.Image":
    """A PNG or WebP, which is unpacked whole and made smaller afterwards."""
    # Not by Image.open: it takes more formats than two, and warns of large pictures on the terminal.
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    held = (_MOST_HELD - len(bare.content)) // _BYTES[media_type]
    width, height = size = size_of(replace(bare, orientation=1), media_type)
    if width * height > min(policy.max_pixels, held):
        raise too_many_pixels(size, _FOUND[media_type])
    picture = (PngImageFile if media_type == PNG else WebPImageFile)(io.BytesIO(bare.content))
    picture.load()
    return shrunk(picture, shrink_by(width * height, most))


def _jpeg(content: bytes, scans: int, policy: PhotoPolicy, most: int) -> "Image.Image":
    from PIL.JpegImagePlugin import JpegImageFile

    picture = JpegImageFile(io.BytesIO(content))
    width, height = picture.size
    if width * height > policy.max_pixels:
        raise too_many_pixels(picture.size)
    is_held = scans > 1 or "progressive" in picture.info
    left = _MOST_HELD - len(content) - (_coefficients(picture) if is_held else 0)
    if left < 0:
        raise too_many_pixels(picture.size, "progressive JPEG")
    by = shrink_by(width * height, min(most, left // 4))
    picture.draft("RGB", (max(1, width // by), max(1, height // by)))
    picture.load()
    return opaque(picture)


def _digest(picture: "Image.Image") -> bytes:
    """A digest of a picture's pixels, taken in bands, so that they are not held twice."""
    digest = hashlib.sha256()
    for top in range(0, picture.height, 256):
        digest.update(picture.crop((0, top, picture.width, min(top + 256, picture.height))).tobytes())
    return digest.digest()


def _coefficients(picture: "ImageFile.ImageFile") -> int:
    """How many bytes libjpeg holds for a JPEG of several scans: two for each sample of each component."""
    layer: list[tuple[int, int, int, int]] = picture.layer  # type: ignore[attr-defined]
    samples = sum(across * down for _, across, down, _ in layer)
    largest = max(across for _, across, _, _ in layer) * max(down for _, _, down, _ in layer)
    return 2 * picture.width * picture.height * samples // largest


def _upright(picture: "Image.Image", orientation: int) -> "Image.Image":
    from PIL import Image

    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(Image.Transpose(turn))
