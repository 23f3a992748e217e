"""Fingerprints of pictures, compared without decoding anything.

Two documents that lie at one place have nearly the same gray levels: the table is as dark, the paper as white. So two
pictures count as one only if they have the same details too, wherever there are any.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import mul
from typing import Final

FINGERPRINT: Final = 1024
"""Bytes of a fingerprint: a square of gray levels, row by row."""

_SIDE: Final = math.isqrt(FINGERPRINT)
_SAME: Final = 0.95
"""Minimum correlation of all gray levels."""

_WINDOW: Final = 3
_PIXELS: Final = _WINDOW * _WINDOW
_PLAIN: Final = 1.5
"""Side of the squares in which details are compared, and the spread of gray levels up to which a square has none."""

_SAME_DETAIL: Final = 0.8
_MOST_OTHER: Final = 0.04
"""Minimum correlation of a square's details, and maximum share of the squares in which they differ."""


def alike(one: bytes, other: bytes) -> bool:
    """Return True if two fingerprints are of one picture: re-saved, scaled, lit differently, turned, or mirrored."""
    return any(_correlation(one, turned) > _SAME and _same_details(one, turned) for turned in _turned(other))


def _turned(picture: bytes) -> Iterator[bytes]:
    """Yield the picture and its mirror image, each turned by quarters."""
    for _ in range(4):
        yield picture
        yield b"".join(picture[start : start + _SIDE][::-1] for start in range(0, FINGERPRINT, _SIDE))
        picture = bytes(picture[row * _SIDE + column] for column in range(_SIDE) for row in reversed(range(_SIDE)))


def _correlation(one: bytes, other: bytes) -> float:
    """Return Pearson's coefficient, -1 to 1."""
    count, sums = len(one), (sum(one), sum(other))
    spreads = (
        count * sum(map(mul, each, each)) - total * total for each, total in zip((one, other), sums, strict=True)
    )
    spread: int = math.prod(spreads)
    if not spread:  # one of them has a single gray level
        return float(one == other)
    together: int = count * sum(map(mul, one, other)) - sums[0] * sums[1]
    return together / math.sqrt(spread)


def _same_details(one: bytes, other: bytes) -> bool:
    """Return True if the gray levels of nearly every square vary alike in both pictures."""
    sums = zip(
        *(_in_squares(list(map(mul, *pair))) for pair in ((one, one), (other, other), (one, other))), strict=True
    )
    plain = (_PIXELS * _PLAIN) ** 2
    detailed = different = 0
    for (squares, of_other, products), first, second in zip(sums, _in_squares(one), _in_squares(other), strict=True):
        spread, other_spread = _PIXELS * squares - first * first, _PIXELS * of_other - second * second
        if max(spread, other_spread) <= plain:
            continue
        detailed += 1
        together = _PIXELS * products - first * second
        different += together < _SAME_DETAIL * math.sqrt(spread * other_spread) or not together
    return different <= _MOST_OTHER * detailed


def _in_squares(levels: Sequence[int]) -> list[int]:
    """Return the sum of the levels in each square."""
    rows = [_running(levels[start : start + _SIDE]) for start in range(0, FINGERPRINT, _SIDE)]
    return [total for column in zip(*rows, strict=True) for total in _running(column)]


def _running(levels: Sequence[int]) -> list[int]:
    """Return the sum of each level and those that follow it, as many as a square is wide."""
    sums = [0, *accumulate(levels)]
    return [end - start for start, end in zip(sums, sums[_WINDOW:], strict=False)]
