"""Windows too small to use: the notice in place of a screen, and the sizes that are laid out."""

from textual.geometry import Size

SMALLEST = Size(40, 10)
LARGEST = Size(1000, 400)
"""Largest layout: some terminals report absurd sizes, and each cell costs time and memory."""

_SIZE = f"{SMALLEST.width} columns by {SMALLEST.height} rows"
_NOTICES = (
    f"This window is too small. Make it at least {_SIZE}.",
    f"Make it at least {_SIZE}.",
    f"Needs {_SIZE}.",
    f"Needs {SMALLEST.width}x{SMALLEST.height}",
    f"{SMALLEST.width}x{SMALLEST.height}",
)
_KEYS = (
    "Nothing is lost. Until then, only F10 and Ctrl+Q work: they save and leave.",
    "Only F10 works: it saves and leaves.",
    "F10 saves and leaves.",
    "F10 leaves",
)


def is_too_small(window: Size) -> bool:
    """Return whether `window` is too small for any screen."""
    return window.width < SMALLEST.width or window.height < SMALLEST.height


def laid_out_for(window: Size) -> Size:
    """Return the size to lay out screens in for `window`."""
    width = min(max(window.width, SMALLEST.width), LARGEST.width)
    return Size(width, min(max(window.height, SMALLEST.height), LARGEST.height))


def drawn_notice(window: Size) -> str:
    """Return escape sequences that clear the terminal and show how large `window` must be, and which keys work.

    Each text is the longest wording that fits on a line; the shortest one is broken up if even that does not fit.
    """
    width, height = max(window.width, 1), max(window.height, 1)
    size = _longest(_NOTICES, width) or _NOTICES[-1]
    lines = [size[at : at + width] for at in range(0, len(size), width)]
    if keys := _longest(_KEYS, width):
        lines.append(keys)
    return "\x1b[0m\x1b[2J" + "".join(f"\x1b[{row};1H{line}" for row, line in enumerate(lines[:height], 1))


def _longest(wordings: tuple[str, ...], width: int) -> str:
    return next((text for text in wordings if len(text) <= width), "")
