"""Checks that nobody but the user and root can change or replace a file, as StrictModes of sshd demands of keys."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HAS_OWNERS = hasattr(os, "geteuid")

_MOST_ON_THE_WAY = 1000
"""Paths that are looked at: more than Linux follows, which stops at 40 links."""


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
    if mode & _others(path, there.st_gid):
        close = close if is_private else "go-w"
        message = f"{path} can be changed by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod {close} {path}), or {another}")
    if is_private and mode & 0o077:
        message = f"{path} can be read by other users of this machine ({mode:04o})."
        return Flaw(path, message, f"close it to them (chmod {close} {path}), or {another}")
    return flaw_above(path, another)


def flaw_above(path: Path, another: str) -> Flaw | None:
    """Return a flaw if others can replace a file or folder, which may not exist yet, or a link to it; else None.

    They can through a parent of the path, or of any link on the way.
    """
    for above, is_folder in _on_the_way(path).items():
        try:
            link, there = above.lstat(), above.stat()
        except OSError:
            continue  # it does not exist yet
        if owner := _stranger_of(link, there):
            message = f"{above}, on the way to {path}, belongs to {name_of(owner)}, who can replace what is there."
            return Flaw(above, message, another)
        mode = stat.S_IMODE(there.st_mode)
        if is_folder and mode & _others(above, there.st_gid) and not mode & stat.S_ISVTX:
            message = f"{above}, on the way to {path}, can be changed by other users of this machine ({mode:04o})."
            return Flaw(above, message, f"close it to them (chmod go-w {above}), or {another}")
    return None


def _on_the_way(path: Path) -> dict[Path, bool]:
    """Return the parents of `path` (True), the targets of all links on the way to it (False), and their parents."""
    found: dict[Path, bool] = {}
    left = [path.absolute()]
    while left and len(found) < _MOST_ON_THE_WAY:
        target = left.pop()
        for part in (target, *target.parents):
            is_folder = part != target
            if part not in found or is_folder > found[part]:
                found[part] = is_folder
                with suppress(OSError):  # it is no link
                    left.append(part.parent / part.readlink())
    del found[path.absolute()]
    return found


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


def _others(path: Path, group: int) -> int:
    """Return the bits of a mode that let others write to `path`, which belongs to `group`.

    With an access control list the bits of the group are those of all whom it names (POSIX.1e draft 17, 23.1.4).
    """
    return 0o002 if _is_own_group(group) and not _has_list(path) else 0o022


def _has_list(path: Path) -> bool:
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(path, "system.posix_acl_access"))
    except OSError:
        return False


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
