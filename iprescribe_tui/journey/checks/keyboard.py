"""What was pasted or typed on another keyboard, as a US keyboard would have typed it."""

import re

__all__ = ["half_width", "typed_number"]

# The full-width forms of ASCII (U+FF01 to U+FF5E), which an East Asian input method types, and the small @.
_HALF_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0xFE6B: "@", 0x3000: " "}
# Marks of width nothing and of reading direction, which messages and address books wrap around numbers.
_UNSEEN = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
# Of runs of spaces one is left by then, so that no place is looked at again and again.
_DASHES = re.compile(" ?[\\-\u2010-\u2015\u2212\ufe58\ufe63] ?")
_SLASHES = re.compile(" ?[/\u2044\u2215] ?")


def half_width(value: str) -> str:
    """Return `value` with full-width letters, digits and signs as ASCII."""
    return value if value.isascii() else value.translate(_HALF_WIDTH)


def typed_number(value: str) -> str:
    """Return a number, date or code with ASCII digits, dashes, slashes and single spaces, and nothing unseen.

    Other characters stay, for the check to refuse.
    """
    folded = _UNSEEN.sub("", half_width(value))
    return _SLASHES.sub("/", _DASHES.sub("-", _SPACES.sub(" ", folded))).strip()
