"""Output for terminals without Unicode: each character outside ASCII becomes one of the same width."""

import os
import unicodedata

PLAIN = str.maketrans(
    {
        **dict.fromkeys("▁▂▃▄▅▆▇▉▊▋▌▍▎▏\N{NO-BREAK SPACE}", " "),  # ends of scrollbars: their colors and reverse remain
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
        "←": "<",
        "→": ">",
        "×": "x",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "▾": "v",
        "│": "|",
    }
)


def terminal_takes_unicode() -> bool:
    """Return whether the locale is UTF-8, not set, or LANG=C over SSH: terminals default to UTF-8."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(name):
            return "utf" in value.lower() or (value in ("C", "POSIX") and name == "LANG" and "SSH_TTY" in os.environ)
    return True


def in_ascii(text: str) -> str:
    """Return `text` in ASCII, as wide as before: letters lose their accents, other characters are "?" per column."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else _like(c) for c in text.translate(PLAIN))


def for_terminal(text: str) -> str:
    """Return `text` as the terminal takes it."""
    return text if terminal_takes_unicode() else in_ascii(text)


def _like(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    if base.isascii():
        return base
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    return "??" if unicodedata.east_asian_width(character) in "WF" else "?"
