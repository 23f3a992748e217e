"""Photos become pictures in memory: upright, without transparency, and never larger than this program can hold."""

import hashlib
import io
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEIC, JPEG, PNG, PhotoPolicy, damaged, other_format, too_many_pixels
from iprescribe_tui.photos.heif import codecs, is_turned
from iprescribe_tui.photos.segments import Bare, bare_jpeg, bare_png, orientation_in

if TYPE_CHECKING:
    from PIL import Image, ImageFile
    from pillow_heif import HeifFile

MOST_KEPT: Final = 12_600_000
"""Pixels of a picture as it is kept and sent: a phone's usual 12 million, 50 MB in memory. Larger ones are halved."""

_MOST_HEIF: Final = 25_000_000
"""Pixels of a HEIF picture, which is unpacked whole, at 4.5 bytes a pixel."""

_MOST_HELD: Final = 100_000_000
"""Bytes that libjpeg may hold when it goes over a JPEG several times, and the picture (4 bytes a pixel) beside them."""

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
    if (kinds := codecs(file)) & {b"av01"} and not kinds & {b"hvc1"}:
        raise other_format("AVIF", policy)
    # libheif leaves a HEIF file's metadata where it is.
    return Bare(file, 1)


def picture_of(bare: Bare, media_type: str, policy: PhotoPolicy, most: int = MOST_KEPT) -> "Image.Image":
    """Decode a picture: RGB, upright, a JPEG or HEIC one halved until it has at most `most` pixels, or an eighth.

    Raises CheckFailed: `photo_damaged` where it cannot be decoded whole, `photo_bomb` where it is more than the policy
    or this program takes. At most 140 MB are held meanwhile.
    """
    try:
        if media_type == HEIC:
            return _upright(*_heif(bare, policy, most))
        return _upright(_decoded(bare, media_type, policy, most), bare.orientation)
    except CheckFailed:
        raise
    except MemoryError:  # of which a process that decodes has little
        raise too_many_pixels() from None
    except Exception:  # a decoder fails in a dozen ways at bytes that were made to make it fail
        raise damaged() from None


def size_of(bare: Bare, media_type: str) -> tuple[int, int]:
    """Width and height in pixels of the whole picture, upright, by its header. Raises CheckFailed `photo_damaged`."""
    import pillow_heif
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    try:
        if media_type == HEIC:
            opened = pillow_heif.open_heif(bare.content)
            (width, height), orientation = opened.size, _heif_orientation(opened, bare.content)
        else:
            width, height = (PngImageFile if media_type == PNG else JpegImageFile)(io.BytesIO(bare.content)).size
            orientation = bare.orientation
    except Exception:  # as above
        raise damaged() from None
    return (height, width) if orientation >= 5 else (width, height)


def _decoded(bare: Bare, media_type: str, policy: PhotoPolicy, most: int) -> "Image.Image":
    # Not by Image.open: it takes more formats than two, and warns of large pictures on the terminal.
    from PIL.PngImagePlugin import PngImageFile

    if media_type == PNG:
        picture = PngImageFile(io.BytesIO(bare.content))
        _must_fit(picture.size, min(policy.max_pixels, MOST_KEPT))
        picture.load()
        return _opaque(picture)
    if bare.ended:
        return _jpeg(bare.content, bare.scans, policy, most)
    # What follows the picture makes no difference to one that is whole: only its end is missing.
    one, other = (bare.content + rest * _FILLING + _JPEG_END for rest in (b"\0", b"\xff\0"))
    before = _digest(_jpeg(one, bare.scans, policy, most))
    decoded = _jpeg(other, bare.scans, policy, most)
    if _digest(decoded) != before:
        raise damaged()
    return decoded


def _jpeg(content: bytes, scans: int, policy: PhotoPolicy, most: int) -> "Image.Image":
    from PIL.JpegImagePlugin import JpegImageFile

    picture = JpegImageFile(io.BytesIO(content))
    width, height = picture.size
    _must_fit(picture.size, policy.max_pixels)
    held = _coefficients(picture) if scans > 1 or "progressive" in picture.info else 0
    if held > _MOST_HELD:
        raise too_many_pixels()
    shrink = _shrink(width * height, min(most, (_MOST_HELD - held) // 4))
    picture.draft("RGB", (max(1, width // shrink), max(1, height // shrink)))
    picture.load()
    return _opaque(picture)


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


def _heif(bare: Bare, policy: PhotoPolicy, most: int) -> tuple["Image.Image", int]:
    """The picture as libheif gives it, and the EXIF orientation that is left to do."""
    import pillow_heif
    from PIL import Image

    opened = pillow_heif.open_heif(bare.content)
    width, height = opened.size
    _must_fit(opened.size, min(policy.max_pixels, _MOST_HEIF))
    shrink = _shrink(width * height, most)
    mode, pixels, stride = opened.mode, opened.data, opened.stride
    # In bands, since Pillow would hold the whole picture a second time.
    picture, band = Image.new("RGB", (-(-width // shrink), -(-height // shrink))), 256 * shrink
    for top in range(0, height, band):
        rows = min(band, height - top)
        part = Image.frombytes(mode, (width, rows), pixels[top * stride : (top + rows) * stride], "raw", mode, stride)
        picture.paste(_opaque(part).reduce(shrink), (0, top // shrink))
    return picture, _heif_orientation(opened, bare.content)


def _heif_orientation(opened: "HeifFile", content: bytes) -> int:
    """What EXIF says, of a file that does not say itself how its picture is turned, as libheif then did.

    ISO/IEC 23008-12 has only the file's boxes count; iOS writes both, some editors EXIF alone.
    """
    return 1 if is_turned(content) else orientation_in(opened.info.get("exif") or b"")


def _must_fit(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise too_many_pixels(size)


def _shrink(pixels: int, most: int) -> int:
    """By how much to divide width and height, so that at most `most` of `pixels` are left; libjpeg does no more."""
    return next((by for by in (1, 2, 4) if pixels <= most * by * by), 8)


def _opaque(picture: "Image.Image") -> "Image.Image":
    """The picture in RGB; what is transparent lies on white."""
    from PIL import Image

    if picture.mode == "RGB":
        return picture
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip instead of scaling
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode not in ("RGBA", "LA", "PA"):
        return picture.convert("RGB")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _upright(picture: "Image.Image", orientation: int) -> "Image.Image":
    from PIL import Image

    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(Image.Transpose(turn))
