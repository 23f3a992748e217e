"""People's names, for which almost no rule holds: any real person's name is accepted."""

import re
import unicodedata

from . import CheckFailed
from .lengths import LINE, check_length
from .text import HIDDEN, composed, quoted

__all__ = ["check_name"]

# ICAO 9303 prints 39 characters, and names of hundreds are on record; a longer value was pasted by mistake.
_LIMIT = 200
# Arrows, dingbats, emoji. Not the symbols of Latin-1: registries hold names decoded wrongly, in which an accented
# letter became two characters, one of them possibly a symbol, and such a name must match.
_PICTOGRAPH = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
_MARKUP = re.compile(r"[<>{}\[\]\\|@]|://|\bwww\.", re.IGNORECASE)
# Joiners belong to the spelling of names in Persian, Sinhala and other scripts; ideographic variation
# selectors choose a family's form of a kanji.
_SPELLING = re.compile(
    "(?<=[^\x00-\u02ff\\s])[\u200c\u200d](?=[^\x00-\u02ff\\s])|(?<=[\u3400-\u9fff])[\U000e0100-\U000e01ef]"
)


def check_name(value: str) -> str:
    """Return a person's name, or a part of one, in NFC, with single spaces and at most four marks per letter.

    Any script, a single letter, apostrophes, hyphens, dots, commas, suffixes and digits are accepted. Raises
    CheckFailed: `empty`, `hidden_character`, `too_long`, `name_markup`, `name_pictograph`, `name_letters`.
    """
    name = " ".join(composed(check_length(value, LINE)).split())
    if not name:
        raise CheckFailed("empty", "Fill this in.")
    if HIDDEN.search(_SPELLING.sub("", name)):
        raise CheckFailed(
            "hidden_character", f"{quoted(name)} contains a character that cannot be seen. Type it again."
        )
    if len(name) > _LIMIT:
        raise CheckFailed("too_long", f"This is {len(name)} characters long. Shorten it to at most {_LIMIT}.")
    if markup := _MARKUP.search(name):
        seen = quoted(markup.group())
        raise CheckFailed("name_markup", f"{quoted(name)} contains {seen}, which no name has. Give the name alone.")
    if _PICTOGRAPH.search(name):
        raise CheckFailed("name_pictograph", f"{quoted(name)} contains a picture. Give the name in letters.")
    if not any(unicodedata.category(character)[0] == "L" for character in name):
        raise CheckFailed("name_letters", f"{quoted(name)} has no letters. Give the name as your documents show it.")
    return name
