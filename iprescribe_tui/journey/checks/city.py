"""City names, for which few rules hold: they have letters, and no ZIP Code."""

import re
import unicodedata

from . import CheckFailed
from .keyboard import typed_number
from .text import check_line, quoted

__all__ = ["check_city"]

# Names may contain numbers ("29 Palms", "1000 Oaks"), but none of five or nine digits.
_ZIP = re.compile(r"(?<!\w)[0-9]{5}(?:[ -]?[0-9]{4})?(?!\w)")


def check_city(value: str) -> str:
    """Return the city's name, normalized by `check_line`.

    Raises CheckFailed: those of `check_line`, `city_zip` (a ZIP Code, alone or beside a name), `city_letters`.
    """
    city = check_line(value)
    if found := _ZIP.search(typed_number(city)):
        raise CheckFailed(
            "city_zip",
            f"{quoted(found.group())} is a ZIP Code. Enter only the city here, and the ZIP Code in its own field.",
        )
    if not any(unicodedata.category(character)[0] == "L" for character in city):
        raise CheckFailed("city_letters", f"{quoted(city)} has no letters. Enter the name of the city.")
    return city
