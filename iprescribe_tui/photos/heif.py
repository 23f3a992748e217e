"""Boxes of a HEIF file (ISO/IEC 23008-12 on ISO/IEC 14496-12) that describe its pictures."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final

from iprescribe_tui.photos.containers import orientation_in

__all__ = ["Heif"]

_MOST: Final = 2000
"""Maximum boxes, or entries of a table, that are read: a photo of 200 megapixels has about 800."""

_TURNED: Final[Mapping[tuple[int, int | None], int]] = {
    (0, None): 1,
    (1, None): 8,
    (2, None): 3,
    (3, None): 6,
    (0, 0): 4,
    (1, 0): 5,
    (2, 0): 2,
    (3, 0): 7,
    (0, 1): 2,
    (1, 1): 7,
    (2, 1): 4,
    (3, 1): 5,
}
"""Orientation, as in EXIF, by `irot` (quarter turns counterclockwise) and then `imir` (its axis)."""


class Heif:
    """The items of a file, with their kinds, properties and contents."""

    def __init__(self, file: bytes) -> None:
        self._file = file
        meta = next((content for kind, content in _boxes(file) if kind == b"meta"), b"")
        self._meta = dict(_boxes(meta[4:]))

    @cached_property
    def primary(self) -> int:
        """Number of the item that is the picture."""
        entry = self._meta.get(b"pitm", b"")
        return int.from_bytes(entry[4 : 6 if entry[:1] == b"\0" else 8])

    @cached_property
    def kinds(self) -> dict[int, bytes]:
        """Kinds of the items, such as `hvc1`, `av01`, `grid` or `Exif`, by their numbers."""
        listed = self._meta.get(b"iinf", b"")
        found = (entry for kind, entry in _boxes(listed[6 if listed[:1] == b"\0" else 8 :]) if kind == b"infe")
        wide = ((6 if entry[:1] == b"\2" else 8, entry) for entry in found)
        return {int.from_bytes(entry[4:at]): entry[at + 2 : at + 6] for at, entry in wide}

    def properties_of(self, ident: int) -> dict[bytes, bytes]:
        """Return the contents of an item's properties, by kind."""
        there = (number - 1 for number in self._given.get(ident, ()))
        return dict(self._properties[at] for at in there if 0 <= at < len(self._properties))

    def tiles_of(self, ident: int) -> list[int]:
        """Return the items that an item is composed of, in order."""
        table = self._meta.get(b"iref", b"")
        wide = 2 if table[:1] == b"\0" else 4
        made = (of for kind, of in _boxes(table[4:]) if kind == b"dimg" and int.from_bytes(of[:wide]) == ident)
        read = _numbers(next(made, b""), wide)
        return [read(wide) for _ in range(min(read(2), _MOST))]

    def content_of(self, ident: int) -> bytes:
        """Return the content of an item, b"" if the file does not give its place."""
        method, extents = self._places.get(ident, (0, []))
        source = {0: self._file, 1: self._meta.get(b"idat", b"")}.get(method, b"")
        return b"".join(source[start : start + size] for start, size in extents)

    def is_turned(self) -> bool:
        """Return True if boxes (`irot`, `imir`) turn the picture."""
        return bool(self.properties_of(self.primary).keys() & {b"irot", b"imir"})

    def orientation(self) -> int:
        """Return the picture's orientation, 1 to 8 as in EXIF: by the file's boxes, or else by its EXIF data.

        In ISO/IEC 23008-12 only the boxes count; iOS writes both, some editors EXIF alone.
        """
        if self.is_turned():
            properties = self.properties_of(self.primary)
            axis = properties[b"imir"][0] & 1 if properties.get(b"imir") else None
            return _TURNED[(properties.get(b"irot") or b"\0")[0] & 3, axis]
        exif = next((self.content_of(ident) for ident, kind in self.kinds.items() if kind == b"Exif"), b"")
        return orientation_in(exif[4 + int.from_bytes(exif[:4]) :])

    @cached_property
    def _properties(self) -> list[tuple[bytes, bytes]]:
        return list(_boxes(dict(_boxes(self._meta.get(b"iprp", b""))).get(b"ipco", b"")))

    @cached_property
    def _given(self) -> dict[int, list[int]]:
        """Numbers, from 1, of each item's properties (`ipma`)."""
        table = dict(_boxes(self._meta.get(b"iprp", b""))).get(b"ipma", bytes(8))
        wide, step = (2 if table[:1] == b"\0" else 4), (2 if table[3] & 1 else 1)
        read, last = _numbers(table, 4), 0x7FFF if step == 2 else 0x7F
        return {read(wide): [read(step) & last for _ in range(read(1))] for _ in range(min(read(4), _MOST))}

    @cached_property
    def _places(self) -> dict[int, tuple[int, list[tuple[int, int]]]]:
        """Each item's construction method and extents, as start and bytes (`iloc`)."""
        table = self._meta.get(b"iloc", bytes(8))
        version, wide = table[0], 4 if table[0] == 2 else 2
        offset, length, base, index = table[4] >> 4, table[4] & 15, table[5] >> 4, (table[5] & 15) * bool(version)
        read, places = _numbers(table, 6), {}
        for _ in range(min(read(wide), _MOST)):
            ident, method, _source, begin = read(wide), read(2 * bool(version)) & 15, read(2), read(base)
            pieces = ((read(index), begin + read(offset), read(length))[1:] for _ in range(min(read(2), _MOST)))
            places[ident] = method, list(pieces)
        return places


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield consecutive boxes, as kind and content."""
    at = 0
    for _ in range(_MOST):
        size, kind, start = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + 8
        if size == 1:
            size, start = int.from_bytes(content[at + 8 : at + 16]), at + 16
        elif size == 0:
            size = len(content) - at
        if len(kind) < 4 or size < start - at:
            return
        yield kind, content[start : at + size]
        at += size


def _numbers(table: bytes, at: int = 0) -> Callable[[int], int]:
    """Return a reader of a table's consecutive numbers, each of the requested number of bytes; 0 behind the end."""

    def read(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(table[at - size : at])

    return read
