"""Photo files opened with care: errors name the file, and devices, pipes and huge files are not read."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, MOST_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.paths import alike

__all__ = ["must_be_file", "opened_photo"]

_LONGEST_SHOWN: Final = 60
_OPEN: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def must_be_file(path: Path) -> os.stat_result:
    """Return the status of the file at `path`; blocks.

    Raises CheckFailed with a message that names it: `photo_missing`, `photo_directory`, `photo_not_file`,
    `photo_unreadable`.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        failed = _unreadable(error, path)
    else:
        _must_be_regular(status.st_mode, path)
        return status
    raise failed


@contextmanager
def opened_photo(path: Path, policy: PhotoPolicy) -> Iterator[tuple[int, BinaryIO]]:
    """Open the photo at `path`; yield its size in bytes, and its content, of which at most that many count; blocks.

    Raises CheckFailed: the codes of `must_be_file` and `check_photo`; at the end, `photo_changed`, or a read error's.
    """
    policy = replace(policy, max_bytes=min(policy.max_bytes, MOST_BYTES))
    must_be_file(path)
    try:
        file = os.fdopen(os.open(path, _OPEN), "rb")
    except (OSError, ValueError) as error:
        raise _unreadable(error, path) from None
    with file:
        before = os.fstat(file.fileno())
        try:
            _must_be_regular(before.st_mode, path)
            head = file.read(HEAD_BYTES)
            file.seek(0)
        except OSError as error:
            raise _unreadable(error, path) from None
        check_photo(head, before.st_size, policy)
        try:
            yield before.st_size, file
        except OSError as error:  # the medium is broken or was removed
            raise _unreadable(error, path) from None
        if not _is_as_before(path, file, before):
            raise CheckFailed("photo_changed", f"{_shown(path)} was changed while it was read. Choose it again.")


def _is_as_before(path: Path, file: BinaryIO, before: os.stat_result) -> bool:
    """Return True if an open file has not changed since `before`, and is still the one at `path`."""
    after = os.fstat(file.fileno())
    try:
        there = path.stat()
    except OSError:
        return False
    stamps = [(status.st_ino, status.st_size, status.st_mtime_ns) for status in (before, after, there)]
    return stamps[0] == stamps[1] == stamps[2]


def _must_be_regular(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise CheckFailed("photo_directory", f"{_shown(path)} is a folder. Give the path of a photo in it.")
    if not stat.S_ISREG(mode):
        raise CheckFailed(
            "photo_not_file", f"{_shown(path)} is a device or a pipe, not a file. Give the path of a photo."
        )


def _unreadable(error: OSError | ValueError, path: Path) -> CheckFailed:
    """Return the error for a file that cannot be read, in plain words."""
    name, reason = _shown(path), getattr(error, "errno", None)
    if reason == errno.ENOENT and len(alike(path)) > 1:
        return CheckFailed(
            "photo_missing", f"Several names look like {name}, but none is exactly that. Rename the one you mean."
        )
    if reason == errno.ENOENT and os.path.islink(path):
        return CheckFailed("photo_missing", f"{name} is a link to a file that is not there. Choose the photo itself.")
    if reason == errno.ENOENT and not os.path.isdir(path.parent):
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
    """Return a path for a message: plain, in quotes, and if it is long only its end, which has the name."""
    text = plain(str(path))
    return f'"…{text[1 - _LONGEST_SHOWN :]}"' if len(text) > _LONGEST_SHOWN else f'"{text}"'
