"""Reading of regular files only: a pipe could block, and a device has no end."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_OPEN: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NOT_A_FILE: Final = "It is a device or a pipe, not a file"


def opened(path: Path) -> BinaryIO:
    """Open the file at `path` for reading, without blocking. Raises `OSError`, also if it is not a regular file.

    The null device counts as an empty file, for use as an empty config file.
    """
    _must_be_regular(path.stat(), path)  # opening some devices has effects
    file = os.fdopen(os.open(path, _OPEN), "rb")
    try:
        _must_be_regular(os.fstat(file.fileno()), path)
    except OSError:
        file.close()
        raise
    return file


def text_of(path: Path, most: int = 1024 * 1024) -> str:
    """Return the UTF-8 text in the file at `path`, with each line end as one newline.

    Raises `OSError`, also if it is not a regular file or is longer than `most` bytes, and `UnicodeDecodeError`.
    """
    with opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"It is longer than {most:,} bytes", str(path))
    return content.decode().replace("\r\n", "\n").replace("\r", "\n")


def _must_be_regular(there: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    is_null = stat.S_ISCHR(there.st_mode) and there.st_rdev == os.stat(os.devnull).st_rdev
    if not (stat.S_ISREG(there.st_mode) or is_null):
        raise OSError(errno.EINVAL, _NOT_A_FILE, str(path))
