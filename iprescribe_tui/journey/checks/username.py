"""The username of an iPrescribe account."""

import re

from . import CheckFailed
from .lengths import USERNAME, check_length
from .text import quoted

__all__ = ["check_username"]

_MIN, _MAX = 3, 64
_ALLOWED = re.compile(r"[A-Za-z0-9._@-]+")


def check_username(value: str) -> str:
    """Return the username without spaces at its ends: 3 to 64 ASCII letters, digits and `. _ - @`, case unchanged.

    Raises CheckFailed: `too_long`, `empty`, `username_characters`, `username_short`, `username_long`, `username_edge`.
    """
    username = check_length(value, USERNAME).strip()
    if not username:
        raise CheckFailed("empty", "Fill this in: the name that you will sign in with.")
    if not _ALLOWED.fullmatch(username):
        raise CheckFailed("username_characters", _not_allowed(username))
    if len(username) < _MIN:
        raise CheckFailed("username_short", f"{quoted(username)} is too short. Use at least {_MIN} characters.")
    if len(username) > _MAX:
        raise CheckFailed("username_long", f"This is {len(username)} characters long. Use at most {_MAX}.")
    if not (username[0].isalnum() and username[-1].isalnum()):
        raise CheckFailed("username_edge", f"{quoted(username)} must start and end with a letter or a digit.")
    return username


def _not_allowed(username: str) -> str:
    first = next(character for character in username if not _ALLOWED.fullmatch(character))
    if first.isspace():
        # Several words may be a password in the wrong field, which must not be shown.
        return "A username has no spaces. Only letters, digits and . _ - @ are allowed."
    return f"{quoted(username)} contains {quoted(first)}. Only letters, digits and . _ - @ are allowed."
