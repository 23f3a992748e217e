"""The National Provider Identifier: nine digits and a check digit (45 CFR 162.406)."""

import re

from . import CheckFailed
from .keyboard import typed_number
from .lengths import NUMBER, check_length
from .text import quoted

__all__ = ["check_npi"]

# "80840", the card-issuer prefix of United States health identifiers, adds this constant to the Luhn sum.
_PREFIX_SUM = 24
_CARD_PREFIX = "80840"
_LENGTH = 10
_SEPARATORS = re.compile("[ -]")
_LOOK_ALIKE = {"l": "1", "I": "1", "|": "1", "O": "0", "o": "0"}


def check_npi(value: str) -> str:
    """Return the NPI as ten ASCII digits.

    Spaces and dashes that group it are dropped; other characters are read as by `typed_number`. Raises CheckFailed:
    `too_long`, `empty`, `npi_digits`, `npi_length`, `npi_first_digit`, `npi_check_digit`.
    """
    npi = _SEPARATORS.sub("", typed_number(check_length(value, NUMBER)))
    if not npi:
        raise CheckFailed("empty", "Fill this in. An NPI has 10 digits.")
    if not re.fullmatch("[0-9]+", npi):
        raise CheckFailed("npi_digits", _not_digits(value, npi))
    if len(npi) == len(_CARD_PREFIX) + _LENGTH and npi.startswith(_CARD_PREFIX):
        raise CheckFailed("npi_length", f"Leave out the {_CARD_PREFIX} in front. The NPI is the 10 digits after it.")
    if len(npi) != _LENGTH:
        count = "1 digit" if len(npi) == 1 else f"{len(npi)} digits"
        raise CheckFailed("npi_length", f"{quoted(value)} has {count}. An NPI has 10. Check each one.")
    if npi[0] not in "12":
        raise CheckFailed(
            "npi_first_digit",
            f"{quoted(value)} starts with {npi[0]}. An NPI starts with 1 or 2. Check the first digit.",
        )
    if not _check_digit_holds(npi):
        raise CheckFailed(
            "npi_check_digit",
            f"{quoted(value)} is not an NPI: a digit is wrong, or two are swapped. Check each one.",
        )
    return npi


def _not_digits(typed: str, npi: str) -> str:
    letters = re.sub("[0-9]", "", npi)
    if all(letter in _LOOK_ALIKE for letter in letters):
        meant = _LOOK_ALIKE[letters[0]]
        return f'{quoted(typed)} contains "{letters[0]}". An NPI has digits only: did you mean {meant}?'
    return f"{quoted(typed)} is not an NPI. An NPI has 10 digits and nothing else."


def _check_digit_holds(npi: str) -> bool:
    total = _PREFIX_SUM
    for place, digit in enumerate(map(int, reversed(npi))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
