"""The boxes of a HEIF file (ISO/IEC 23008-12 on ISO/IEC 14496-12): what its primary picture says of itself."""

from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["codecs", "is_turned"]

_MOST: Final = 2000
"""Boxes, or entries of a table, that are looked at: a photo of 48 megapixels has about 200."""


def is_turned(file: bytes) -> bool:
    """Whether boxes (`irot`, `imir`) say how the primary picture is to be turned."""
    meta = _meta(file)
    properties = meta.get(b"iprp", b"")
    primary, known = meta.get(b"pitm", b""), dict(_boxes(properties))
    kinds = [kind for kind, _ in _boxes(known.get(b"ipco", b""))]
    ident = int.from_bytes(primary[4 : 6 if primary[:1] == b"\0" else 8])
    at = _associated(known.get(b"ipma", b""), ident)
    return any(kinds[index - 1] in (b"irot", b"imir") for index in at if 0 < index <= len(kinds))


def codecs(file: bytes) -> set[bytes]:
    """The kinds of the items in a file, such as `hvc1`, `av01`, `grid` or `Exif`."""
    entries = _meta(file).get(b"iinf", b"")
    entries = entries[6 if entries[:1] == b"\0" else 8 :]
    return {entry[8:12] if entry[:1] == b"\2" else entry[10:14] for kind, entry in _boxes(entries) if kind == b"infe"}


def _meta(file: bytes) -> Mapping[bytes, bytes]:
    meta = dict(_boxes(file)).get(b"meta", b"")
    return dict(_boxes(meta[4:]))


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that stand one after the other, each with what is in it."""
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


def _associated(table: bytes, ident: int) -> Iterator[int]:
    """The numbers, from 1, of the properties that an `ipma` box gives to an item."""
    wide_ids, wide_numbers = table[:1] != b"\0", bool(table[3:4] and table[3] & 1)
    at, entries = 8, min(int.from_bytes(table[4:8]), _MOST)
    for _ in range(entries):
        item = int.from_bytes(table[at : at + (4 if wide_ids else 2)])
        at += 4 if wide_ids else 2
        count, at = int.from_bytes(table[at : at + 1]), at + 1
        step = 2 if wide_numbers else 1
        if item == ident:
            numbers = (int.from_bytes(table[each : each + step]) for each in range(at, at + step * count, step))
            yield from (number & (0x7FFF if wide_numbers else 0x7F) for number in numbers)
        at += step * count
