"""A QR code as modules, and as characters."""

QUIET = 2
"""Modules of white around the code; two are enough for every reader tried, and save four rows."""


def matrix(text: str) -> list[list[bool]]:
    """The modules of `text`'s QR code, dark ones True, with the quiet zone; error correction L, the least rows."""
    from qrcode.constants import ERROR_CORRECT_L
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def half_blocks(modules: list[list[bool]]) -> list[str]:
    """Two rows of modules a line, in half blocks, dark where the foreground is."""
    padded = [*modules, [False] * len(modules[0])] if len(modules) % 2 else modules
    return [
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(padded[::2], padded[1::2], strict=True)
    ]
