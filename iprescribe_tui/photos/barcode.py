"""The barcode on the back of a license or state ID, found in a photo of it."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo, original
from iprescribe_tui.photos.decoding import picture_of, taken_apart

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["barcode_in", "barcode_of"]

_SIDE: Final = 2000
_LARGE: Final = 4000
_TURNS: Final = (2, -2, 4, -4, 6, -6, 8, -8, 10, -10)
_SECONDS: Final = 6.0


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

    Of several it is the one that begins as AAMVA's do. No more turns of the picture are tried after `seconds`.
    """
    import zxingcpp

    until = time.monotonic() + seconds
    for view in _views(picture):
        found = zxingcpp.read_barcodes(view, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.PDF417))
        texts = [_decoded(barcode.bytes) for barcode in found if barcode.valid and barcode.bytes]
        if texts:
            return next((text for text in texts if text.startswith("@")), texts[0])
        if time.monotonic() > until:
            break
    return None


def _views(picture: "Image.Image") -> "Iterator[Image.Image]":
    """The picture as it is, larger, then turned: the reader finds bars that lie within a degree or two of straight."""
    from PIL import Image

    large = picture.convert("L")
    large.thumbnail((_LARGE, _LARGE))
    small = large.copy()
    small.thumbnail((_SIDE, _SIDE))
    yield small
    if large.size != small.size:
        yield large
    del large
    for degrees in _TURNS:
        yield small.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=255)


def _decoded(content: bytes) -> str:
    """The text that the symbol holds: AAMVA has ISO 8859-1, some printers write UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
