"""State folder: checks that it is a folder, and that only the user can change it, as ssh does for keys."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

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

_HAS_OWNERS = hasattr(os, "geteuid")
_ANOTHER = "choose another folder with --state-dir DIR"


@dataclass(frozen=True)
class Flaw:
    """Reason not to use a state folder: `message` names path and cause, `advice` is a clause."""

    path: Path
    message: str
    advice: str
    is_closed_by_chmod: bool = False

    def __str__(self) -> str:
        return f"{self.message} Nothing is kept there. To continue, {self.advice}."


def flaw_of(folder: Path) -> Flaw | None:
    """Return the first flaw of `folder`, of its contents, or of its parents; None if it is safe.

    A folder that does not exist is safe if it can be made, that is, if no file is in its path.
    """
    for path in (folder, *(folder / name for name in PARTS)):
        if flaw := _flaw_at(path):
            return flaw
    if not _HAS_OWNERS:
        return None
    whole = (path for name in _WHOLE for path in (folder / name, *(folder / name).rglob("*")))
    inside = (*(folder / name for name in FILES), *whole)
    return next(filter(None, map(_flaw_inside, inside)), None) or _flaw_above(folder)


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
    return flaw or (_flaw_above(path) if is_link else None)


def _flaw_above(folder: Path) -> Flaw | None:
    """Return a flaw if others can replace `folder` through a parent, as StrictModes of sshd checks."""
    for above in dict.fromkeys((*folder.parents, *folder.resolve().parents)):
        try:
            link, there = above.lstat(), above.stat()
        except OSError:
            continue  # it does not exist yet
        owners = [each for each in (link.st_uid, there.st_uid) if each not in (0, os.geteuid()) and _is_known(each)]
        if owners:
            message = (
                f"{above}, in which {folder} lies, belongs to {_name_of(owners[0])}, who can replace what is in it."
            )
            return Flaw(above, message, _ANOTHER)
        mode = stat.S_IMODE(there.st_mode)
        others = mode & (0o002 if _is_own_group(there.st_gid) else 0o022)
        if others and not mode & stat.S_ISVTX:
            message = f"{above}, in which {folder} lies, can be changed by other users of this machine ({mode:04o})."
            return Flaw(above, message, f"close it to them (chmod go-w {above}), or {_ANOTHER}")
    return None


def _is_known(user: int) -> bool:
    """Return whether `user` belongs to this system; in a container, all outside users, root included, look like one."""
    try:
        lines = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return True
    ranges = (tuple(map(int, line.split())) for line in lines)
    return any(first <= user < first + count for first, _, count in ranges)


def _is_own_group(group: int) -> bool:
    """Return whether `group` is the user's own and has no other member, as made by Debian and Fedora."""
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name == user and not set(found.gr_mem) - {user}


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
    return _open_to_others(path, there, target) if _HAS_OWNERS else None


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
        message = f"{what} belongs to {_name_of(owners[0])}, who can read and change what is in it."
        return Flaw(path, message, _ANOTHER)
    mode = stat.S_IMODE(target.st_mode) if target else 0
    if mode & 0o022:
        message = f"{what} can be changed by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod 700 {path}), or {_ANOTHER}", True)
    return None


def _name_of(user: int) -> str:
    import pwd

    try:
        return f"another user ({pwd.getpwuid(user).pw_name})"
    except KeyError:
        return f"another user (number {user})"
