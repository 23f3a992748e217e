"""Photos of evidence, judged by their size and first bytes, before anything is decoded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Final

from annotated_types import MaxLen

from iprescribe_tui.wording import amount

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
"""Formats that are read and made JPEG before they are sent or kept: as phones, browsers and messengers save photos."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""Bytes of a photo that are read, however few a backend takes, since it is sent smaller."""

MOST_PIXELS: Final = 250_000_000
"""Pixels of a photo that is read, where its format can be made smaller while it is unpacked."""

_ADVICE: Final = {
    "": "Set the camera to 12 MP (iPhone: Settings > Camera > Formats; Samsung: ratio 3:4), and take the photo again.",
    "progressive JPEG": "Choose the camera's own file, or set the camera to 12 MP, and take the photo again.",
    "PNG": "Save it as JPEG, or take or scan it again with a lower resolution.",
    "WebP": "Choose the camera's own file, or save it as JPEG.",
    "AVIF": "Choose the camera's own file, or save it as JPEG.",
}
"""What helps where a picture is too large, by its format."""

_NO_PICTURES: Final = {
    "ZIP": "This file is a ZIP archive, not a photo. Unpack it, and choose the photo in it.",
    "AAE": "This file holds only edits of a photo (AAE). Choose the photo itself: it ends in .HEIC or .JPG.",
    "AppleDouble": "This file holds only a Mac's notes on a photo. Choose the one without ._ before its name.",
}


@dataclass(frozen=True)
class PhotoPolicy:
    """What a backend takes as a photo: its size in bytes, both ends included, the formats it reads, and what it shows.

    Pixels are counted in all, `min_side` along the shorter side. The rest are shares from 0 to 1, as
    `iprescribe_tui.photos.measuring` measures them, and a photo beyond them is doubted, not refused: how bright the
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
        """Whether something printed is asked for: light is looked for, and sharpness measured by the size of print."""
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

    Besides the policy's formats those are HEIC, AVIF and WebP, which are made JPEG before they are sent or kept: so
    they may have fewer bytes.

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
    """A photo whose bytes are no whole picture."""
    return CheckFailed(
        "photo_damaged",
        "This photo is damaged, or only a part of it was copied. Copy it again, or take it again.",
    )


def too_many_pixels(size: tuple[int, int] | None = None, found: str = "") -> CheckFailed:
    """A file that would fill the memory if it were unpacked: a decompression bomb, or a very large picture.

    `found` is its format where another one, or the same from elsewhere, takes less memory.
    """
    shape = f"{size[0]:,} × {size[1]:,} pixels, " if size else ""
    form = f" as {found}" if found else ""
    return CheckFailed("photo_bomb", f"This picture is {shape}too large to unpack{form}. {_ADVICE[found]}")


def too_slow() -> CheckFailed:
    """A file that takes longer to unpack than any photo does."""
    return CheckFailed(
        "photo_slow",
        f"This picture takes too long to unpack. {_ADVICE['']}",
    )


def not_unpacked() -> CheckFailed:
    """A photo that nothing is known of: what was to unpack it could not start, or was ended from outside."""
    return CheckFailed(
        "photo_not_unpacked",
        "This photo couldn't be checked: the process that unpacks photos was stopped. Try again.",
    )


def original(policy: PhotoPolicy) -> PhotoPolicy:
    """What is asked of a photo on this machine: what is sent of it has the bytes, pixels and format that are wanted."""
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
    """An image of a format that is not taken."""
    if found.endswith(" raw"):
        return CheckFailed(
            "photo_format",
            f"This is a raw photo ({found.removesuffix(' raw')}), not a finished picture. Choose the JPEG or HEIC "
            "saved with it, or turn off RAW in the camera's settings and take it again.",
        )
    article = "an" if found.startswith(("A", "SVG")) else "a"
    return CheckFailed(
        "photo_format", f"This is {article} {found} image. Save the photo as {_taken(policy)} and choose it again."
    )


def _taken(policy: PhotoPolicy) -> str:
    *most, last = dict.fromkeys((*policy.formats, "HEIC", "WebP"))
    return f"{', '.join(most)} or {last}"
