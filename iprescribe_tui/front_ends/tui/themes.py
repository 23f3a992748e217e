"""Two themes with one calm accent: dark and light."""

import os

from textual.theme import Theme

DARK = Theme(
    name="iprescribe-dark",
    primary="#5fb3b3",
    accent="#6cc5c0",
    background="#14191f",
    surface="#1e252d",
    panel="#1b2229",
    foreground="#dde3e8",
    warning="#e5c07b",
    error="#f08080",
    success="#8fcf8f",
    dark=True,
)
LIGHT = Theme(
    name="iprescribe-light",
    primary="#00696b",
    accent="#00696b",
    background="#fafaf7",
    surface="#eceeea",
    panel="#e3e7e4",
    foreground="#1d2529",
    warning="#8a5a00",
    error="#b3261e",
    success="#2e6b2e",
    dark=False,
)


def first_theme() -> str:
    """Return the light theme's name if COLORFGBG (set by rxvt, Konsole and others) reports a light background."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name
