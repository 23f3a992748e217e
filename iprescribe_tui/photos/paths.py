"""Paths of photos as people type them, paste them, and drop files on a terminal."""

import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
"""What mail and chat programs make of quotes."""


def typed_path(typed: str) -> Path:
    """The path that a person typed, pasted or dropped on the terminal: `~`, quotes, `\\ `, and `file://` understood.

    A file of exactly that name comes first. Where nothing of the kind exists, the path as it most likely was meant.
    """
    exact = _home(typed.strip())
    if exists(exact):
        return exact
    if typed.strip().startswith("file:"):
        return _meant(typed.strip())
    words = _words(typed)
    return _meant(words[0]) if len(words) == 1 else exact


def dropped_paths(text: str) -> tuple[Path, ...]:
    """The files that were dropped on the terminal, or pasted: none unless each of them exists.

    Terminals write several as lines, or as words, quoted or with `\\ `, or as `file://` addresses (text/uri-list,
    RFC 2483).
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for found in ([typed_path(line) for line in lines], [_meant(word) for word in _words(text)]):
        if found and all(exists(path) for path in found):
            return tuple(found)
    return ()


def exists(path: Path) -> bool:
    """Whether there is anything at `path`, however odd it is; blocks."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


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


def _home(word: str) -> Path:
    """A path with `~` taken for a home folder, where that is somebody's."""
    path = Path(word)
    try:
        return path.expanduser()
    except RuntimeError:
        return path
