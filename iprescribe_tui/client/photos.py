"""Photos on this machine's disk: found, judged, cleaned, and sent piece by piece, so that memory stays small."""

import asyncio
import base64
import errno
import hashlib
import os
import shlex
import stat
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.picture import PictureFacts
from iprescribe_tui.journey.checks.text import plain

if TYPE_CHECKING:
    from iprescribe_tui.photos.judging import Judged

PIECE = 64 * 1024
"""How many bytes are read and sent at a time."""

_LONGEST_SHOWN = 60
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


_MOST_READ = 64 * 1024 * 1024
"""Bytes of a photo that are read into memory, however many a backend would take."""


@dataclass(frozen=True)
class PhotoFile:
    """A photo that may be sent: cleaned of all that is no picture, in a file without a name that vanishes with this.

    `path` is where the photo was; size in bytes, media type and `sha-256=:…:` digest (RFC 9530) are of what is sent.
    """

    path: Path
    size: int
    media_type: str
    digest: str
    facts: PictureFacts
    fingerprint: bytes = field(repr=False)
    content: int = field(repr=False)
    """The file descriptor of what is sent."""

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.content)


def typed_path(typed: str) -> Path:
    """The path that a person typed, pasted or dropped on the terminal: `~`, quotes, `\\ `, and `file://` understood.

    A file of exactly that name comes first.
    """
    exact = Path(typed.strip()).expanduser()
    if _exists(exact):
        return exact
    if typed.strip().startswith("file://"):
        return Path(unquote(urlsplit(typed.strip()).path))
    try:
        words = shlex.split(typed)
    except ValueError:
        return exact
    return Path(words[0]).expanduser() if len(words) == 1 else exact


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def fault_of(typed: str, policy: PhotoPolicy) -> str:
    """What is wrong with the photo at the path that a person typed, "" where nothing is; blocks."""
    try:
        look_at(typed_path(typed), policy)
    except CheckFailed as failed:
        return failed.message
    return ""


def look_at(path: Path, policy: PhotoPolicy) -> PhotoFile:
    """Judge the photo at `path`, clean it, and compute the digest of what is sent; blocks for up to a second or two.

    Raises CheckFailed with a message that names the file, or how to take the photo better: the codes of `judge`, and
    `photo_missing`, `photo_directory`, `photo_not_file`, `photo_unreadable`, `photo_changed`, `photo_no_room`.
    """
    from iprescribe_tui.photos.judging import judge

    policy = policy.model_copy(update={"max_bytes": min(policy.max_bytes, _MOST_READ)})
    return _cleaned(judge(_read(path, policy), policy), path, policy)


def _read(path: Path, policy: PhotoPolicy) -> bytes:
    """What is in the file; raises CheckFailed before a byte of a device, a pipe or a huge file is read."""
    try:
        _must_be_file(os.stat(path).st_mode, path)
        with os.fdopen(os.open(path, _OPEN), "rb") as file:
            before = os.fstat(file.fileno())
            _must_be_file(before.st_mode, path)
            check_photo(file.read(HEAD_BYTES), before.st_size, policy)
            file.seek(0)
            content = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        if isinstance(error, CheckFailed):
            raise
        failed = _unreadable(error, path)
    else:
        if (len(content), after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
            return content
        failed = CheckFailed("photo_changed", f"{_shown(path)} was changed while it was read. Choose it again.")
    raise failed


def _cleaned(judged: "Judged", path: Path, policy: PhotoPolicy) -> PhotoFile:
    """The photo as it is sent, in a file that has no name, so that nothing of it stays on this machine."""
    from iprescribe_tui.photos.judging import write_clean

    try:
        with tempfile.TemporaryFile() as file:
            media_type = write_clean(judged.picture, policy, file)
            file.seek(0)
            digest = base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
            size, content = os.fstat(file.fileno()).st_size, os.dup(file.fileno())
    except OSError:
        failed = CheckFailed("photo_no_room", "There is no room for the photo on this machine. Free some, and go on.")
    else:
        return PhotoFile(path, size, media_type, f"sha-256=:{digest}:", judged.facts, judged.fingerprint, content)
    raise failed


def _must_be_file(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise CheckFailed("photo_directory", f"{_shown(path)} is a folder. Give the path of a photo in it.")
    if not stat.S_ISREG(mode):
        raise CheckFailed(
            "photo_not_file", f"{_shown(path)} is a device or a pipe, not a file. Give the path of a photo."
        )


def _unreadable(error: OSError | ValueError, path: Path) -> CheckFailed:
    """Why a file cannot be read, in plain words."""
    name, reason = _shown(path), getattr(error, "errno", None)
    if reason == errno.ENOENT and not path.parent.is_dir():
        return CheckFailed("photo_missing", f"There is no folder {_shown(path.parent)}. Check the path.")
    if reason == errno.ELOOP:
        return CheckFailed(
            "photo_missing", f"{name} is a link that leads back to itself. Choose the photo it stands for."
        )
    if reason in (errno.ENOENT, errno.ENOTDIR):
        return CheckFailed("photo_missing", f"There is no file {name}. Check the path, and capital letters in it.")
    if reason in (errno.EACCES, errno.EPERM):
        return CheckFailed("photo_unreadable", f"You may not read {name}. Copy it to a folder of yours.")
    return CheckFailed("photo_unreadable", f"{name} cannot be read. Copy it elsewhere, or choose another.")


def _shown(path: Path) -> str:
    """A path as a message shows it: plain, in quotes, and of a long one the end, where its name is."""
    text = plain(str(path))
    return f'"…{text[1 - _LONGEST_SHOWN :]}"' if len(text) > _LONGEST_SHOWN else f'"{text}"'


async def pieces(photo: PhotoFile, progress: Callable[[int, int], None]) -> AsyncIterator[bytes]:
    """The bytes of the cleaned photo, piece by piece; `progress` hears how many of how many were sent."""
    sent = 0
    progress(0, photo.size)
    while sent < photo.size:
        piece = await asyncio.to_thread(os.pread, photo.content, PIECE, sent)
        yield piece
        sent += len(piece)
        progress(sent, photo.size)
