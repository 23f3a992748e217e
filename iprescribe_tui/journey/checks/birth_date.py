"""The applicant's date of birth, in United States order or in ISO 8601."""

import re
from datetime import date

from . import CheckFailed
from .keyboard import typed_number
from .lengths import NUMBER, check_length
from .text import quoted

__all__ = ["check_birth_date"]

_YOUNGEST, _OLDEST = 18, 120
_AMERICAN = re.compile(r"([0-9]{1,2})([/\-]| ?\. ?| )([0-9]{1,2})\2([0-9]{4})")
_ISO = re.compile("([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
# Digits only: after a leading 19 or 20, which is no month, the year comes first.
_YEAR_FIRST = re.compile("((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_MONTH_FIRST = re.compile("([0-9]{2})([0-9]{2})([0-9]{4})")


def check_birth_date(value: str, today: date) -> str:
    """Return the date as `YYYY-MM-DD`, from month, day and year or ISO 8601, also as eight digits.

    The age on `today` must be 18 to 120 years. Raises CheckFailed: `too_long`, `empty`, `birth_date_shape`,
    `birth_date_calendar`, `birth_date_future`, `birth_date_young`, `birth_date_old`.
    """
    if not check_length(value, NUMBER).strip():
        raise CheckFailed("empty", "Fill this in: month, day and year, such as 04/30/1975.")
    born = _read(value)
    if born > today:
        raise CheckFailed("birth_date_future", f"{quoted(value)} is in the future. Give your date of birth.")
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < _YOUNGEST:
        raise CheckFailed(
            "birth_date_young",
            f"With {quoted(value)} you would be {age}. Only people aged 18 or over can register. Check the year.",
        )
    if age > _OLDEST:
        raise CheckFailed("birth_date_old", f"With {quoted(value)} you would be {age}. Check the year.")
    return born.isoformat()


def _read(value: str) -> date:
    typed = typed_number(value)
    if match := _ISO.fullmatch(typed) or _YEAR_FIRST.fullmatch(typed):
        year, month, day = map(int, match.groups())
    elif match := _AMERICAN.fullmatch(typed):
        month, day, year = int(match[1]), int(match[3]), int(match[4])
    elif match := _MONTH_FIRST.fullmatch(typed):
        month, day, year = map(int, match.groups())
    else:
        raise CheckFailed(
            "birth_date_shape",
            f"{quoted(value)} is not a date that can be read. Type month, day and year, such as 04/30/1975.",
        )
    try:
        return date(year, month, day)
    except ValueError:
        hint = "The month comes first." if month > 12 >= day else "Check the month and the day."
        raise CheckFailed("birth_date_calendar", f"{quoted(value)} is not in the calendar. {hint}") from None
