"""How many characters a value of each kind may have as it is typed, which is asked before anything else.

They are generous: what a check itself says of a value that is too long names a number to shorten it to. Within them no
check takes more than a few milliseconds, whatever is typed.
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
"""An NPI, SSN, ZIP Code, phone number or date, with whatever stands between and around its digits."""
CODE: Final = 500
"""A one-time code, which may be copied with its message."""
STATE: Final = 100
USERNAME: Final = 200
EMAIL: Final = 400
"""RFC 5321 §4.5.3.1 counts octets, 320 of them; the name of the owner may stand beside."""
LINE: Final = 4096
"""A name or another line of text: of the marks on its letters, a few are kept, and then it is counted again."""
ADDRESS_LINE: Final = 150
"""A line of an address, as its letters and digits are read; `check_line` takes 100 characters."""
PASSWORD: Final = 1024
MESSAGE: Final = 2000
PATH: Final = 4096


def check_length(value: str, longest: int) -> str:
    """Return `value` as it is. No message holds any of it. Raises CheckFailed: `too_long`."""
    if len(value) > longest:
        raise CheckFailed("too_long", f"This is {len(value):,} characters long. Shorten it to at most {longest:,}.")
    return value
