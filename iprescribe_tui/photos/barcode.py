"""The barcode on the back of a license or state ID, found in a photo of it."""

import itertools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo, original
from iprescribe_tui.photos.bars import bars_in, straightened
from iprescribe_tui.photos.decoding import picture_of, taken_apart

if TYPE_CHECKING:
    import zxingcpp
    from PIL import Image

__all__ = ["barcode_in", "barcode_of"]

_SIDE: Final = 2000
_LARGE: Final = 4000
_SECONDS: Final = 2.5
"""Seconds of computing after which nothing new is tried; what was begun takes up to half a second more."""

_SECONDS_MORE: Final = 0.5
_MOST: Final = 4
_SCALES: Final = (1, 1.6, 2.4)
_TURNS: Final = (0, 1, -1, 2, -2, 4, -4)
"""Degrees to add to a symbol's own turn: seen from aside, rows and bars do not lie square to one another."""


def barcode_of(file: bytes, seconds: float = _SECONDS) -> str | None:
    """Return the text of the barcode in a photo's file, None where none can be read; blocks.

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
    """The text of the PDF417 symbol (ISO/IEC 15438) in a picture, None where none can be read; blocks.

    It may be turned in any way. Of several it is the one that begins as AAMVA's do. Nothing new is tried after
    `seconds` of computing.
    """
    until = time.thread_time() + seconds
    other = None
    for texts in _readings(picture):
        for text in texts:
            if text.startswith("@"):
                return text
            other = other or text
        if other:  # a label beside the card, perhaps
            until = min(until, time.thread_time() + _SECONDS_MORE)
        if time.thread_time() > until:
            break
    return other


def _readings(picture: "Image.Image") -> "Iterator[list[str]]":
    """What is read in a picture as it is, then in what looks like a barcode, turned upright; the quickest first."""
    import zxingcpp

    large = picture.convert("L")
    large.thumbnail((_LARGE, _LARGE))
    small = large.copy()
    small.thumbnail((_SIDE, _SIDE))
    yield _texts(small)
    found = bars_in(large, _MOST)
    if large.size != small.size:
        yield _texts(large)
    binarizers = zxingcpp.Binarizer.GlobalHistogram, zxingcpp.Binarizer.LocalAverage
    for scale, turn, bars in itertools.product(_SCALES, _TURNS, found):
        view = straightened(large, bars, scale, turn)
        for binarizer in binarizers:
            yield _texts(view, binarizer, turned=True)


def _texts(view: "Image.Image", binarizer: "zxingcpp.Binarizer | None" = None, *, turned: bool = False) -> list[str]:
    import zxingcpp

    found = zxingcpp.read_barcodes(
        view,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.PDF417),
        try_rotate=not turned,
        try_invert=not turned,
        binarizer=binarizer or zxingcpp.Binarizer.LocalAverage,
    )
    return [_decoded(barcode.bytes) for barcode in found if barcode.valid and barcode.bytes]


def _decoded(content: bytes) -> str:
    """The text that the symbol holds: AAMVA has ISO 8859-1, some printers write UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
