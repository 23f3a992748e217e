"""Photos judged and cleaned, on both ends: by the terminal before it sends, by the sandbox at what arrives."""

import math
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from iprescribe_tui.journey.checks.photo import HEAD_BYTES, JPEG, PNG, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts, check_picture, doubts_about
from iprescribe_tui.photos import measuring
from iprescribe_tui.photos.decoding import picture_of, size_of, taken_apart
from iprescribe_tui.photos.glare import glare

if TYPE_CHECKING:
    from PIL import Image

_QUALITIES: Final = (90, 80, 65, 50)
_FINER: Final = (97, 100)


@dataclass(frozen=True)
class Judged:
    """A photo that may be sent: the picture, upright and in RGB; what was measured, and what seems wrong with it.

    `fingerprint` is alike for pictures of the same; `extras` says whether its file held other things than the picture.
    """

    picture: "Image.Image" = field(repr=False)
    media_type: str
    facts: PictureFacts
    fingerprint: bytes = field(repr=False)
    extras: bool
    doubts: tuple[Doubt, ...] = ()


def judge(file: bytes, policy: PhotoPolicy) -> Judged:
    """Decode the photo that a file holds, and judge what it shows; takes up to a second, and 160 MB.

    Raises CheckFailed with the codes of `check_photo` and `check_picture`, and `photo_damaged`, `photo_bomb`.
    """
    media_type = check_photo(file[:HEAD_BYTES], len(file), policy)
    bare = taken_apart(file, media_type, policy)
    picture = picture_of(bare, media_type, policy)
    small = measuring.small_copy(picture)
    grey = small.convert("L")
    lost, place, sharp = 0.0, None, measuring.sharpness
    if policy.is_document:
        (lost, place), sharp = glare(small), measuring.legibility
    size = size_of(bare, media_type)
    facts = PictureFacts(*size, measuring.brightness(grey), sharp(grey), lost, place)
    check_picture(facts, policy)
    fingerprint, doubts = measuring.fingerprint(small), doubts_about(facts, policy)
    return Judged(picture, media_type, facts, fingerprint, bare.extras, doubts)


def write_clean(picture: "Image.Image", policy: PhotoPolicy, file: IO[bytes]) -> str:
    """Write the picture, and nothing else, into an empty file; give its media type.

    It has no more pixels than the backend takes. Where it takes fewer bytes, quality and then pixels give way; where it
    wants more, quality rises. Raises CheckFailed `photo_small` or `photo_large` where that does not help; OSError where
    the file cannot be written.
    """
    pixels, size = policy.max_pixels, policy.max_bytes + 1
    while size > policy.max_bytes and pixels >= max(1, policy.min_pixels):
        picture = _within(picture, pixels)
        size = _write_well(picture, policy, file)
        pixels = picture.width * picture.height // 2
    file.seek(0)
    return check_photo(file.read(HEAD_BYTES), size, policy)


def _within(picture: "Image.Image", pixels: int) -> "Image.Image":
    """The picture with at most so many pixels, as large as that allows."""
    from PIL import Image

    by = math.sqrt(picture.width * picture.height / pixels)
    size = (max(1, int(picture.width / by)), max(1, int(picture.height / by)))
    return picture if by <= 1 else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _write_well(picture: "Image.Image", policy: PhotoPolicy, file: IO[bytes]) -> int:
    """Write the picture as well as the policy's bytes allow; give its size in bytes."""
    size = 0
    if "JPEG" not in policy.formats:
        return _write(picture, PNG, 0, file)
    for quality in _QUALITIES:
        if (size := _write(picture, JPEG, quality, file)) <= policy.max_bytes:
            break
    for quality in _FINER:
        if size < policy.min_bytes:
            size = _write(picture, JPEG, quality, file)
    return size


def _write(picture: "Image.Image", media_type: str, quality: int, file: IO[bytes]) -> int:
    """Write the picture in place of what the file held; give its size in bytes."""
    file.seek(0)
    file.truncate()
    picture.save(file, media_type.removeprefix("image/").upper(), quality=quality)
    return file.seek(0, os.SEEK_END)
