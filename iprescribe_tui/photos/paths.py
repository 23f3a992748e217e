"""Paths of photos as typed, pasted, or dropped on the terminal."""

import os
import shlex
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from iprescribe_tui.journey.checks.text import HIDDEN

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
"""Quotes that mail and chat programs insert, and those that were meant."""

_LONGEST = 32_767
"""Maximum characters of a path on the system that allows most (Windows); a longer one is not searched for."""


def typed_path(typed: str) -> Path:
    """Return a path that was typed, pasted or dropped on the terminal, with `~`, quotes, `\\ `, and `file://` resolved.

    A file of exactly that name comes first, then the likeliest meaning, then the only name that looks the same (a Mac's
    screenshot has a narrow space in its name). If there is none, or several, return the likeliest meaning.
    """
    if len(typed) > _LONGEST:
        return Path(typed)
    exact, words = _home(typed.strip()), _words(typed)
    if typed.strip().startswith("file:"):
        meant = _meant(typed.strip())
    else:
        meant = _meant(words[0]) if len(words) == 1 else exact
    for path in (_home(typed), exact, meant):
        if exists(path):
            return path
    return _only_alike(exact) or _only_alike(meant) or meant


def dropped_paths(text: str) -> tuple[Path, ...]:
    """Return the files that were dropped on the terminal, or pasted; none unless each of them exists.

    Terminals write several as lines, or as words, quoted or with `\\ `, or as `file://` addresses (text/uri-list,
    RFC 2483).
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for found in ([typed_path(line) for line in lines], [_dropped(word) for word in _words(text)]):
        if found and all(exists(path) for path in found):
            return tuple(found)
    return ()


def exists(path: Path) -> bool:
    """Return True if there is anything at `path`; blocks, never raises."""
    return os.path.exists(path)


def _words(typed: str) -> list[str]:
    """Split as a shell does; without a closing quote, return nothing."""
    try:
        return shlex.split(typed if any(quote in typed for quote in "'\"") else typed.translate(_QUOTES))
    except ValueError:
        return []


def _meant(word: str) -> Path:
    if not word.startswith("file:"):
        return _home(word)
    try:
        return Path(unquote(urlsplit(word).path))
    except ValueError:
        return Path(word)


def _dropped(word: str) -> Path:
    meant = _meant(word)
    return meant if exists(meant) else _only_alike(meant) or meant


def _only_alike(path: Path) -> Path | None:
    found = alike(path)
    return found[0] if len(found) == 1 else None


def alike(path: Path) -> list[Path]:
    """Return the paths that look the same and exist; blocks. If several folders look the same, none is searched."""
    here = Path(path.anchor)
    for part in path.parts[1 if path.anchor else 0 :]:
        if exists(here / part):
            here = here / part
            continue
        looks = _folded(part)
        try:
            names = [name for name in os.listdir(here) if _folded(name) == looks]
        except (OSError, ValueError):
            return []
        if len(names) != 1:
            return [here / name for name in names]
        here = here / names[0]
    return [here]


def _folded(name: str) -> str:
    """Return a name as seen: in NFC, with plain spaces and quotes, without invisible characters."""
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in name)
    return HIDDEN.sub("", unicodedata.normalize("NFC", spaced.translate(_QUOTES)))


def _home(word: str) -> Path:
    """Replace `~` by the home folder, if that user exists."""
    path = Path(word)
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # no such user, or no possible name
        return path
