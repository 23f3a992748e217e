"""External text made safe to show in a terminal, and the check of one line of text."""

import re
import unicodedata

from . import CheckFailed
from .lengths import LINE, check_length

__all__ = [
    "HIDDEN",
    "check_line",
    "check_readable",
    "check_whole",
    "composed",
    "hides",
    "one_line",
    "plain",
    "quoted",
    "uncrowded",
]

# Characters that control a terminal, change the reading direction, or take no room: the categories Cc, Cf, Cs, Zl and
# Zp, the noncharacters, and Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)

_HALF = re.compile("[\ud800-\udfff]")
_QUOTE_LIMIT = 40
_MOST_MARKS = 4
# Runs that may have more marks than that on one character: no mark comes before U+0300.
_CROWD = re.compile(f"[\u0300-\U0010ffff]{{{_MOST_MARKS + 1},}}")


def plain(text: str, *, multiline: bool = False) -> str:
    r"""Return `text` with each hidden or control character as an escape, such as `\x1b` or `\u202e`.

    Line breaks are escaped too, unless `multiline`, which turns each into one `\n`. At most four marks per letter are
    kept. Other text is unchanged.
    """
    if multiline:
        return "\n".join(plain(line) for line in re.split("\r\n|[\r\n]", text))
    return uncrowded(HIDDEN.sub(_escape, text) if hides(text) else text)


def uncrowded(text: str) -> str:
    """Return `text` with at most four combining marks per character.

    No script needs more; with thousands a terminal draws over other lines, or stalls for seconds.
    """
    return text if text.isascii() else _CROWD.sub(_thinned, text)


def composed(typed: str) -> str:
    """Return typed text in NFC and `uncrowded`, first before NFC, since many marks in a row take long to sort."""
    return uncrowded(unicodedata.normalize("NFC", uncrowded(typed)))


def _thinned(match: re.Match[str]) -> str:
    kept, count = [], 0
    for character in match.group():
        kind = unicodedata.category(character)
        # The vowels and ends of old Korean syllables are letters, but take no room either.
        is_mark = kind[0] == "M" or "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb"
        if is_mark:
            count += 1
        elif kind != "Cf":  # joiners stand between marks
            count = 0
        if not is_mark or count <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def hides(text: str) -> bool:
    """Return True if `text` contains a hidden or control character; fast for ASCII."""
    return not (text.isascii() and text.isprintable()) and HIDDEN.search(text) is not None


def quoted(value: str) -> str:
    """Return typed text for a message: plain, in double quotes, at most 40 characters."""
    return f'"{brief(value)}"'


def brief(value: str) -> str:
    """Return typed text for a message: plain, at most 40 characters."""
    shown = plain(value.strip(" ")[: _QUOTE_LIMIT * 10])  # room for the marks and escapes of 40 characters
    return shown if len(shown) <= _QUOTE_LIMIT else shown[: _QUOTE_LIMIT - 1] + "…"


def check_readable(value: str) -> str:
    """Return `value` unchanged. Messages contain no part of it.

    Raises CheckFailed: `unreadable_character` (U+FFFD, which replaces input that is not UTF-8).
    """
    if "\ufffd" in value:
        raise CheckFailed(
            "unreadable_character",
            "A character here, shown as \ufffd, couldn't be read: your terminal sent it in another encoding. "
            "Delete it, set the terminal to UTF-8, and type it again.",
        )
    return value


def check_whole(value: str) -> str:
    """Return `value` unchanged if it is readable (`check_readable`) and Unicode. Messages contain no part of it.

    Raises CheckFailed: `unreadable_character`, also for lone surrogates (U+D800 to U+DFFF): they replace bytes of the
    environment that are not UTF-8, and cannot be sent.
    """
    return check_readable(_HALF.sub("\ufffd", value))


def one_line(text: str) -> str:
    """Return the lines of `text` joined by spaces, for any line ends (CR, CRLF, VT, FF, NEL, U+2028, …).

    A single line keeps the spaces at its ends, which may belong to a password.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0] if len(lines) == 1 else " ".join(line.strip() for line in lines)


def check_line(value: str, limit: int = 100) -> str:
    """Return one line of text in NFC, without spaces at its ends, with at most four marks per letter.

    Raises CheckFailed: `empty`, `unreadable_character`, `hidden_character`, `too_long` (more than `limit` characters).
    """
    line = composed(check_readable(check_length(value, LINE)).strip())
    if not line:
        raise CheckFailed("empty", "Fill this in.")
    if hides(line):
        raise CheckFailed(
            "hidden_character",
            f"{quoted(line)} contains a character that cannot be seen. Type it again without it.",
        )
    if len(line) > limit:
        raise CheckFailed("too_long", f"This is {len(line)} characters long. Shorten it to at most {limit}.")
    return line


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
