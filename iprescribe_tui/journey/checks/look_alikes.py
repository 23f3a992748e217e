"""Look-alike characters, read as the capital letters and digits that a person sees."""

import unicodedata
from functools import lru_cache

from .text import HIDDEN

__all__ = ["sight"]

# Look-alikes of capital letters, after compatibility decomposition (full-width, circled, mathematical letters),
# removal of marks (Ö) and upper case: Greek, Cyrillic, Armenian, Cherokee, Lisu, small capitals, symbols.
# Source: the letters of these scripts in Unicode's confusables.txt (UTS 39), and pictures used as letters.
_SEEN_AS = {
    "A": "АΑᎪᴀꓮ",
    "B": "ВΒᏴʙꓐ",
    "C": "СϹᏟᴄꓚ",
    "D": "ᎠᴅꓓĐ",
    "E": "ЕΕᎬᴇꓰ",
    "F": "ϜꓝꞘ",
    "G": "ԌᏀɢꓖ",
    "H": "НΗᎻʜꓧ",
    "I": "ІΙӀᏆɪꓲƖ",
    "J": "ЈᎫᴊꓙ",
    "K": "КΚᏦᴋꓗ",
    "L": "ᏞʟꓡŁ",
    "M": "МΜᎷᴍꓟ",
    "N": "ΝɴꓠƝ",
    "O": "ОΟՕᴏꓳØ〇○◯●⭕ѲӨ",
    "P": "РΡᏢᴘꓑƤ",
    "R": "ᎡʀꓣƦ",
    "S": "ЅᏚꜱꓢՏ",
    "T": "ТΤᎢᴛꓔ",
    "U": "ՍᴜꓴՍ",
    "V": "ѴᏙᴠꓦ",
    "W": "ԜᎳᴡꓪ",
    "X": "ХΧ᙭ꓫ×✕✖❌╳",
    "Y": "УΥҮʏꓬ",
    "Z": "ΖᏃᴢꓜ",
    "BOX": "📦",
    " ": "\u2800№",
    "": "'’‘`´ʼʻ′",
}
_TABLE = {ord(alike): seen for seen, alikes in _SEEN_AS.items() for alike in alikes}
# Letters on dark discs and squares, and those that pair up as flags, have no decomposition.
for _first in (0x1F150, 0x1F170, 0x1F1E6):
    _TABLE.update({_first + place: chr(ord("A") + place) for place in range(26)})


@lru_cache(maxsize=4096)
def sight(character: str) -> str:
    """Return the capital letters and digits that one character looks like.

    Return "" for one that is invisible or joins its neighbors (zero-width characters, marks, apostrophes), and " " for
    one that separates words (spaces, punctuation).
    """
    if ord(character) in _TABLE:
        return _TABLE[ord(character)]
    if HIDDEN.match(character) and not character.isspace():
        return ""
    seen = "".join(map(_letter, unicodedata.normalize("NFKD", character).upper()))
    return seen if seen.strip() or not seen else " "


def _letter(character: str) -> str:
    if unicodedata.category(character) in ("Mn", "Me"):
        return ""
    seen = _TABLE.get(ord(character), character)
    if seen.isalpha() and not seen.isascii():
        return seen
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    return seen if seen.isascii() and (seen.isalnum() or not seen) else " "
