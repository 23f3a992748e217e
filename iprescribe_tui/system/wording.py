"""Times and sizes in words, and suggestions for misspelled names."""

import math
from collections.abc import Iterable

_LARGE = ((1024**3, "GB"), (1024**2, "MB"))


def duration(seconds: float) -> str:
    """Return a time, rounded up: "1 second", "5 minutes", "23 hours"."""
    whole = max(1, math.ceil(seconds))
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if whole >= size * 5 / 3:
            return f"{-(-whole // size)} {unit}"
    return f"{whole} second{'' if whole == 1 else 's'}"


def countdown(seconds: float) -> str:
    """Return a time that is left, rounded up: "14:05" or "2:00:00", never below "0:00"."""
    hours, rest = divmod(max(0, math.ceil(seconds)), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def amount(count: int) -> str:
    """Return a number of bytes, rounded down: "812 KB", "7.2 MB", "3 GB"."""
    for size, unit in _LARGE:
        if count >= size:
            tenths = count * 10 // size
            return f"{tenths // 10}{f'.{tenths % 10}' if tenths % 10 else ''} {unit}"
    return f"{count // 1024} KB" if count >= 1024 else f"{count} bytes"


def suggestion(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return " Did you mean …?" with the known name that `name` is close to or begins, else `otherwise`."""
    from difflib import get_close_matches  # its loading would hold up the first paint

    wanted, spelled = name.lower().replace("-", "_"), {each.replace("-", "_"): each for each in known}
    close = get_close_matches(wanted, spelled, n=1) or [each for each in spelled if wanted and each.startswith(wanted)]
    return f" Did you mean {spelled[close[0]]}?" if close else otherwise
