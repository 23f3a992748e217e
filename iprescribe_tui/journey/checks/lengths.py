"""Maximum lengths of typed values by kind, in characters, checked before anything else.

They are generous: a check with a lower limit names it in its own message. Within them no check takes more than a few
milliseconds, whatever is typed.
"""

from typing import Final

from . import CheckFailed

__all__ = [
    "ADDRESS_LINE",
    "CODE",
    "EMAIL",
    "LINE",
    "MESSAGE",
    "NUMBER",
    "PASSWORD",
    "PATH",
    "STATE",
    "USERNAME",
    "check_length",
]

NUMBER: Final = 100
"""An NPI, SSN, ZIP Code, phone number or date, including separators and text around it."""
CODE: Final = 500
"""A one-time code, which may be copied with its message."""
STATE: Final = 100
USERNAME: Final = 200
EMAIL: Final = 400
"""RFC 5321 §4.5.3.1 allows 320 octets; the owner's name may be included."""
LINE: Final = 4096
"""A name or another line of text; it is counted again without the excess marks on its letters."""
ADDRESS_LINE: Final = 150
"""An address line as folded; `check_line` accepts 100 characters."""
PASSWORD: Final = 1024
MESSAGE: Final = 2000
PATH: Final = 4096


def check_length(value: str, longest: int) -> str:
    """Return `value` unchanged. Messages contain no part of it. Raises CheckFailed: `too_long`."""
    if len(value) > longest:
        raise CheckFailed("too_long", f"This is {len(value):,} characters long. Shorten it to at most {longest:,}.")
    return value
