"""Pictures fitted into the character cells of a terminal."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.photos.decoding import picture_of, size_of, taken_apart
from iprescribe_tui.photos.preview import Preview

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["fitted", "preview_of"]

_SMALL: Final = 250_000
"""Pixels that are enough for a preview."""


def preview_of(file: bytes, policy: PhotoPolicy, columns: int, lines: int) -> Preview:
    """Return the photo in a file, fitted into that many character cells, each twice as high as it is wide.

    Raises CheckFailed (it cannot be decoded, or is larger than the policy or this program accepts).
    """
    media_type = check_photo(file[:HEAD_BYTES], len(file), policy)
    bare = taken_apart(file, media_type, policy)
    size = size_of(bare, media_type)
    return fitted(picture_of(bare, media_type, policy, _SMALL), Preview((), *size, len(file)), columns, lines)


def fitted(picture: "Image.Image", facts: Preview, columns: int, lines: int) -> Preview:
    """Return a decoded picture fitted into that many character cells, with the width, height and size of `facts`."""
    width, height = facts.width, facts.height
    scale = min(columns / width, 2 * lines / height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale / 2)) * 2
    content = picture.resize((across, down), reducing_gap=3.0).tobytes()
    points = list(zip(content[::3], content[1::3], content[2::3], strict=True))
    rows = [points[at : at + across] for at in range(0, len(points), across)]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return replace(facts, rows=tuple(tuple(zip(upper, lower, strict=True)) for upper, lower in pairs))
