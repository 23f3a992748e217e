"""What of a program's output steers a terminal: nothing but what the program itself is known to send."""

import re

from iprescribe_tui.journey.checks.text import HIDDEN

OWN = re.compile(
    "\x1b(?:"
    r"\[\d{1,2};(?:\d{1,2}|100)H"  # where to write, on a screen of the tests' size
    r"|\[0m|\[(?:[147];)*(?:[34]8;5;\d{1,3};?){1,2}m"  # colors, always one of 256 by its number
    r"|\[\?(?:25|7|1004|1049|2004|1000|1002|1003|1006|1015|1016)[hl]"  # cursor, wrapping, focus, screen, paste, mouse
    r"|\[\?(?:2026|2048)\$p|\[>25u|\[<u"  # what the terminal can do, and keys in full
    "|\\]22;[a-z]+\x07"  # the pointer's shape
    ")"
)
"""All that the full-screen program sends besides text; no case of a hostile server is among it."""


def not_ours(raw: bytes, *, prompts: bool = False) -> list[str]:
    """What steers in `raw` and is not the program's own; `prompts` write line breaks alone."""
    text = raw.decode("utf-8", "backslashreplace")
    left = (text if prompts else OWN.sub("", text)).replace("\r\n", "\n").replace("\n", "")
    return [repr(left[max(0, at.start() - 20) : at.end() + 20]) for at in HIDDEN.finditer(left)]
