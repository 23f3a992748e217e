"""Pasted text and other keyboards' characters, converted to those of a US keyboard."""

import re

__all__ = ["half_width", "typed_number"]

# Full-width ASCII (U+FF01 to U+FF5E), typed with East Asian input methods, the small @ and the ideographic space.
_HALF_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0xFE6B: "@", 0x3000: " "}
# Zero-width and direction marks, which messages and address books put around numbers.
_UNSEEN = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
# Runs of spaces are collapsed before, so that matching stays linear.
_DASHES = re.compile(" ?[\\-\u2010-\u2015\u2212\ufe58\ufe63] ?")
_SLASHES = re.compile(" ?[/\u2044\u2215] ?")


def half_width(value: str) -> str:
    """Return `value` with full-width letters, digits and signs as ASCII."""
    return value if value.isascii() else value.translate(_HALF_WIDTH)


def typed_number(value: str) -> str:
    """Return a number, date or code with ASCII digits, dashes, slashes and single spaces, without invisible marks.

    Other characters are left for the check to reject.
    """
    folded = _UNSEEN.sub("", half_width(value))
    return _SLASHES.sub("/", _DASHES.sub("-", _SPACES.sub(" ", folded))).strip()
