"""Social Security numbers: their shape, and the numbers that are never issued."""

import re

from . import CheckFailed
from .keyboard import typed_number
from .lengths import NUMBER, check_length

__all__ = ["check_ssn", "check_without_ssn", "holds_ssn"]

_SHAPE = re.compile(r"([0-9]{3})(-| ?\. ?| ?)([0-9]{2})\2([0-9]{4})")
_INSIDE = re.compile(f"(?<![0-9-]){_SHAPE.pattern}(?![0-9-])")
_GROUPED = re.compile(r"(?<![0-9-])[0-9]{3}(-| ?\. ?| )[0-9]{2}\1[0-9]{4}(?![0-9-])")

# Numbers printed in advertisements, pamphlets or wallets, and therefore void. Sources:
# ssa.gov/history/ssn/misused.html and python-stdnum's us.ssn. 987-65-432x is excluded by its area.
_VOID = frozenset(
    {
        "002281852",
        "042103580",
        "062360749",
        "078051120",
        "095073645",
        "128036045",
        "135016629",
        "141186941",
        "165167999",
        "165187999",
        "165207999",
        "165227999",
        "165247999",
        "189092294",
        "212097694",
        "212099999",
        "219099999",
        "306302348",
        "308125070",
        "457555462",
        "468288779",
        "549241889",
    }
)


def holds_ssn(text: str) -> bool:
    """Return True if `text` contains nine separate digits, written as a Social Security number."""
    return bool(_INSIDE.search(typed_number(text)))


def check_without_ssn(text: str) -> str:
    """Return `text` unchanged. The message contains no digit of it.

    Raises CheckFailed: `holds_ssn` (nine digits, grouped as in a Social Security number; others may be a license's).
    """
    if _GROUPED.search(typed_number(text)):
        raise CheckFailed(
            "holds_ssn",
            "This looks like a Social Security number, which would be kept and shown here. Take it out: the one place "
            "for it is a step of its own, where it is hidden.",
        )
    return text


def check_ssn(value: str) -> str:
    """Return the nine ASCII digits of a number typed as 123456789, or grouped by dashes, spaces or dots.

    Messages contain no digit of it. Source: the Social Security Administration's rules since numbers are issued at
    random (2011): every area but 000, 666 and 900 to 999 is possible. Raises CheckFailed: `too_long`, `empty`,
    `ssn_shape`, `ssn_area`, `ssn_group`, `ssn_serial`, `ssn_void`.
    """
    typed = typed_number(check_length(value, NUMBER))
    if not typed:
        raise CheckFailed("empty", "Fill this in. It is needed to find your records.")
    match = _SHAPE.fullmatch(typed)
    if match is None:
        raise CheckFailed(
            "ssn_shape", "A Social Security number has nine digits. Type all of them, with or without dashes."
        )
    area, _, group, serial = match.groups()
    if area in ("000", "666") or area.startswith("9"):
        raise CheckFailed("ssn_area", _never_issued("first three digits"))
    if group == "00":
        raise CheckFailed("ssn_group", _never_issued("two digits in the middle"))
    if serial == "0000":
        raise CheckFailed("ssn_serial", _never_issued("last four digits"))
    if area + group + serial in _VOID:
        raise CheckFailed("ssn_void", "This number was published as an example and belongs to nobody. Type your own.")
    return area + group + serial


def _never_issued(part: str) -> str:
    return f"No Social Security number has these {part}. Compare them with your card."
