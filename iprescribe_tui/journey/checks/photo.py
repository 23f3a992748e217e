"""Photos of evidence, judged by their size and first bytes, before anything is decoded."""

from pydantic import BaseModel, ConfigDict

from . import CheckFailed

__all__ = ["HEAD_BYTES", "HEIC", "JPEG", "PNG", "PhotoPolicy", "check_photo", "damaged", "too_many_pixels"]

# How many bytes of a file `check_photo` needs to see.
HEAD_BYTES = 32

JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"

_MEDIA_TYPES = {"JPEG": JPEG, "PNG": PNG}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class PhotoPolicy(BaseModel):
    """What a backend takes as a photo: its size in bytes, both ends included, the formats it reads, and what it shows.

    Pixels are counted in all, `min_side` along the shorter side. The rest are shares from 0 to 1, as
    `iprescribe_tui.photos.measuring` measures them: how bright the bright parts are at least, how steep the edges of
    what is drawn, and how much of the picture may be white with light.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    min_bytes: int = 40 * 1024
    max_bytes: int = 16 * 1024 * 1024
    formats: tuple[str, ...] = ("JPEG", "PNG")
    min_pixels: int = 400_000
    min_side: int = 400
    max_pixels: int = 64_000_000
    min_brightness: float = 0.38
    min_sharpness: float = 0.37
    max_glare: float = 0.005


def check_photo(head: bytes, size: int, policy: PhotoPolicy) -> str:
    """Return the media type of a photo, given its first `HEAD_BYTES` bytes and its whole size in bytes.

    Besides the policy's formats that is HEIC, as iPhones take photos, which is made a JPEG before it is sent or kept.
    Raises CheckFailed: `photo_empty`, `photo_pdf`, `photo_format`, `photo_not_image`, `photo_small`, `photo_large`.
    """
    if size == 0 or not head:
        raise CheckFailed("photo_empty", "This file is empty. Take the photo again, or choose another file.")
    media_type = _media_type(head, policy)
    if size < policy.min_bytes:
        raise CheckFailed(
            "photo_small",
            f"This photo is {_size(size)}, too small to read. It must be at least {_size(policy.min_bytes)}: "
            "choose the original instead of a screenshot, a thumbnail or a copy that was made smaller for sending.",
        )
    if size > policy.max_bytes:
        raise CheckFailed(
            "photo_large",
            f"This photo is {_size(size)}, too large to send. It must be at most {_size(policy.max_bytes)}: "
            "take it again with a lower resolution, or save it as JPEG.",
        )
    return media_type


def damaged() -> CheckFailed:
    """A photo whose bytes are no whole picture."""
    return CheckFailed(
        "photo_damaged",
        "This photo is damaged, or only a part of it was copied. Copy it again, or take it again.",
    )


def too_many_pixels(size: tuple[int, int] | None = None) -> CheckFailed:
    """A file that would fill the memory if it were unpacked: a decompression bomb, or a very large picture."""
    shape = f"{size[0]:,} × {size[1]:,} pixels, " if size else ""
    return CheckFailed(
        "photo_bomb",
        f"This picture is {shape}too large to unpack. Take the photo again with a lower resolution, as JPEG.",
    )


def _media_type(head: bytes, policy: PhotoPolicy) -> str:
    *most, last = *policy.formats, "HEIC"
    taken = f"{', '.join(most)} or {last}"
    found = _format(head)
    if found in policy.formats:
        return _MEDIA_TYPES[found]
    if found == "HEIC":
        return HEIC
    if found == "PDF":
        raise CheckFailed(
            "photo_pdf", f"This is a PDF document. Take a photo of the paper itself and send it as {taken}."
        )
    if found:
        raise CheckFailed("photo_format", f"This is a {found} image. Save the photo as {taken} and choose it again.")
    raise CheckFailed("photo_not_image", f"This file is not a photo. Choose a {taken} file.")


def _format(head: bytes) -> str:
    """The format that the first bytes announce, or "" when they announce no image and no PDF."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "HEIC" if brand in _HEIF_BRANDS else "AVIF" if brand in (b"avif", b"avis") else ""
    if head.lstrip().startswith(b"%PDF-"):
        return "PDF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    signatures = {b"GIF8": "GIF", b"BM": "BMP", b"II*\x00": "TIFF", b"MM\x00*": "TIFF"}
    return next((name for signature, name in signatures.items() if head.startswith(signature)), "")


def _size(count: int) -> str:
    """A number of bytes as people say it, rounded down."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{count // 1024} KB"
    unit, name = (1024**2, "MB") if count < 1024**3 else (1024**3, "GB")
    tenths = count * 10 // unit
    return f"{tenths // 10} {name}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} {name}"
