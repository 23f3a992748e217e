"""One-time codes and recovery codes, as read from a phone or a sheet of paper."""

import re

from . import CheckFailed
from .keyboard import typed_number
from .lengths import CODE, NUMBER, check_length

__all__ = ["check_one_time_code", "check_recovery_code"]

_SEPARATORS = re.compile("[ -]")
# Six separate digits in a copied message, such as "G-123456" or "Your code is 123 456."; not part of a longer number.
_COPIED = re.compile("(?<![A-Za-z0-9])(?<![0-9][ .-])[0-9]{3}[ -]?[0-9]{3}(?![A-Za-z0-9])(?![ .-][0-9])")
# Crockford's base 32 omits I, L, O and U, and reads the first three as the digits that they look like.
_LOOK_ALIKES = str.maketrans("ILO", "110")
_RECOVERY = re.compile("[0-9A-HJKMNP-TV-Z]{16}")
_RECOVERY_LENGTH = 16


def check_one_time_code(value: str) -> str:
    """Return the six ASCII digits of a one-time code, typed alone or copied with its message.

    Messages contain no part of it. Raises CheckFailed: `too_long`, `empty`, `code_digits`, `code_length`.
    """
    typed = typed_number(check_length(value, CODE))
    copied = _COPIED.findall(typed)
    code = _SEPARATORS.sub("", copied[0] if len(copied) == 1 else typed)
    if not code:
        raise CheckFailed("empty", "Fill this in. The code has 6 digits.")
    if not re.fullmatch("[0-9]+", code):
        raise CheckFailed("code_digits", "The code has 6 digits and nothing else. Type it again.")
    if len(code) != 6:
        which = "too short" if len(code) < 6 else "too long"
        raise CheckFailed("code_length", f"This is {which}. The code has 6 digits.")
    return code


def check_recovery_code(value: str) -> str:
    """Return a recovery code as `XXXX-XXXX-XXXX-XXXX`.

    Dashes, spaces and case are ignored; O is read as 0, I and L as 1. Messages contain no part of it. Source:
    Crockford's base 32, https://www.crockford.com/base32.html. Raises CheckFailed: `too_long`, `empty`,
    `recovery_code_length`, `recovery_code_characters`.
    """
    code = _SEPARATORS.sub("", typed_number(check_length(value, NUMBER)))
    if not code:
        raise CheckFailed("empty", "Fill this in. The recovery code has four groups of four.")
    if len(code) != _RECOVERY_LENGTH:
        which = "too short" if len(code) < _RECOVERY_LENGTH else "too long"
        raise CheckFailed("recovery_code_length", f"This is {which}. A recovery code has four groups of four.")
    # Test before upper(), which turns letters such as "ı" and "ſ" into ASCII letters that were not typed.
    code = code.upper().translate(_LOOK_ALIKES) if code.isascii() else ""
    if not _RECOVERY.fullmatch(code):
        raise CheckFailed("recovery_code_characters", "A recovery code has digits and letters only, and never a U.")
    return "-".join(code[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4))
