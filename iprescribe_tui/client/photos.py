"""Photos on this machine's disk: found, judged, and read piece by piece, so that memory stays small."""

import asyncio
import base64
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.paths import typed_path

__all__ = ["PIECE", "PhotoFile", "fault_of", "look_at", "pieces", "typed_path"]

PIECE = 64 * 1024
"""How many bytes are read and sent at a time."""

_LONGEST_SHOWN = 60
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class PhotoFile:
    """A photo that may be sent: its size in bytes, media type, `sha-256=:…:` digest (RFC 9530), and when it changed."""

    path: Path
    size: int
    changed_ns: int
    media_type: str
    digest: str


def fault_of(typed: str, policy: PhotoPolicy) -> str:
    """What is wrong with the photo at the path that a person typed, "" where nothing is; blocks."""
    try:
        look_at(typed_path(typed), policy)
    except CheckFailed as failed:
        return failed.message
    return ""


def look_at(path: Path, policy: PhotoPolicy) -> PhotoFile:
    """Judge the file at `path` by what it is, its size and its first bytes, and compute its digest; blocks.

    Raises CheckFailed with a message that names the file: the codes of `check_photo`, and `photo_missing`,
    `photo_directory`, `photo_not_file`, `photo_unreadable`.
    """
    try:
        _must_be_file(os.stat(path).st_mode, path)
        with os.fdopen(os.open(path, _OPEN), "rb") as file:
            status = os.fstat(file.fileno())
            _must_be_file(status.st_mode, path)
            media_type = check_photo(file.read(HEAD_BYTES), status.st_size, policy)
            file.seek(0)
            digest = base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
    except (OSError, ValueError) as error:
        if isinstance(error, CheckFailed):
            raise
        failed = _unreadable(error, path)
    else:
        return PhotoFile(path, status.st_size, status.st_mtime_ns, media_type, f"sha-256=:{digest}:")
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
    """The photo's bytes; `progress` hears how many of how many were sent. Raises CheckFailed `photo_changed`."""
    changed = CheckFailed(
        "photo_changed", f"{_shown(photo.path)} was changed or removed while it was being sent. Choose it again."
    )
    sent = 0
    try:
        file = await asyncio.to_thread(lambda: os.fdopen(os.open(photo.path, _OPEN), "rb"))
        with file:
            status = os.fstat(file.fileno())
            if (status.st_size, status.st_mtime_ns) != (photo.size, photo.changed_ns):
                raise changed
            progress(0, photo.size)
            while sent < photo.size:
                piece = await asyncio.to_thread(file.read, min(PIECE, photo.size - sent))
                if not piece:
                    raise changed
                yield piece
                sent += len(piece)
                progress(sent, photo.size)
    except OSError:
        pass
    if sent < photo.size:
        raise changed
