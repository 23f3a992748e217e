"""The state folder: whether it is a folder, and the user's own, as ssh asks of its keys."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

PARTS = ("drafts", "receipts", "sandbox")
"""The folders in it."""

FILES = ("sandbox.log", "sandbox/sandbox.db", "sandbox/server.key")
"""The files in it that are opened by name."""

_HAS_OWNERS = hasattr(os, "geteuid")
_ANOTHER = "choose another folder with --state-dir DIR"


@dataclass(frozen=True)
class Flaw:
    """Why a state folder must not be used: `says` names the path and the cause, `advice` is a clause."""

    path: Path
    says: str
    advice: str
    is_closed_by_chmod: bool = False

    def __str__(self) -> str:
        return f"{self.says} Nothing is kept there. To continue, {self.advice}."


def flaw_of(folder: Path) -> Flaw | None:
    """Return what is wrong with `folder`, or with a folder of the program's in it; None where all is well.

    What is not there yet is well, if it can be made: nothing on the way to it is a file.
    """
    for path in (folder, *(folder / name for name in PARTS)):
        if flaw := _flaw_at(path):
            return flaw
    if not _HAS_OWNERS:
        return None
    return next(filter(None, (_flaw_of_file(folder / name) for name in FILES)), None) or _flaw_above(folder)


def _flaw_of_file(file: Path) -> Flaw | None:
    """Return a flaw where another user owns a file or the link to it, or may write to it."""
    try:
        there = file.lstat()
        target = file.stat() if stat.S_ISLNK(there.st_mode) else there
    except OSError:
        return None
    flaw = _open_to_others(file, there, target) if stat.S_ISREG(target.st_mode) else None
    if flaw and flaw.is_closed_by_chmod:
        return Flaw(file, flaw.says, f"close it to them (chmod 600 {file}), or {_ANOTHER}")
    return flaw


def _flaw_above(folder: Path) -> Flaw | None:
    """Return a flaw where others can put another folder in the place of `folder`, as StrictModes of sshd asks."""
    for above in dict.fromkeys((*folder.parents, *folder.resolve().parents)):
        try:
            there = above.stat()
        except OSError:
            continue  # it is not there yet
        mode = stat.S_IMODE(there.st_mode)
        others = mode & (0o002 if _is_own_group(there.st_gid) else 0o022)
        if others and not mode & stat.S_ISVTX:
            says = f"{above}, in which {folder} lies, can be changed by other users of this machine ({mode:04o})."
            return Flaw(above, says, f"close it to them (chmod go-w {above}), or {_ANOTHER}")
    return None


def _is_own_group(group: int) -> bool:
    """Return whether nobody else is in `group`: each user's own, as Debian and Fedora make it."""
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
        return None  # whoever writes there says so
    except OSError as failed:
        return Flaw(path, f"{path} can't be used: {failed.strerror}.", _ANOTHER)
    if not stat.S_ISDIR(target.st_mode):
        return _not_a_folder(path)
    return _open_to_others(path, there, target) if _HAS_OWNERS else None


def _not_a_folder(path: Path) -> Flaw:
    if path.is_symlink():
        return Flaw(path, f"{path} is a link to {path.readlink()}, which isn't a folder.", _ANOTHER)
    return Flaw(path, f"{path} is a file, not a folder.", f"{_ANOTHER}, or set HOME to a folder")


def _open_to_others(path: Path, there: os.stat_result, target: os.stat_result) -> Flaw | None:
    """Return a flaw where another user owns the folder or the link to it, or may write to it."""
    what = f"{path}, a link to {path.resolve()}," if there is not target else f"{path}"
    owners = [each.st_uid for each in (there, target) if each.st_uid != os.geteuid()]
    if owners:
        says = f"{what} belongs to {_name_of(owners[0])}, who can read and change what is in it."
        return Flaw(path, says, _ANOTHER)
    mode = stat.S_IMODE(target.st_mode)
    if mode & 0o022:
        says = f"{what} can be changed by other users of this machine ({mode:04o})."
        return Flaw(path, says, f"close it to them (chmod 700 {path}), or {_ANOTHER}", True)
    return None


def _name_of(user: int) -> str:
    import pwd

    try:
        return f"another user ({pwd.getpwuid(user).pw_name})"
    except KeyError:
        return f"another user (number {user})"
