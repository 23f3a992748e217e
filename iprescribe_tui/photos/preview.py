"""A photo as a terminal can show it: few points, two to a character cell, and what can be said of it in words."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

Colour = tuple[int, int, int]
Cell = tuple[Colour, Colour]
"""The upper and the lower point of a character cell, red, green and blue of each from 0 to 255."""

_FORMATS: Final = ("JPEG", "PNG")
_MOST_PIXELS: Final = 25_000_000
"""Of a picture that is unpacked whole, at up to four bytes each; a JPEG is shrunk while it is unpacked."""


@dataclass(frozen=True)
class Preview:
    """Rows of cells, and of the photo itself: width and height in pixels, upright, and its size in bytes."""

    rows: tuple[tuple[Cell, ...], ...]
    width: int
    height: int
    size: int


def preview_of(path: Path, columns: int, lines: int) -> Preview | None:
    """The photo at `path`, fitted into that many character cells; None where it cannot be decoded. Blocks.

    A cell is taken to be twice as high as it is wide. Nothing is drawn of a picture too large to be unpacked for that.
    """
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with _opened(path) as picture:
                return _fitted(picture, path.stat().st_size, columns, lines)
    except Exception:  # a decoder fails in a dozen ways at bytes that were made to make it fail
        return None


def _opened(path: Path) -> "Image.Image":
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(path, formats=_FORMATS)
    except UnidentifiedImageError:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        return Image.open(path, formats=("HEIF",))


def _fitted(picture: "Image.Image", size: int, columns: int, lines: int) -> Preview:
    from PIL import ImageOps

    turned = picture.getexif().get(0x0112, 1) >= 5 and picture.format != "HEIF"  # libheif has turned it already
    width, height = (picture.height, picture.width) if turned else picture.size
    picture.draft("RGB", (columns * 8, lines * 16))
    if picture.width * picture.height > _MOST_PIXELS:
        return Preview((), width, height, size)
    scale = min(columns / width, 2 * lines / height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale / 2)) * 2
    picture.thumbnail((columns * 4, columns * 4) if picture.mode != "P" else picture.size, reducing_gap=2.0)
    small = ImageOps.exif_transpose(picture).convert("RGB").resize((across, down))
    content = small.tobytes()
    points = list(zip(content[::3], content[1::3], content[2::3], strict=True))
    rows = [points[at : at + across] for at in range(0, len(points), across)]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return Preview(tuple(tuple(zip(upper, lower, strict=True)) for upper, lower in pairs), width, height, size)
