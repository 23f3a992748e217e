"""State folder: checks that it is a folder, and that only the user can change it, as ssh does for keys."""

import os
import stat
from pathlib import Path

from iprescribe_tui.system.ownership import HAS_OWNERS, Flaw, flaw_above, name_of

PARTS = ("drafts", "receipts", "sandbox")
"""Folders in the state folder."""

FILES = (
    "sandbox.log",
    *(f"sandbox/sandbox.{kind}" for kind in ("db", "db-wal", "db-shm", "db-journal", "lock")),
    "sandbox/server.key",
)
"""Files in the state folder that are opened by name."""

_WHOLE = ("drafts", "receipts", "sandbox/evidence")
"""Folders in the state folder that are checked with all their contents."""

_ANOTHER = "choose another folder with --state-dir DIR"


def flaw_of(folder: Path) -> Flaw | None:
    """Return the first flaw of `folder`, of its contents, or of its parents; None if it is safe.

    A folder that does not exist is safe if it can be made, that is, if no file is in its path.
    """
    for path in (folder, *(folder / name for name in PARTS)):
        if flaw := _flaw_at(path):
            return flaw
    if not HAS_OWNERS:
        return None
    whole = (path for name in _WHOLE for path in (folder / name, *(folder / name).rglob("*")))
    inside = (*(folder / name for name in FILES), *whole)
    return next(filter(None, map(_flaw_inside, inside)), None) or flaw_above(folder, _ANOTHER)


def _flaw_inside(path: Path) -> Flaw | None:
    """Return a flaw if another user owns, can change, or can replace a file or folder, or the link to it."""
    try:
        there = path.lstat()
    except OSError:
        return None
    is_link = stat.S_ISLNK(there.st_mode)
    try:
        target = path.stat() if is_link else there
    except OSError:
        target = None  # the link leads to nothing yet
    flaw = _open_to_others(path, there, target)
    if flaw and flaw.is_closed_by_chmod and target:
        kind = "700" if stat.S_ISDIR(target.st_mode) else "600"
        return Flaw(path, flaw.message, f"close it to them (chmod {kind} {path}), or {_ANOTHER}")
    return flaw or (flaw_above(path, _ANOTHER) if is_link else None)


def _flaw_at(path: Path) -> Flaw | None:
    try:
        there = path.lstat()
        target = path.stat() if stat.S_ISLNK(there.st_mode) else there
    except FileNotFoundError:
        return _not_a_folder(path) if path.is_symlink() else None
    except NotADirectoryError:
        return _not_a_folder(next(above for above in path.parents if os.path.lexists(above)))
    except PermissionError:
        return None  # reported by the code that writes there
    except OSError as failed:
        return Flaw(path, f"{path} can't be used: {failed.strerror}.", _ANOTHER)
    if not stat.S_ISDIR(target.st_mode):
        return _not_a_folder(path)
    return _open_to_others(path, there, target) if HAS_OWNERS else None


def _not_a_folder(path: Path) -> Flaw:
    if path.is_symlink():
        return Flaw(path, f"{path} is a link to {path.readlink()}, which isn't a folder.", _ANOTHER)
    return Flaw(path, f"{path} is a file, not a folder.", f"{_ANOTHER}, or set HOME to a folder")


def _open_to_others(path: Path, there: os.stat_result, target: os.stat_result | None) -> Flaw | None:
    """Return a flaw if another user owns the folder or the link to it, or can write to it.

    `target` is what a link leads to, None if that does not exist.
    """
    what = f"{path}, a link to {path.resolve()}," if there is not target else f"{path}"
    owners = [each.st_uid for each in (there, target) if each and each.st_uid != os.geteuid()]
    if owners:
        message = f"{what} belongs to {name_of(owners[0])}, who can read and change what is in it."
        return Flaw(path, message, _ANOTHER)
    mode = stat.S_IMODE(target.st_mode) if target else 0
    if mode & 0o022:
        message = f"{what} can be changed by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod 700 {path}), or {_ANOTHER}", True)
    return None
