"""Private files, written whole or not at all, and explanations of disk errors."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import Final, TextIO

PROBE: Final = 64 * 1024
"""Bytes written to test a disk; no draft is longer."""

_CAUSES: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the disk can only be read",
    errno.ENOENT: "the folder is gone",
}
_RIGHTS: Final = "Give yourself the right to write there, or choose another folder with --state-dir DIR"
_ADVICE: Final = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Delete files of yours on that disk",
    errno.EROFS: "Make that disk writable, or choose another folder with --state-dir DIR",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOENT: "Leave and start again",
}


def cause_of(failed: OSError) -> str:
    """Return why something could not be written, as a clause with the system's own words."""
    system = failed.strerror or type(failed).__name__
    plain = _CAUSES.get(failed.errno or 0, "")
    return f"{plain} ({system})" if plain else system


def advice_for(failed: OSError) -> str:
    """Return advice on a disk error, as a sentence without its period."""
    return _ADVICE.get(failed.errno or 0, "Check that folder, or choose another with --state-dir DIR")


def trouble_in(folder: Path) -> OSError | None:
    """Return the error that keeps `PROBE` bytes from being written in `folder`, None if there is none."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE))
            probe.flush()
    except OSError as failed:
        return failed
    return None


def make_private(*folders: Path) -> None:
    """Make `folders`, and parents of the first, if missing, for this user only. Raises `OSError`."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=folder is folders[0], exist_ok=True)


def write_private(file: Path, write: Callable[[TextIO], object]) -> None:
    """Replace `file` by the output of `write`, for this user only (0600); after an error, the old file stays whole.

    Raises `OSError`, and leaves no partial file behind.
    """
    with _passing(file, write) as passing:
        passing.replace(file)


def create_private(file: Path, write: Callable[[TextIO], object]) -> None:
    """Write `file` whole, as `write_private` does, unless it exists: of several writers at once, one succeeds.

    Raises `OSError`, except for a file that exists.
    """
    with _passing(file, write) as passing, suppress(FileExistsError):
        os.link(passing, file)


@contextmanager
def _passing(file: Path, write: Callable[[TextIO], object]) -> Iterator[Path]:
    """Yield a file beside `file` with the output of `write`, for this user only; it exists until the block ends."""
    passing = file.with_name(f"{file.name}.{os.getpid()}.{get_ident()}")
    try:
        with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            write(out)
        yield passing
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)
