"""Paths of photos as people type them, paste them, and drop files on a terminal."""

import os
import shlex
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from iprescribe_tui.journey.checks.text import HIDDEN

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
"""What mail and chat programs make of quotes."""

_LONGEST = 32_767
"""Characters of a path, on the system that allows most (Windows): of what is longer nothing is searched."""


def typed_path(typed: str) -> Path:
    """The path that a person typed, pasted or dropped on the terminal: `~`, quotes, `\\ `, and `file://` understood.

    A file of exactly that name comes first, then the path as it most likely was meant, then the only one that looks
    the same, as a screenshot of a Mac does that has a narrow space in its name. Where there is none, or there are two
    of those, the path that was typed.
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
    """The files that were dropped on the terminal, or pasted: none unless each of them exists.

    Terminals write several as lines, or as words, quoted or with `\\ `, or as `file://` addresses (text/uri-list,
    RFC 2483).
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for found in ([typed_path(line) for line in lines], [_dropped(word) for word in _words(text)]):
        if found and all(exists(path) for path in found):
            return tuple(found)
    return ()


def exists(path: Path) -> bool:
    """Whether there is anything at `path`, however odd it is; blocks."""
    return os.path.exists(path)


def _words(typed: str) -> list[str]:
    """What a shell would make of it; without a closing quote, nothing."""
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
    """What is there under a path that looks the same; blocks. Of folders that look the same, none is searched."""
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
    """A name as one sees it: in one form of Unicode, with plain spaces and quotes, without what takes no room."""
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in name)
    return HIDDEN.sub("", unicodedata.normalize("NFC", spaced.translate(_QUOTES)))


def _home(word: str) -> Path:
    """A path with `~` taken for a home folder, where that is somebody's."""
    path = Path(word)
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # nobody is called so, or nobody can be
        return path
