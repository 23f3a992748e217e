"""A QR code as modules, as characters, and as lines that any terminal shows in black on white."""

from collections.abc import Mapping
from itertools import groupby

QUIET = 2
"""Modules of white around the code; two are enough for every reader tried, and save four rows."""

_BASIC = ("\x1b[30;47;107m", "\x1b[40m", "\x1b[0m")
"""Black on white, on black, and neither any more. Where there are 8 colors, 107 is not known and 47 stays."""

_EXACT = ("\x1b[38;5;16;48;5;231m", "\x1b[48;5;16m", "\x1b[0m")
"""The same where there are 256 colors: these two no palette changes."""


def matrix(text: str) -> list[list[bool]]:
    """The modules of `text`'s QR code, dark ones True, with the quiet zone; [] where no QR code takes so much.

    Error correction L gives the least rows. What is in digits, capitals and ` $%*+-./:` alone takes 11 bits for two
    characters (ISO/IEC 18004, alphanumeric mode): an address of 37 characters in capitals comes to version 2.
    """
    from qrcode.constants import ERROR_CORRECT_L
    from qrcode.exceptions import DataOverflowError
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):  # the library raises either, by how much it is too much
        return []
    return [[bool(module) for module in row] for row in code.get_matrix()]


def half_blocks(modules: list[list[bool]]) -> list[str]:
    """Two rows of modules a line, in half blocks, dark where the foreground is."""
    padded = [*modules, [False] * len(modules[0])] if len(modules) % 2 else modules
    return [
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(padded[::2], padded[1::2], strict=True)
    ]


def runs(row: list[bool]) -> list[tuple[bool, str]]:
    """A row of modules as blanks, two a module, by whether they stand on black."""
    return [(dark, "  " * len(list(same))) for dark, same in groupby(row)]


def size(modules: list[list[bool]], *, blocks: bool) -> tuple[int, int]:
    """Columns and lines that the code takes: in half blocks, or in blanks, two a module."""
    across = len(modules)
    return (across, (across + 1) // 2) if blocks else (2 * across, across)


def printed(modules: list[list[bool]], *, blocks: bool, environ: Mapping[str, str]) -> list[str]:
    """The code as lines to be written to a terminal, black on white by their own escape sequences, whatever its colors.

    `blocks`: in half blocks, else in blanks, two a module. `environ` says how many colors there are.
    """
    many = "256color" in environ.get("TERM", "") or "COLORTERM" in environ
    white, black, off = _EXACT if many else _BASIC
    if blocks:
        return [f"{white}{line}{off}" for line in half_blocks(modules)]
    return ["".join(f"{black if dark else white}{blanks}" for dark, blanks in runs(row)) + off for row in modules]
