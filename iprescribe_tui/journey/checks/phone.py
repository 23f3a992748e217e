"""Telephone numbers of the United States and its territories, as people type them."""

import re

from . import CheckFailed
from .lengths import NUMBER, check_length
from .text import HIDDEN, quoted

__all__ = ["check_us_phone"]

_REGIONS = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
_LENGTH = 10
# Longer than any number with its extension; a limit that keeps the parser's expressions fast.
_MAX_TYPED = 60
# Reserved for fiction and examples in every area code (NANPA), but missing in some territories' patterns.
_FICTION = re.compile("[2-9][0-9]{2}55501[0-9]{2}")


def check_us_phone(value: str) -> str:
    """Return a United States phone number as `217-555-0134`.

    Raises CheckFailed: `too_long`, `empty`, `phone_shape`, `phone_extension`, `phone_foreign`, `phone_length`,
    `phone_unknown`.
    """
    # Imported late: phonenumbers takes 10 ms, which the first screen does not need.
    import phonenumbers

    typed = check_length(value, NUMBER).strip()
    if not typed:
        raise CheckFailed("empty", "Fill this in: ten digits, such as 217-555-0134.")
    try:
        # Address books wrap numbers in invisible direction marks.
        number = phonenumbers.parse(HIDDEN.sub("", typed[:_MAX_TYPED]), "US")
    except phonenumbers.NumberParseException:
        raise CheckFailed(
            "phone_shape", f"{quoted(typed)} is not a phone number. Type ten digits, such as 217-555-0134."
        ) from None
    if number.extension:
        raise CheckFailed("phone_extension", f"{quoted(typed)} has an extension. Give a number that rings without one.")
    if number.country_code != 1:
        raise CheckFailed("phone_foreign", _foreign(typed))
    national = str(number.national_number)
    if len(national) != _LENGTH or len(typed) > _MAX_TYPED:
        raise CheckFailed(
            "phone_length", f"{quoted(typed)} is not a US phone number. Type ten digits, such as 217-555-0134."
        )
    region = phonenumbers.region_code_for_number(number)
    if region is not None and region not in _REGIONS:
        raise CheckFailed("phone_foreign", _foreign(typed))
    if region is None or not (phonenumbers.is_valid_number(number) or _FICTION.fullmatch(national)):
        raise CheckFailed("phone_unknown", f"{quoted(typed)} is not a US phone number in use. Check each digit.")
    return f"{national[:3]}-{national[3:6]}-{national[6:]}"


def _foreign(typed: str) -> str:
    return f"{quoted(typed)} is a number outside the United States. Give a US number."
