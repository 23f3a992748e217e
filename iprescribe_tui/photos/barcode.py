"""The barcode on the back of a license or state ID, found in a photo of it."""

import itertools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo, original
from iprescribe_tui.photos.bars import bars_in, sharpened, straightened
from iprescribe_tui.photos.decoding import picture_of, taken_apart

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["barcode_in", "barcode_of"]

_SIDE: Final = 2000
_LARGE: Final = 4000
_SECONDS: Final = 2.5
"""Seconds of CPU time after which no new attempt starts; a running one takes up to half a second more."""

_SECONDS_MORE: Final = 0.5
_TIMES_BUSY: Final = 4
"""Maximum elapsed time, as a multiple of the CPU time, on a busy machine."""

_MOST: Final = 4
_PLAIN: Final = ((1.6, 0.0), (1.0, 0.0), (2.4, 0.0))
_ASIDE: Final = (
    (1.6, 1.5),
    (1.0, -1.5),
    (1.0, 3.0),
    (1.6, -3.0),
    (0.6, 0.0),
    (1.6, -1.5),
    (1.6, 3.0),
    (1.0, -5.0),
    (1.0, 5.0),
)
"""Attempts at bars, the most successful first: magnification, and degrees turned beyond the measured angle, since seen
from the side, rows and bars are not perpendicular."""


def barcode_of(file: bytes, seconds: float = _SECONDS) -> str | None:
    """Return the text of the barcode in a photo's file, or None if it cannot be read; blocks.

    A file that cannot be decoded has none.
    """
    policy = original(PhotoPolicy())
    try:
        media_type = check_photo(file[:HEAD_BYTES], len(file), policy)
        picture = picture_of(taken_apart(file, media_type, policy), media_type, policy)
    except CheckFailed:
        return None
    return barcode_in(picture, seconds)


def barcode_in(picture: "Image.Image", seconds: float = _SECONDS) -> str | None:
    """Return the text of the PDF417 symbol (ISO/IEC 15438) in a picture, or None if it cannot be read; blocks.

    It may be turned in any way. Of several, the one that begins like AAMVA's is preferred. No new attempt starts after
    `seconds` of CPU time.
    """
    until, at_last = time.thread_time() + seconds, time.monotonic() + _TIMES_BUSY * seconds
    other = None
    for texts in _readings(picture):
        for text in texts:
            if text.startswith("@"):
                return text
            other = other or text
        if other:  # possibly a label beside the card
            until = min(until, time.thread_time() + _SECONDS_MORE)
        if time.thread_time() > until or time.monotonic() > at_last:
            break
    return other


def _readings(picture: "Image.Image") -> "Iterator[list[str]]":
    """Yield the texts in a picture as it is, then in apparent barcodes turned upright; the fastest attempts first."""
    large = picture.convert("L")
    large.thumbnail((_LARGE, _LARGE))
    small = large.copy()
    small.thumbnail((_SIDE, _SIDE))
    yield _texts(small)
    found = bars_in(large, _MOST)
    for (scale, turn), bars in itertools.product(_PLAIN, found):
        yield from _read_upright(straightened(large, bars, scale, turn))
    if large.size != small.size:
        yield _texts(large)
    for bars in found:
        yield from _read_upright(sharpened(straightened(large, bars, 1)))
    for (scale, turn), bars in itertools.product(_ASIDE, found):
        yield from _read_upright(straightened(large, bars, scale, turn))


def _read_upright(view: "Image.Image") -> "Iterator[list[str]]":
    """Yield the texts in upright bars, with a local and then a global threshold of levels."""
    import zxingcpp

    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        yield _texts(view, try_rotate=False, try_invert=False, binarizer=binarizer)


def _texts(view: "Image.Image", **how: Any) -> list[str]:
    import zxingcpp

    found = zxingcpp.read_barcodes(view, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.PDF417), **how)
    return [_decoded(barcode.bytes) for barcode in found if barcode.valid and barcode.bytes]


def _decoded(content: bytes) -> str:
    """Decode a symbol's text: ISO 8859-1 by AAMVA; some printers write UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
