"""Photos of evidence, judged by their size and first bytes before anything is sent."""

from pydantic import BaseModel, ConfigDict

from . import CheckFailed

__all__ = ["HEAD_BYTES", "PhotoPolicy", "check_photo"]

# How many bytes of a file `check_photo` needs to see.
HEAD_BYTES = 32

_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class PhotoPolicy(BaseModel):
    """What a backend takes as a photo: its size in bytes, both ends included, and the formats it reads."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    min_bytes: int = 40 * 1024
    max_bytes: int = 16 * 1024 * 1024
    formats: tuple[str, ...] = ("JPEG", "PNG")


def check_photo(head: bytes, size: int, policy: PhotoPolicy) -> str:
    """Return the media type of a photo, given its first `HEAD_BYTES` bytes and its whole size in bytes.

    Raises CheckFailed: `photo_empty`, `photo_heic`, `photo_pdf`, `photo_format`, `photo_not_image`,
    `photo_small`, `photo_large`.
    """
    if size == 0 or not head:
        raise CheckFailed("photo_empty", "This file is empty. Take the photo again, or choose another file.")
    media_type = _media_type(head, policy)
    if size < policy.min_bytes:
        raise CheckFailed(
            "photo_small",
            f"This photo is {_size(size)}, too small to read. It must be at least {_size(policy.min_bytes)}: "
            "take it from closer up, and choose the original instead of a screenshot or a thumbnail.",
        )
    if size > policy.max_bytes:
        raise CheckFailed(
            "photo_large",
            f"This photo is {_size(size)}, too large to send. It must be at most {_size(policy.max_bytes)}: "
            "take it again with a lower resolution, or save it as JPEG.",
        )
    return media_type


def _media_type(head: bytes, policy: PhotoPolicy) -> str:
    taken = " or ".join(policy.formats)
    found = _format(head)
    if found in policy.formats:
        return _MEDIA_TYPES[found]
    if found == "HEIC":
        raise CheckFailed(
            "photo_heic",
            f"This is a HEIC photo, as iPhones take them. Send it as {taken}: "
            "on the phone, choose Settings, Camera, Formats, Most Compatible, then take it again.",
        )
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
    tenths = count * 10 // (1024 * 1024)
    return f"{tenths // 10} MB" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} MB"
