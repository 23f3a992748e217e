"""Tiles of HEIF pictures as phones make them, each as a separate file, so that they are decoded one by one.

libheif decodes a grid (ISO/IEC 23008-12, 6.6.2.3) whole, with 4.5 bytes per pixel.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from iprescribe_tui.photos.heif import Heif

__all__ = ["Grid", "grid_of"]

_KEPT: Final = (b"hvcC", b"ispe", b"colr")
"""Properties that an HEVC decoder needs: its configuration, size, colors. Some phones write a wrong depth."""

_CODED: Final = b"hvc1"
_PLAN: Final = (8, 12)
"""Bytes of a grid's layout, with sides of 16 and of 32 bits."""


@dataclass(frozen=True)
class Grid:
    """A picture of `width` × `height` pixels, in tiles of one size, `columns` of them per row."""

    width: int
    height: int
    columns: int
    tile: tuple[int, int]
    files: Iterator[bytes] = field(repr=False)
    """The tiles, row by row, each as a HEIC file."""


def grid_of(heif: Heif) -> Grid | None:
    """Return the tiles of a HEIC file's picture; None if it is not made of equal ones, or is cropped afterwards.

    The orientation still has to be applied.
    """
    plan, idents = heif.content_of(heif.primary), heif.tiles_of(heif.primary)
    kinds = {heif.kinds.get(ident) for ident in idents}
    if heif.kinds.get(heif.primary) != b"grid" or kinds != {_CODED} or len(plan) < _PLAN[plan[1] & 1]:
        return None
    rows, columns = plan[2] + 1, plan[3] + 1
    width, height = struct.unpack_from(">II" if plan[1] & 1 else ">HH", plan, 4)
    of_all = heif.properties_of(heif.primary)
    sizes = {struct.unpack(">II", heif.properties_of(ident).get(b"ispe", bytes(12))[4:12]) for ident in idents}
    tile = sizes.pop()
    fits = tile[0] * columns >= width > 0 and tile[1] * rows >= height > 0
    if sizes or rows * columns != len(idents) or not fits or b"clap" in of_all:
        return None
    colors = {kind: content for kind, content in of_all.items() if kind == b"colr"}
    files = (_file_of(heif.content_of(ident), {**colors, **heif.properties_of(ident)}) for ident in idents)
    return Grid(width, height, columns, tile, files)


def _file_of(content: bytes, properties: dict[bytes, bytes]) -> bytes:
    """Return a HEIC file with one picture: its coded `content`, and its properties."""
    kept = [(kind, properties[kind]) for kind in _KEPT if kind in properties]
    numbers = bytes(number | 0x80 * (kind == b"hvcC") for number, (kind, _) in enumerate(kept, 1))
    entry = _full(b"infe", b"\0\1\0\0" + _CODED + b"\0", version=2)
    known = _box(b"ipco", *(_box(kind, value) for kind, value in kept))
    given = _full(b"ipma", struct.pack(">IHB", 1, 1, len(numbers)) + numbers)
    begin = _box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(at: int) -> bytes:
        where = struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, at, len(content))
        picture, primary = _full(b"hdlr", b"\0\0\0\0pict" + bytes(13)), _full(b"pitm", b"\0\1")
        listed = _full(b"iinf", b"\0\1" + entry)
        return _full(b"meta", picture + primary + _full(b"iloc", where) + listed + _box(b"iprp", known, given))

    return b"".join((begin, meta(len(begin) + len(meta(0)) + 8), _box(b"mdat", content)))


def _box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content)) + kind + content


def _full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes((version, 0, 0, 0)), content)
