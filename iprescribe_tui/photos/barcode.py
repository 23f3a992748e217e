"""The barcode on the back of a license or state ID, found in a photo of it."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["barcode_in", "read_barcode"]

_SIDE: Final = 2000
_LARGE: Final = 4000
_MOST_PIXELS: Final = 25_000_000
_TURNS: Final = (2, -2, 4, -4, 6, -6, 8, -8, 10, -10)
_SECONDS: Final = 6.0


def read_barcode(path: Path, seconds: float = _SECONDS) -> str | None:
    """The text of the barcode in the JPEG, PNG or HEIC at `path`, None where none can be read; blocks.

    A file that cannot be decoded has none. Memory stays below 200 MB.
    """
    try:
        picture = _opened(path)
    except (OSError, ValueError, SyntaxError, Warning):
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


def _opened(path: Path) -> "Image.Image":
    """The picture in grey; raises OSError, ValueError, SyntaxError or a warning."""
    from PIL import Image
    from pillow_heif import register_heif_opener

    register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=("JPEG", "PNG", "HEIF")) as picture:
                longest = max(picture.size)
                if longest > _LARGE:  # a JPEG is decoded at a fraction of its size
                    picture.draft("L", (picture.width * _LARGE // longest, picture.height * _LARGE // longest))
                if picture.width * picture.height > _MOST_PIXELS:
                    raise ValueError("too many pixels")
                return picture.convert("L")
        except Image.DecompressionBombError as error:
            raise ValueError("too many pixels") from error


def _decoded(content: bytes) -> str:
    """The text that the symbol holds: AAMVA has ISO 8859-1, some printers write UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
