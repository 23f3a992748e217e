"""For terminals that take no Unicode: every character that is not ASCII is drawn as one that is, of the same width."""

import os

PLAIN = str.maketrans(
    {
        "●": "#",
        "○": "o",
        "━": "=",
        "─": "-",
        "▸": ">",
        "✓": "+",
        "✗": "x",
        "•": "*",
        "·": "-",
        "…": ".",
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "↑": "^",
        "↓": "v",
        "▾": "v",
        "│": "|",
    }
)


def terminal_takes_unicode() -> bool:
    """Whether the locale says UTF-8; where it says nothing, as over a bare ssh, UTF-8 is what terminals speak."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(name):
            return "utf" in value.lower() or (value in ("C", "POSIX") and name == "LANG" and "SSH_TTY" in os.environ)
    return True


def in_ascii(text: str) -> str:
    """`text` in ASCII, as wide as before."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" for c in text.translate(PLAIN))
