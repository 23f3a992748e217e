"""HEIC and AVIF pictures decoded: tile by tile if they are large and tiled, else whole."""

import io
from typing import TYPE_CHECKING, Final

from iprescribe_tui.journey.checks.photo import PhotoPolicy, damaged, other_format, too_many_pixels
from iprescribe_tui.photos.grids import Grid, grid_of
from iprescribe_tui.photos.heif import Heif
from iprescribe_tui.photos.shrinking import opaque, shrink_by, shrunk

if TYPE_CHECKING:
    from PIL import Image
    from pillow_heif import HeifFile

__all__ = ["heif_picture", "heif_size", "must_be_decodable"]

_WHOLE: Final = 73_000_000
"""Maximum pixels that libheif decodes at once, with 4.5 bytes for each."""

_IN_TILES: Final = 25_000_000
"""Pixels of a picture above which it is decoded in tiles."""

_AVIF: Final = 33_000_000
"""Maximum pixels of an AVIF picture: libavif and Pillow hold nine bytes for each."""

_HEVC: Final = frozenset({b"hvc1", b"hev1"})
_AV1: Final = b"av01"
_AVIF_BRANDS: Final = (b"avif", b"avis")

_ZEROS: Final = bytes(32)
"""More zeros than HEVC data holds, which allows two in a row (ITU H.265, 7.4.1). In AV1 they can mean one color."""


def must_be_decodable(file: bytes, policy: PhotoPolicy) -> None:
    """Raise CheckFailed: `photo_format` for a HEIF file that is coded in another way than HEVC and AV1.

    `photo_damaged` if zeros have overwritten a part of HEVC data, in whose place the decoder draws something.
    """
    heif = Heif(file)
    kinds = set(heif.kinds.values())
    if kinds and not kinds & {*_HEVC, _AV1}:
        raise other_format("HEIF", policy)
    drawn = (heif.primary, *heif.tiles_of(heif.primary))
    if not _is_av1(heif) and any(_ZEROS in heif.content_of(item) for item in drawn):
        raise damaged()


def heif_size(file: bytes) -> tuple[int, int]:
    """Return width and height in pixels, upright, by the file's header. Raises the decoders' errors."""
    import pillow_heif

    heif = Heif(file)
    if _is_av1(heif):
        (width, height), orientation = _avif(file).size, heif.orientation()
    else:
        (width, height), orientation = pillow_heif.open_heif(file).size, _left(heif)
    return (height, width) if orientation >= 5 else (width, height)


def heif_picture(file: bytes, policy: PhotoPolicy, most: int) -> tuple["Image.Image", int]:
    """Return the picture, halved until it has at most `most` pixels, or an eighth, and the orientation left to apply.

    Raises CheckFailed: `photo_bomb`, `photo_damaged`; and the decoders' errors.
    """
    import pillow_heif

    heif = Heif(file)
    if _is_av1(heif):
        return _avif_picture(file, policy, most), heif.orientation()
    opened = pillow_heif.open_heif(file)
    size = opened.size
    _must_fit(size, policy.max_pixels)
    by = shrink_by(size[0] * size[1], most)
    grid = grid_of(heif) if size[0] * size[1] > _IN_TILES else None
    if grid and not (grid.tile[0] % by or grid.tile[1] % by):
        del opened
        return _in_tiles(grid, by), heif.orientation()
    _must_fit(size, _WHOLE)
    return _whole(opened, by), _left(heif)


def _is_av1(heif: Heif) -> bool:
    kinds = set(heif.kinds.values())
    return _AV1 in kinds and not kinds & _HEVC


def _left(heif: Heif) -> int:
    """Return the orientation left to apply: libheif applies the file's boxes, but not its EXIF data."""
    return 1 if heif.is_turned() else heif.orientation()


def _whole(opened: "HeifFile", by: int) -> "Image.Image":
    from PIL import Image

    mode, pixels, stride, (width, height) = opened.mode, opened.data, opened.stride, opened.size
    # In bands, so that Pillow does not hold the whole picture a second time.
    picture, band = Image.new("RGB", (-(-width // by), -(-height // by))), 256 * by
    for top in range(0, height, band):
        rows = min(band, height - top)
        part = Image.frombytes(mode, (width, rows), pixels[top * stride : (top + rows) * stride], "raw", mode, stride)
        picture.paste(opaque(part).reduce(by), (0, top // by))
    return picture


def _in_tiles(grid: Grid, by: int) -> "Image.Image":
    import pillow_heif
    from PIL import Image

    picture = Image.new("RGB", (-(-grid.width // by), -(-grid.height // by)))
    for number, file in enumerate(grid.files):
        left, top = number % grid.columns * grid.tile[0], number // grid.columns * grid.tile[1]
        opened = pillow_heif.open_heif(file)
        if opened.size != grid.tile:
            raise damaged()
        inside = (0, 0, min(grid.tile[0], grid.width - left), min(grid.tile[1], grid.height - top))
        picture.paste(opaque(opened.to_pillow().crop(inside)).reduce(by), (left // by, top // by))
    return picture


def _avif(file: bytes) -> "Image.Image":
    from PIL.AvifImagePlugin import AvifImageFile

    if not any(brand in file[: int.from_bytes(file[:4])] for brand in _AVIF_BRANDS):
        file = file[:8] + _AVIF_BRANDS[0] + file[12:]  # its items are AV1, but libavif reads brands alone
    return AvifImageFile(io.BytesIO(file))


def _avif_picture(file: bytes, policy: PhotoPolicy, most: int) -> "Image.Image":
    picture = _avif(file)
    _must_fit(picture.size, min(policy.max_pixels, _AVIF), "AVIF")
    picture.load()
    return shrunk(picture, shrink_by(picture.width * picture.height, most))


def _must_fit(size: tuple[int, int], most: int, found: str = "") -> None:
    if size[0] * size[1] > most:
        raise too_many_pixels(size, found)
