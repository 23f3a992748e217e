"""Checks that nobody but the user and root can change or replace a file, as StrictModes of sshd demands of keys."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

HAS_OWNERS = hasattr(os, "geteuid")


@dataclass(frozen=True)
class Flaw:
    """Reason not to use a file or folder: `message` names path and cause, `advice` is a clause."""

    path: Path
    message: str
    advice: str
    is_closed_by_chmod: bool = False

    def __str__(self) -> str:
        return f"{self.message} Nothing is kept there. To continue, {self.advice}."

    @property
    def refusal(self) -> str:
        """The cause, and what to do about it, in sentences."""
        return f"{self.message} To continue, {self.advice}."


def flaw_at(path: Path, another: str, *, is_private: bool = False) -> Flaw | None:
    """Return a flaw if other users can change or replace a file or folder or, if it is private, read it; else None.

    It may belong to root. `another` advises to choose another, as a clause. None for what is missing, and for devices.
    """
    if not HAS_OWNERS:
        return None
    try:
        link, there = path.lstat(), path.stat()
    except OSError:
        return None  # reported by the code that opens it
    if not (stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)):
        return None
    if owner := _stranger_of(link, there):
        return Flaw(path, f"{path} belongs to {name_of(owner)}, who can change it.", another)
    mode, close = stat.S_IMODE(there.st_mode), "700" if stat.S_ISDIR(there.st_mode) else "600"
    if mode & _others(there.st_gid):
        close = close if is_private else "go-w"
        message = f"{path} can be changed by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod {close} {path}), or {another}")
    if is_private and mode & 0o077:
        message = f"{path} can be read by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod {close} {path}), or {another}")
    return flaw_above(path, another)


def flaw_above(path: Path, another: str) -> Flaw | None:
    """Return a flaw if others can replace a file or folder, which may not exist yet, through a parent; else None."""
    for above in dict.fromkeys((*path.parents, *path.resolve().parents)):
        try:
            link, there = above.lstat(), above.stat()
        except OSError:
            continue  # it does not exist yet
        if owner := _stranger_of(link, there):
            message = f"{above}, in which {path} lies, belongs to {name_of(owner)}, who can replace what is in it."
            return Flaw(above, message, another)
        mode = stat.S_IMODE(there.st_mode)
        if mode & _others(there.st_gid) and not mode & stat.S_ISVTX:
            message = f"{above}, in which {path} lies, can be changed by other users of this machine ({mode:04o})."
            return Flaw(above, message, f"close it to them (chmod go-w {above}), or {another}")
    return None


def name_of(user: int) -> str:
    """Return another user in words."""
    import pwd

    try:
        return f"another user ({pwd.getpwuid(user).pw_name})"
    except KeyError:
        return f"another user (number {user})"


def _stranger_of(link: os.stat_result, there: os.stat_result) -> int | None:
    """Return the owner of a link, or of what it leads to, if that is neither this user nor root."""
    owners = (link.st_uid, there.st_uid)
    return next((user for user in owners if user not in (0, os.geteuid()) and _is_known(user)), None)


def _others(group: int) -> int:
    """Return the bits of a mode that let others write to what belongs to `group`."""
    return 0o002 if _is_own_group(group) else 0o022


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
