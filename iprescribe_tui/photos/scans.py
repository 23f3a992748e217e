"""The coded data of a JPEG (ITU T.81), and damage to it that a decoder passes over in silence.

A decoder draws something for any bytes: gray where data ends too early, a pattern where it was overwritten by zeros.
"""

import re
from math import ceil
from typing import Final

from iprescribe_tui.journey.checks.photo import damaged

__all__ = ["Scans"]

_START_OF_SCAN: Final = 0xDA
_TABLES, _INTERVAL = 0xC4, 0xDD
_FRAMES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = (0xC2, 0xCA)
_HUFFMAN: Final = (0xC0, 0xC1, 0xC2)
_RESTART: Final = re.compile(rb"\xff([\xd0-\xd7])")

_ZEROS: Final = bytes(256)
"""More zeros than undamaged data holds, unless they say that nothing changes: an encoder appends at most 1,000 bits."""

_MOST_AT_END: Final = 8
"""Maximum zeros at the end of a scan that may belong to it."""

_COEFFICIENTS: Final = 64


class Scans:
    """Reader of a JPEG's headers and coded data, in their order. Raises CheckFailed: `photo_damaged`.

    `number` is that of the scans so far. Of the last one, only a decoder can tell whether it is whole if `is_cut`
    (zeros behind it were taken off: padding, or in place of data) or if it `has_zeros` that can mean a large area of
    one color.
    """

    def __init__(self) -> None:
        self.number = 0
        self.is_cut = self.has_zeros = False
        self._frame, self._width, self._height, self._interval = 0, 0, 0, 0
        self._factors: dict[int, tuple[int, int]] = {}
        self._first_symbols: dict[int, int] = {}
        self._missing_bits: dict[int, list[int]] = {}
        self._components: dict[int, tuple[int, int]] = {}
        self._start, self._is_refining = 0, False

    def header(self, marker: int, content: bytes) -> None:
        """Read a segment: its marker's second byte, and what follows its length."""
        if marker in _FRAMES:
            self._read_frame(marker, content)
        elif marker == _TABLES:
            self._read_tables(content)
        elif marker == _INTERVAL:
            self._interval = int.from_bytes(content[:2])
        elif marker == _START_OF_SCAN:
            self._read_scan(content)

    def data(self, coded: bytes) -> bytes:
        """Return the coded data of the last header's scan, without zeros behind it that it cannot hold."""
        self.has_zeros = _ZEROS in coded and self._zeros_change_nothing()
        self.is_cut = _ZEROS in coded and not self.has_zeros
        if self.is_cut:
            coded = coded[: len(coded.rstrip(b"\0")) + _MOST_AT_END]
            if _ZEROS in coded:
                raise damaged()
        count = self._restarts()
        found = _RESTART.findall(coded)[:count] if count else []
        if any(marker[0] != 0xD0 + at % 8 for at, marker in enumerate(found)) or len(found) < count:
            raise damaged()
        return coded

    def end(self) -> None:
        """Raise CheckFailed if a component, or bits of its coefficients, came in no scan."""
        if any(map(any, self._missing_bits.values())):
            raise damaged()

    def _read_frame(self, marker: int, content: bytes) -> None:
        self._frame = marker
        self._height, self._width = int.from_bytes(content[1:3]), int.from_bytes(content[3:5])
        parts = [content[at : at + 3] for at in range(6, len(content) - 2, 3)]
        self._factors = {part[0]: (part[1] >> 4 or 1, part[1] & 15 or 1) for part in parts}
        self._missing_bits = {part[0]: [1] * _COEFFICIENTS for part in parts}

    def _read_tables(self, content: bytes) -> None:
        at = 0
        while at + 17 < len(content):
            self._first_symbols[content[at]] = content[at + 17]
            at += 17 + sum(content[at + 1 : at + 17])

    def _read_scan(self, content: bytes) -> None:
        self.number += 1
        end = 1 + 2 * content[0] if content else 0
        if len(content) < end + 3 or not end:
            raise damaged()
        self._components = {content[at]: divmod(content[at + 1], 16) for at in range(1, end, 2)}
        first, last, bits = content[end : end + 3]
        if self._frame not in _PROGRESSIVE:
            first, last, bits = 0, _COEFFICIENTS - 1, 0
        self._start, self._is_refining = first, bits > 15
        for component in self._components:
            if component in self._missing_bits:
                self._missing_bits[component][first : last + 1] = [bits & 15] * (last + 1 - first)

    def _zeros_change_nothing(self) -> bool:
        """Return True if zeros can say that a large area has one color: the first symbols of all tables say nothing."""
        if self._frame not in _HUFFMAN:
            return True
        if self._start == 0 and self._is_refining:
            return True
        is_short = self._frame in _PROGRESSIVE
        for light, texture in self._components.values():
            if self._start == 0 and self._first_symbols.get(light, 0):
                return False
            if not (self._start == 0 and is_short):
                symbol = self._first_symbols.get(0x10 + texture, 1)
                if symbol & 15 or symbol == 0xF0:
                    return False
        return True

    def _restarts(self) -> int:
        """Return how many restart markers the scan has."""
        if not self._interval or not self._factors or not all(each in self._factors for each in self._components):
            return 0
        most = [max(factors) for factors in zip(*self._factors.values(), strict=True)]
        sides = [self._width, self._height]
        if len(self._components) == 1:
            factors = self._factors[next(iter(self._components))]
            sides = [ceil(side * factor / top) for side, factor, top in zip(sides, factors, most, strict=True)]
            most = [1, 1]
        across, down = (ceil(side / (8 * factor)) for side, factor in zip(sides, most, strict=True))
        units: int = across * down
        return max(0, ceil(units / self._interval) - 1)
