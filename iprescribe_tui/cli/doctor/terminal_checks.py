"""Checks of the terminal: size, type, signals, colors, SSH, multiplexer, mouse, and clipboard."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level
from iprescribe_tui.system.platforms import has_signals

AREA = "terminal"

WIDE, HIGH = 80, 24
"""Columns and lines that every step fits in."""

_TAKES_OSC_52 = frozenset({"iTerm.app", "WezTerm", "ghostty", "kitty", "rio", "vscode", "contour"})
_TMUX_ASKS = "#{version}|#{set-clipboard}|#{mouse}"


def checks(environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the checks of this process's terminal, as `environ` describes it."""
    yield Check(AREA, "size", lambda: [size(window())])
    yield Check(AREA, "type", lambda: [kind(environ.get("TERM", ""))])
    yield Check(AREA, "signals", lambda: [signals(heard=has_signals())])
    yield Check(AREA, "colors", lambda: [colors(environ)])
    yield Check(AREA, "ssh", lambda: [ssh(environ)])
    yield Check(AREA, "tmux", lambda: behind(environ))


def window() -> tuple[int, int] | None:
    """Return the terminal's columns and rows, None if no standard stream is a terminal."""
    for stream in (1, 2, 0):
        with suppress(OSError):
            return os.get_terminal_size(stream)
    return None


def size(window: tuple[int, int] | None) -> Finding:
    """Return a finding about the size in columns and rows: every step should fit."""
    warning = partial(Finding, AREA, "size", Level.WARNING)
    if window is None:
        message = "The doctor runs without a terminal, so its size is not known."
        return warning(message, "Run it in the terminal in which you mean to register.")
    columns, rows = window
    if not (columns and rows):
        return warning("The terminal does not tell its size.", "Tell it yourself, for example: stty columns 80 rows 24")
    if columns >= WIDE and rows >= HIGH:
        return Finding(AREA, "size", Level.OK, f"{columns}×{rows}")
    message = f"{columns}×{rows} is smaller than {WIDE}×{HIGH}: some steps do not fit, and scroll."
    return warning(message, "Make the window larger, or the letters smaller.")


def kind(term: str) -> Finding:
    """Return a finding about the terminal type: it must be able to show a full screen."""
    if term and term not in ("dumb", "unknown"):
        return Finding(AREA, "type", Level.OK, f"TERM={term}")
    message = f"TERM={term}" if term else "TERM is not set"
    advice = (
        "The program asks line by line here, as with --plain. For the full screen set TERM to what the terminal is, "
        "such as xterm-256color."
    )
    return Finding(AREA, "type", Level.WARNING, f"{message}: a full screen cannot be drawn.", advice)


def signals(*, heard: bool) -> Finding:
    """Return a finding about signals: without those for a closed terminal and Ctrl+C the program does not start."""
    if heard:
        return Finding(AREA, "signals", Level.OK, "The program is told when the terminal is closed.")
    message = "This system can't tell a program that its terminal was closed, so the program does not start."
    return Finding(
        AREA, "signals", Level.FAILURE, message, "Run it on Linux or macOS; on Windows in WSL (wsl --install)."
    )


def colors(environ: Mapping[str, str]) -> Finding:
    """Return a finding with the number of colors, decided as Textual decides it."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR"):
        shown = "none, since NO_COLOR is set"
    elif environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        shown = "16 million"
    elif term in ("", "dumb", "unknown"):
        shown = "none"
    else:
        shown = "256" if term.rpartition("-")[2] in ("256color", "kitty") else "16"
    return Finding(AREA, "colors", Level.OK, shown)


def ssh(environ: Mapping[str, str]) -> Finding:
    """Return a finding about SSH."""
    if not any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return Finding(AREA, "ssh", Level.OK, "The program runs on this machine, not over SSH.")
    message = "The program runs over SSH: it opens no browser there, and shows addresses to copy and QR codes."
    return Finding(AREA, "ssh", Level.OK, message)


def behind(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield findings about tmux or screen, and their effect on mouse and clipboard."""
    multiplexer, set_clipboard, mouse = "", "", ""
    if environ.get("TMUX"):
        with suppress(OSError, subprocess.SubprocessError, ValueError):
            asked = ("tmux", "display-message", "-p", _TMUX_ASKS)
            done = subprocess.run(asked, capture_output=True, text=True, timeout=2, check=True)  # noqa: S603 - no shell
            version, set_clipboard, mouse = done.stdout.strip().split("|")
            multiplexer = f"tmux {version}"
        multiplexer = multiplexer or "tmux, which does not answer"
    elif environ.get("STY"):
        multiplexer = "GNU screen"
    message = f"The program runs in {multiplexer}." if multiplexer else "Neither tmux nor screen stands between."
    yield Finding(AREA, "tmux", Level.OK, message)
    caught = " tmux takes it, though: hold Shift while you select." if mouse in ("on", "1") else ""
    yield Finding(AREA, "mouse", Level.OK, f"The program leaves it to the terminal, for selecting text.{caught}")
    yield clipboard(environ, multiplexer, set_clipboard)


def clipboard(environ: Mapping[str, str], multiplexer: str, set_clipboard: str) -> Finding:
    """Return a finding about the clipboard: OSC 52 must reach the terminal; `set_clipboard` is tmux's option."""
    name = environ.get("TERM_PROGRAM", "")
    good, warning = (partial(Finding, AREA, "clipboard", level) for level in (Level.OK, Level.WARNING))
    by_mouse = "Select the address with the mouse instead."
    if multiplexer.startswith("tmux") and set_clipboard != "on":
        message = (
            f"tmux keeps what the program copies (OSC 52) to itself: set-clipboard is {set_clipboard or 'not known'}."
        )
        return warning(message, f"tmux set -s set-clipboard on. Or: {by_mouse.lower()}")
    if multiplexer == "GNU screen":
        return warning("GNU screen does not pass on what is copied (OSC 52).", by_mouse)
    if name == "Apple_Terminal" or environ.get("TERM") == "linux":
        return warning("This terminal takes no copies from programs (OSC 52).", by_mouse)
    if name in _TAKES_OSC_52 or environ.get("KITTY_WINDOW_ID") or environ.get("WT_SESSION"):
        return good("This terminal takes copies from programs (OSC 52).")
    return good(
        "Whether this terminal takes copies from programs (OSC 52) cannot be asked; selecting with the mouse works."
    )
