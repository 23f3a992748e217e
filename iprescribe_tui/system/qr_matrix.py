"""QR code as modules, as characters, and as lines that any terminal shows in black on white."""

from collections.abc import Mapping
from itertools import groupby

QUIET = 2
"""Width of the white border, in modules; two are enough for every reader tried, and save four rows."""

_BASIC = ("\x1b[30;47;107m", "\x1b[40m", "\x1b[0m")
"""Black on white, on black, and reset. With only 8 colors, 107 is unknown and 47 applies."""

_EXACT = ("\x1b[38;5;16;48;5;231m", "\x1b[48;5;16m", "\x1b[0m")
"""The same with 256 colors; no palette changes these two."""


def matrix(text: str) -> list[list[bool]]:
    """Return the modules of `text`'s QR code, dark ones True, with the border; [] if it is too long for a QR code.

    Error correction L needs the fewest rows. Digits, capitals and ` $%*+-./:` alone take 11 bits for two characters
    (ISO/IEC 18004, alphanumeric mode): an address of 37 characters in capitals fits version 2.
    """
    from qrcode.constants import ERROR_CORRECT_L
    from qrcode.exceptions import DataOverflowError
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):  # the library raises either, depending on the excess
        return []
    return [[bool(module) for module in row] for row in code.get_matrix()]


def half_blocks(modules: list[list[bool]]) -> list[str]:
    """Return lines of two module rows each, in half blocks with dark modules in the foreground."""
    padded = [*modules, [False] * len(modules[0])] if len(modules) % 2 else modules
    return [
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(padded[::2], padded[1::2], strict=True)
    ]


def runs(row: list[bool]) -> list[tuple[bool, str]]:
    """Return a row of modules as runs of blanks, two per module, each with whether it is dark."""
    return [(dark, "  " * len(list(same))) for dark, same in groupby(row)]


def size(modules: list[list[bool]], *, blocks: bool) -> tuple[int, int]:
    """Return columns and lines of the code: in half blocks, or in blanks, two per module."""
    across = len(modules)
    return (across, (across + 1) // 2) if blocks else (2 * across, across)


def printed(modules: list[list[bool]], *, blocks: bool, environ: Mapping[str, str]) -> list[str]:
    """Return the code as lines for a terminal, black on white by their own escape sequences, whatever its colors.

    `blocks` selects half blocks, else blanks, two per module. `environ` tells the number of colors.
    """
    many = "256color" in environ.get("TERM", "") or "COLORTERM" in environ
    white, black, off = _EXACT if many else _BASIC
    if blocks:
        return [f"{white}{line}{off}" for line in half_blocks(modules)]
    return ["".join(f"{black if dark else white}{blanks}" for dark, blanks in runs(row)) + off for row in modules]
