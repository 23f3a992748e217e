"""Photos of evidence, judged by their size and first bytes, before anything is decoded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from annotated_types import MaxLen

from . import CheckFailed

__all__ = [
    "HEAD_BYTES",
    "HEIC",
    "JPEG",
    "PNG",
    "PhotoPolicies",
    "PhotoPolicy",
    "check_photo",
    "completed",
    "damaged",
    "not_unpacked",
    "other_format",
    "too_many_pixels",
    "too_slow",
]

# How many bytes of a file `check_photo` needs to see: ISO files list up to a few dozen brands there.
HEAD_BYTES = 256

JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"

_MEDIA_TYPES = {"JPEG": JPEG, "PNG": PNG}

# Brands of ISO/IEC 14496-12: those that say how a picture is coded come before those that say how the file is built.
_HEVC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"MiHE", b"MiHB"}
_AVIF_BRANDS = {b"avif", b"avis", b"avio", b"MA1A", b"MA1B"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1", b"miaf", b"heif", b"MiPr"}
_RAW_BRANDS = {b"crx "}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
_MOVIE_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"8BPS": "Photoshop",
    b"\x1aE\xdf\xa3": "MKV or WebM video",
}


@dataclass(frozen=True)
class PhotoPolicy:
    """What a backend takes as a photo: its size in bytes, both ends included, the formats it reads, and what it shows.

    Pixels are counted in all, `min_side` along the shorter side. The rest are shares from 0 to 1, as
    `iprescribe_tui.photos.measuring` measures them, and a photo beyond them is doubted, not refused: how bright the
    bright parts are at least; how steep the edges are where it is sharpest, of print or of a face; and how much may be
    lost in reflected light, which is not looked for where that is 1.
    """

    min_bytes: int = 40 * 1024
    max_bytes: int = 16 * 1024 * 1024
    formats: Annotated[tuple[str, ...], MaxLen(20)] = ("JPEG", "PNG")
    min_pixels: int = 400_000
    min_side: int = 400
    max_pixels: int = 64_000_000
    min_brightness: float = 0.30
    min_sharpness: float = 0.53
    max_glare: float = 0.0005


DOCUMENT: Final = PhotoPolicy()
SELFIE: Final = PhotoPolicy(min_sharpness=0.39, max_glare=1.0)


@dataclass(frozen=True)
class PhotoPolicies:
    """What is asked of the photos of a `document` and of a `selfie`; `front` and `back` where that side differs."""

    document: PhotoPolicy = DOCUMENT
    selfie: PhotoPolicy = SELFIE
    front: PhotoPolicy | None = None
    back: PhotoPolicy | None = None

    def of(self, slot: str) -> PhotoPolicy:
        """Return what is asked of the photo in a form's field: `front`, `back`, or `photo` for the applicant's own."""
        if slot == "photo":
            return self.selfie
        return {"front": self.front, "back": self.back}.get(slot) or self.document


def completed(said: object) -> object:
    """Complete what a backend says of photos: what is missing for a kind is said for all, or else has its default.

    What stands beside the kinds holds for each of them; what is said of documents holds for each side.
    """
    if not isinstance(said, Mapping):
        return said
    kinds = {"document": DOCUMENT, "selfie": SELFIE}
    for_all = {name: value for name, value in said.items() if name not in (*kinds, *_SIDES)}
    whole = {name: _over({**asdict(kind), **for_all}, said.get(name)) for name, kind in kinds.items()}
    sides = {name: _over(whole["document"], said[name]) for name in _SIDES if said.get(name) is not None}
    return {**whole, **sides}


_SIDES: Final = ("front", "back")


def _over(base: object, said: object) -> object:
    """`base` with what is said in place of its own; what is no mapping is left for who reads it to refuse."""
    if said is None:
        return base
    return {**base, **said} if isinstance(base, Mapping) and isinstance(said, Mapping) else said


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


def too_slow() -> CheckFailed:
    """A file that takes longer to unpack than any photo does."""
    return CheckFailed(
        "photo_slow",
        "This picture takes too long to unpack. Take the photo again with a lower resolution, as JPEG.",
    )


def not_unpacked() -> CheckFailed:
    """A photo that nothing is known of: what was to unpack it could not start, or was ended from outside."""
    return CheckFailed(
        "photo_not_unpacked",
        "This photo couldn't be checked: the process that unpacks photos was stopped. Try again.",
    )


def _media_type(head: bytes, policy: PhotoPolicy) -> str:
    taken, found = _taken(policy), _format(head)
    if found in policy.formats:
        return _MEDIA_TYPES[found]
    if found == "HEIC":
        return HEIC
    if found == "PDF":
        raise CheckFailed(
            "photo_pdf", f"This is a PDF document. Take a photo of the paper itself and send it as {taken}."
        )
    if found.endswith(" video"):
        raise CheckFailed(
            "photo_not_image",
            f"This file is a video ({found.removesuffix(' video')}), not a photo. Choose the photo itself: that of a "
            "Live Photo has the same name and ends in .HEIC or .JPG.",
        )
    if found:
        raise other_format(found, policy)
    raise CheckFailed("photo_not_image", f"This file is not a photo. Choose a {taken} file.")


def other_format(found: str, policy: PhotoPolicy) -> CheckFailed:
    """An image of a format that is not taken."""
    article = "an" if found.startswith(("A", "SVG")) else "a"
    return CheckFailed(
        "photo_format", f"This is {article} {found} image. Save the photo as {_taken(policy)} and choose it again."
    )


def _taken(policy: PhotoPolicy) -> str:
    *most, last = *policy.formats, "HEIC"
    return f"{', '.join(most)} or {last}"


def _format(head: bytes) -> str:
    """The format that the first bytes announce, or "" when they announce no image, no video and no PDF."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[4:8] == b"ftyp":
        return _format_of_brands(head)
    if head[4:8] in _MOVIE_BOXES:
        return "MOV video"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "AVI video"
    if text.startswith(b"%PDF-"):
        return "PDF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "SVG"
    return next((name for signature, name in _SIGNATURES.items() if head.startswith(signature)), "")


def _format_of_brands(head: bytes) -> str:
    """The format of an ISO file by its major brand, or else by the brands with which it is compatible."""
    end = min(int.from_bytes(head[:4]), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}
    for brands in ({major}, others):
        if brands & _HEVC_BRANDS:
            return "HEIC"
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _RAW_BRANDS:
            return "raw (CR3)"
    if ({major} | others) & _HEIF_BRANDS:
        return "HEIC"  # the decoder sees how it is coded
    if major in _SOUND_BRANDS:
        return ""
    return "MOV video" if major == b"qt  " else "MP4 video"


def _size(count: int) -> str:
    """A number of bytes as people say it, rounded down."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024 * 1024:
        return f"{count // 1024} KB"
    unit, name = (1024**2, "MB") if count < 1024**3 else (1024**3, "GB")
    tenths = count * 10 // unit
    return f"{tenths // 10} {name}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} {name}"
