"""Photos judged and cleaned, on both ends: by the terminal before sending, by the sandbox on receipt."""

import math
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from iprescribe_tui.journey.checks.photo import HEAD_BYTES, JPEG, PNG, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts, check_picture, doubts_about
from iprescribe_tui.photos import metrics
from iprescribe_tui.photos.decoding import picture_of, size_of, taken_apart
from iprescribe_tui.photos.glare import glare

if TYPE_CHECKING:
    from PIL import Image

_QUALITIES: Final = (90, 80, 65, 50)
_FINER: Final = (97, 100)


@dataclass(frozen=True)
class Judged:
    """A photo that may be sent: its picture, upright and in RGB, its measurements and doubts.

    `fingerprint` is alike for copies of one picture; `extras` is True if the file may hold more than the picture.
    """

    picture: "Image.Image" = field(repr=False)
    media_type: str
    facts: PictureFacts
    fingerprint: bytes = field(repr=False)
    extras: bool
    doubts: tuple[Doubt, ...] = ()


def judge(file: bytes, policy: PhotoPolicy) -> Judged:
    """Decode the photo in a file, and judge its picture; takes up to a second, and 160 MB.

    Raises CheckFailed: the codes of `check_photo` and `check_picture`, `photo_damaged`, `photo_bomb`.
    """
    media_type = check_photo(file[:HEAD_BYTES], len(file), policy)
    bare = taken_apart(file, media_type, policy)
    picture = picture_of(bare, media_type, policy)
    small = metrics.small_copy(picture)
    gray = small.convert("L")
    part = metrics.middle(picture)
    measured = gray if part is picture else metrics.small_copy(part).convert("L")
    lost, place, sharp = 0.0, None, metrics.sharpness
    if policy.is_document:
        (lost, place), sharp = glare(small), metrics.legibility
    size = size_of(bare, media_type)
    facts = PictureFacts(*size, metrics.brightness(gray), sharp(measured), lost, place)
    check_picture(facts, policy)
    fingerprint, doubts = metrics.fingerprint(small), doubts_about(facts, policy)
    return Judged(picture, media_type, facts, fingerprint, bare.extras, doubts)


def write_clean(picture: "Image.Image", policy: PhotoPolicy, file: IO[bytes]) -> str:
    """Write the picture, and nothing else, into an empty file; return its media type.

    It has at most the pixels that the backend accepts. For fewer bytes, quality and then pixels are reduced; for more
    bytes, quality is raised. Raises CheckFailed: `photo_small`, `photo_large` (that does not help); OSError (the file
    cannot be written).
    """
    pixels, size = policy.max_pixels, policy.max_bytes + 1
    while size > policy.max_bytes and pixels >= max(1, policy.min_pixels):
        picture = _within(picture, pixels)
        size = _write_well(picture, policy, file)
        pixels = picture.width * picture.height // 2
    file.seek(0)
    return check_photo(file.read(HEAD_BYTES), size, policy)


def _within(picture: "Image.Image", pixels: int) -> "Image.Image":
    """Return the picture with at most that many pixels, as large as possible."""
    from PIL import Image

    by = math.sqrt(picture.width * picture.height / pixels)
    size = (max(1, int(picture.width / by)), max(1, int(picture.height / by)))
    return picture if by <= 1 else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _write_well(picture: "Image.Image", policy: PhotoPolicy, file: IO[bytes]) -> int:
    """Write the picture as well as the policy's bytes allow; return its size in bytes."""
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
    """Write the picture in place of the file's content; return its size in bytes."""
    file.seek(0)
    file.truncate()
    picture.save(file, media_type.removeprefix("image/").upper(), quality=quality)
    return file.seek(0, os.SEEK_END)
