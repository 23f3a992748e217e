"""Photos of evidence, checked by size and first bytes before anything is decoded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Final

from annotated_types import MaxLen

from iprescribe_tui.system.wording import amount

from . import CheckFailed
from .photo_format import HEAD_BYTES, format_of

__all__ = [
    "AVIF",
    "HEAD_BYTES",
    "HEIC",
    "JPEG",
    "MOST_BYTES",
    "MOST_PIXELS",
    "PNG",
    "WEBP",
    "PhotoPolicies",
    "PhotoPolicy",
    "check_photo",
    "completed",
    "damaged",
    "not_unpacked",
    "original",
    "other_format",
    "too_many_pixels",
    "too_slow",
]

JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"
AVIF = "image/avif"
WEBP = "image/webp"

_MEDIA_TYPES: Final = {"JPEG": JPEG, "PNG": PNG}
_CONVERTED: Final = {"HEIC": HEIC, "AVIF": AVIF, "WebP": WEBP}
"""Formats that are converted before they are sent or kept: those of phones, browsers and messengers."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""Maximum bytes of a photo that is read, even if a backend accepts fewer, since a smaller copy is sent."""

MOST_PIXELS: Final = 250_000_000
"""Maximum pixels of a photo that is read, if its format can be reduced while it is decoded."""

_ADVICE: Final = {
    "": "Set the camera to 12 MP (iPhone: Settings > Camera > Formats; Samsung: ratio 3:4), and take the photo again.",
    "progressive JPEG": "Choose the camera's own file, or set the camera to 12 MP, and take the photo again.",
    "PNG": "Save it as JPEG, or take or scan it again with a lower resolution.",
    "WebP": "Choose the camera's own file, or save it as JPEG.",
    "AVIF": "Choose the camera's own file, or save it as JPEG.",
}
"""Advice for a picture that is too large, by its format."""

_NO_PICTURES: Final = {
    "web page": "This file is a web page, not a photo. Open the page, save the photo on it, and choose that.",
    "link": "This file is a link, not a photo. Open it, save the photo that it leads to, and choose that.",
    "AAE": "This file holds only edits of a photo (AAE). Choose the photo itself: it ends in .HEIC or .JPG.",
    "AppleDouble": "This file holds only a Mac's notes on a photo. Choose the one without ._ before its name.",
}


@dataclass(frozen=True)
class PhotoPolicy:
    """What a backend takes as a photo: its size in bytes, both ends included, the formats it reads, and what it shows.

    Pixels are counted in all, `min_side` along the shorter side. The rest are shares from 0 to 1, as
    `iprescribe_tui.photos.metrics` measures them, and a photo beyond them is doubted, not refused: how bright the
    bright parts are at least; how steep the edges are where it is sharpest, of a face or of print of the usual size
    (large print may be softer, small print must be sharper); and how much may be lost in reflected light, which is not
    looked for where that is 1.
    """

    min_bytes: int = 40 * 1024
    max_bytes: int = 16 * 1024 * 1024
    formats: Annotated[tuple[str, ...], MaxLen(20)] = ("JPEG", "PNG")
    min_pixels: int = 400_000
    min_side: int = 400
    max_pixels: int = MOST_PIXELS
    min_brightness: float = 0.30
    min_sharpness: float = 0.49
    max_glare: float = 0.0005

    @property
    def is_document(self) -> bool:
        """True for a printed document: glare is measured, and sharpness by the size of the print."""
        return self.max_glare < 1


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
        """Return the policy for the photo in a form's field: `front`, `back`, or `photo` (the applicant's own)."""
        if slot == "photo":
            return self.selfie
        return {"front": self.front, "back": self.back}.get(slot) or self.document


def completed(given: object) -> object:
    """Return a backend's photo policies with missing values filled in, before validation.

    Values beside the kinds apply to each kind, those of `document` to each side; the rest are defaults.
    """
    if not isinstance(given, Mapping):
        return given
    kinds = {"document": DOCUMENT, "selfie": SELFIE}
    for_all = {name: value for name, value in given.items() if name not in (*kinds, *_SIDES)}
    whole = {name: _over({**asdict(kind), **for_all}, given.get(name)) for name, kind in kinds.items()}
    sides = {name: _over(whole["document"], given[name]) for name in _SIDES if given.get(name) is not None}
    return {**whole, **sides}


_SIDES: Final = ("front", "back")


def _over(base: object, given: object) -> object:
    """Return `base` updated with `given`; a value that is not a mapping is left for the caller to reject."""
    if given is None:
        return base
    return {**base, **given} if isinstance(base, Mapping) and isinstance(given, Mapping) else given


