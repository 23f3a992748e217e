"""Recognition of failures to write: a full disk, a read-only or missing folder."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iprescribe_tui.sandbox.domain.problems import Refusal
from iprescribe_tui.sandbox.store.database import UNWRITABLE
from iprescribe_tui.system.private_files import advice_for, cause_of, trouble_in

_WRITING: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG, errno.ENOMEM}
)
_PLACES: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST})
_SERVERS: Final = {"53100": errno.ENOSPC, "25006": errno.EROFS}
"""Error numbers for PostgreSQL's disk_full and read_only_sql_transaction (its manual, appendix A)."""


@dataclass(frozen=True)
class Trouble:
    """Failure to write, and in which folder; None for a database server's."""

    cause: OSError
    folder: Path | None

    def __str__(self) -> str:
        return f"It cannot write to {self.folder or 'its database'}: {cause_of(self.cause)}."

    def refusal(self, *, names_folder: bool) -> Refusal:
        """Return the refusal (507); the folder is named only to an applicant on this machine."""
        text = str(self) if names_folder else f"It cannot write to its disk: {cause_of(self.cause)}."
        advice = advice_for(self.cause) if names_folder else "Tell the people who run it"
        title = "The sandbox cannot save anything now"
        retry = "" if self.cause.errno == errno.ENOENT else " Then retry."
        return Refusal(507, "insufficient_storage", title, f"{text} Nothing was changed. {advice}.{retry}")


def trouble_of(failed: BaseException, folder: Path, database: Path | None) -> Trouble | None:
    """Return the failure to write behind `failed`; None if there is none.

    `folder` is the sandbox's, `database` the file of its database, or None on a database server.
    """
    for each in _chain(failed):
        if isinstance(each, OSError) and _is_of_disk(each, database.parent if database else folder, folder):
            return Trouble(OSError(each.errno, each.strerror), folder)
        if isinstance(each, sqlite3.Error) and database and (cause := _of_sqlite(each, database)):
            return Trouble(cause, database.parent)
        if number := _SERVERS.get(str(getattr(each, "sqlstate", ""))):
            return Trouble(OSError(number, os.strerror(number)), None)
    return None


def _chain(failed: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that led to it."""
    seen: set[int] = set()
    while failed is not None and id(failed) not in seen:
        seen.add(id(failed))
        yield failed
        failed = getattr(failed, "orig", None) or failed.__cause__ or failed.__context__


def _is_of_disk(failed: OSError, *folders: Path) -> bool:
    """Return whether `failed` is about a file; one that is missing or misplaced counts only in `folders`."""
    if failed.errno in _WRITING:
        return True
    named = Path(os.fsdecode(failed.filename)) if isinstance(failed.filename, str | bytes) else None
    return failed.errno in _PLACES and named is not None and any(map(named.is_relative_to, folders))


def _of_sqlite(failed: sqlite3.Error, database: Path) -> OSError | None:
    """Return the system's error behind one of SQLite, which hides most of them."""
    code = getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if not database.exists():
        return OSError(errno.ENOENT, "it was removed while the sandbox ran")
    if code not in UNWRITABLE:
        return None
    return trouble_in(database.parent) or OSError(errno.EACCES, str(failed))