def check_photo(head: bytes, size: int, policy: PhotoPolicy) -> str:
    """Return the media type of a photo from its first `HEAD_BYTES` bytes and its whole size in bytes.

    HEIC, AVIF and WebP are accepted besides the policy's formats, and may have fewer bytes, since they are converted
    before they are sent or kept.

    Raises CheckFailed: `photo_empty`, `photo_pdf`, `photo_format`, `photo_not_image`, `photo_small`, `photo_large`.
    """
    if size == 0 or not head:
        raise CheckFailed("photo_empty", "This file is empty. Take the photo again, or choose another file.")
    media_type = _media_type(head, policy)
    if size < policy.min_bytes and media_type not in _CONVERTED.values():
        raise CheckFailed(
            "photo_small",
            f"This photo is {amount(size)}, too small to read. It must be at least {amount(policy.min_bytes)}: "
            "choose the original instead of a screenshot, a thumbnail or a copy that was made smaller for sending.",
        )
    if size > policy.max_bytes:
        raise CheckFailed(
            "photo_large",
            f"This photo is {amount(size)}, too large to send. It must be at most {amount(policy.max_bytes)}: "
            "take it again with a lower resolution, or save it as JPEG.",
        )
    return media_type


def damaged() -> CheckFailed:
    """Return the error for a photo whose bytes are not a complete picture."""
    return CheckFailed(
        "photo_damaged",
        "This photo is damaged, or only a part of it was copied. Copy it again, or take it again.",
    )


def too_many_pixels(size: tuple[int, int] | None = None, found: str = "") -> CheckFailed:
    """Return the error for a file that would fill the memory: a decompression bomb, or a very large picture.

    `found` is its format if another format, or a file from another source, takes less memory.
    """
    shape = f"{size[0]:,} × {size[1]:,} pixels, " if size else ""
    form = f" as {found}" if found else ""
    return CheckFailed("photo_bomb", f"This picture is {shape}too large to unpack{form}. {_ADVICE[found]}")


def too_slow() -> CheckFailed:
    """Return the error for a file that takes longer to unpack than any photo."""
    return CheckFailed(
        "photo_slow",
        f"This picture takes too long to unpack. {_ADVICE['']}",
    )


def not_unpacked() -> CheckFailed:
    """Return the error for an unchecked photo: the decoding process could not start, or was stopped."""
    return CheckFailed(
        "photo_not_unpacked",
        "This photo couldn't be checked: the process that unpacks photos was stopped. Try again.",
    )


def original(policy: PhotoPolicy) -> PhotoPolicy:
    """Return the policy for an original on this machine; the copy that is sent meets `policy` itself."""
    return replace(policy, min_bytes=1, max_bytes=MOST_BYTES, max_pixels=MOST_PIXELS, formats=tuple(_MEDIA_TYPES))


def _media_type(head: bytes, policy: PhotoPolicy) -> str:
    taken, found = _taken(policy), format_of(head)
    if found in _CONVERTED:
        return _CONVERTED[found]
    if found in _MEDIA_TYPES and found in policy.formats:
        return _MEDIA_TYPES[found]
    if found == "PDF":
        raise CheckFailed(
            "photo_pdf", f"This is a PDF document. Take a photo of the paper itself, or save the page as {taken}."
        )
    if found.endswith(" archive"):
        raise CheckFailed(
            "photo_not_image", f"This file is {_a(found)}, not a photo. Unpack it, and choose the photo in it."
        )
    if found.endswith(" document"):
        raise CheckFailed(
            "photo_not_image",
            f"This file is {_a(found)}, not a photo. Take a photo of the paper itself, or save the picture in it as "
            f"{taken} and choose that.",
        )
    if found.endswith(" video"):
        raise CheckFailed(
            "photo_not_image",
            f"This file is a video ({found.removesuffix(' video')}), not a photo. Choose the photo itself: that of a "
            "Live Photo has the same name and ends in .HEIC or .JPG.",
        )
    if found in _NO_PICTURES:
        raise CheckFailed("photo_not_image", _NO_PICTURES[found])
    if found:
        raise other_format(found, policy)
    raise CheckFailed("photo_not_image", f"This file is not a photo. Choose a {taken} file.")


def other_format(found: str, policy: PhotoPolicy) -> CheckFailed:
    """Return the error for an image of a format that is not accepted."""
    if found.endswith(" raw"):
        return CheckFailed(
            "photo_format",
            f"This is a raw photo ({found.removesuffix(' raw')}), not a finished picture. Choose the JPEG or HEIC "
            "saved with it, or turn off RAW in the camera's settings and take it again.",
        )
    return CheckFailed(
        "photo_format", f"This is {_a(found)} image. Save the photo as {_taken(policy)} and choose it again."
    )


def _a(found: str) -> str:
    return f"{'an' if found.startswith(('A', 'E', 'I', 'O', 'RTF', 'SVG', 'xz')) else 'a'} {found}"


def _taken(policy: PhotoPolicy) -> str:
    *most, last = dict.fromkeys((*policy.formats, "HEIC", "WebP"))
    return f"{', '.join(most)} or {last}"
