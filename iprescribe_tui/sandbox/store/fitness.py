"""Recognition of databases that this version cannot use, and setting their files aside."""

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, NullPool, Table, UniqueConstraint, create_engine, inspect, make_url
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import DatabaseError

from iprescribe_tui.sandbox.store.database import file_of
from iprescribe_tui.sandbox.store.tables import Base
from iprescribe_tui.system.ownership import HAS_OWNERS, flaw_above, flaw_at

_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")

_DAMAGED: Final = "is damaged, or is no database"
_DIFFERENT: Final = "was made by another version of this program"
_FOREIGN: Final = "belongs to another program"
_WAIT: Final = 15.0
"""Seconds that SQLite waits for another process."""

# Primary result codes of SQLite that mean damage; others, such as a full disk or a lock, say nothing about the file.
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside a database."""
_FILES: Final = (*(f"sandbox.db{ending}" for ending in _BESIDE), "sandbox.db")
_PARTS: Final = ("evidence", *_FILES)
"""Files that belong together; the database itself last, so that an interrupted set-aside starts again."""


class DatabaseUnfitError(Exception):
    """Database named by the user that cannot be used; the message says why, and what to do."""


def demand_fit(url: str) -> None:
    """Raise DatabaseUnfitError if the database at `url` is damaged, has another schema, or is a file that others can
    change or replace. Change nothing.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _demand_own_file(parsed)
    if flaw := flaw_of(url):
        raise DatabaseUnfitError(
            f"it {flaw}. Nothing was changed. Give another --database, or start the version that made it."
        )


def _demand_own_file(url: URL) -> None:
    """Raise DatabaseUnfitError unless SQLite keeps it in a file that others can neither change nor replace."""
    file = file_of(url)
    if url.query:
        raise DatabaseUnfitError(
            "SQLite takes no settings here. Leave out what follows the path, from the ? on. Nothing was changed."
        )
    if file is None:
        raise DatabaseUnfitError(
            "it names no file by its path: in memory, SQLite keeps a database for each connection, and of a file: "
            "address it isn't known who else can change the file. Give a file's full path, with four slashes before "
            "it, such as sqlite:////home/me/sandbox.db."
        )
    files = _files_of(file)
    if taken := _in_the_way(files):
        raise DatabaseUnfitError(f"it {taken}. Move it elsewhere, or give another --database. Nothing was changed.")
    another = "give another --database"
    if flaw := next(filter(None, (flaw_at(each, another) for each in files)), None) or flaw_above(file, another):
        raise DatabaseUnfitError(flaw.refusal)


def close_to_readers(url: str) -> str:
    """Close SQLite's files at `url` to other users, if they may read them; return a message for the user, or ""."""
    parsed = make_url(url)
    file = file_of(parsed) if parsed.get_backend_name() == "sqlite" and HAS_OWNERS else None
    readable = [each for each in _files_of(file) if each.exists() and each.stat().st_mode & 0o077] if file else []
    for each in readable:
        each.chmod(0o600)
    return (
        f"{file} could be read by other users of this machine. It was closed to them (chmod 600)." if readable else ""
    )


def _files_of(file: Path) -> list[Path]:
    """Return a database's file and those beside it, whether they exist or not."""
    return [file, *(file.with_name(f"{file.name}{ending}") for ending in _BESIDE)]


def set_unfit_aside(folder: Path, now: datetime) -> str:
    """Move `sandbox.db` and its photos into a folder of their own if it cannot be used; delete nothing.

    Return a message for the user, "" if all is well. Of processes that start at once, one does it. Raises OSError,
    DatabaseUnfitError, SQLAlchemyError, sqlite3.Error.
    """
    if not _flaw_in(folder):
        return ""
    with _one_at_a_time(folder):
        flaw = _flaw_in(folder)  # another process may have done it meanwhile
        return _set_aside(folder, flaw, now) if flaw else ""


def _set_aside(folder: Path, flaw: str, now: datetime) -> str:
    target = _new_folder(folder, f"set-aside-{now:%Y%m%d-%H%M%S}")
    for name in _PARTS:
        if os.path.lexists(folder / name):
            os.rename(folder / name, target / name)
    message = (
        f"The sandbox's database {flaw}, so it was set aside as {target / 'sandbox.db'}, and a new one was begun. "
        "Nothing was deleted. Registrations and usernames in the old one aren't known now: start with the NPI."
    )
    _LOG.warning("%s", message)
    return message


def _new_folder(parent: Path, name: str) -> Path:
    """Create a folder for this user alone, numbered if `name` is taken. Raises FileExistsError."""
    for number in range(1, 1000):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{parent / name} and all others like it are taken")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a lock among processes, released however this one ends. Raises DatabaseUnfitError, sqlite3.Error."""
    file = folder / "sandbox.lock"
    in_the_way = DatabaseUnfitError(f"{file} is in the way. Move it elsewhere, and start again.")
    if file.is_dir():
        raise in_the_way
    with closing(sqlite3.connect(file, timeout=_WAIT, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as failed:
            if failed.sqlite_errorcode & 0xFF not in _DAMAGE:
                raise
            raise in_the_way from None
        yield


def unreadable_in(folder: Path) -> Path | None:
    """Return a file of the sandbox that this user may not read; None if all are readable."""
    there = (folder / name for name in (*_FILES, "server.key"))
    return next((file for file in there if file.exists() and not os.access(file, os.R_OK)), None)


def _flaw_in(folder: Path) -> str:
    there = [folder / name for name in _FILES if os.path.lexists(folder / name)]
    if taken := _in_the_way(there):
        return taken
    return flaw_of(f"sqlite:///{folder / 'sandbox.db'}") if folder / "sandbox.db" in there else ""


def _in_the_way(files: Iterable[Path]) -> str:
    """Return, as a clause, what stands in the place of one of a database's files and is no file; "" for nothing."""
    for file in files:
        if os.path.lexists(file) and not file.is_file():
            return f"has {_kind_of(file)} where its file {file.name} belongs"
    return ""


def _kind_of(path: Path) -> str:
    kinds = {"a folder": path.is_dir(), "a pipe": path.is_fifo(), "a socket": path.is_socket()}
    if not path.exists():
        return "a link that leads nowhere"
    return next((name for name, holds in kinds.items() if holds), "a device")


def flaw_of(url: str) -> str:
    """Return the reason why this version cannot use a database, as a clause; "" if it can.

    Raises SQLAlchemyError if the database cannot be asked.
    """
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite"
    engine = create_engine(
        _unchanged(parsed) if is_file else parsed,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={"timeout": _WAIT} if is_file else {},
    )
    try:
        with engine.connect() as connection:
            if is_file and connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
                return _DAMAGED
            if is_file and _is_foreign(connection):
                return _FOREIGN
            return "" if _fits(connection, engine) else _DIFFERENT
    except DatabaseError as failed:
        code = getattr(failed.orig, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in _DAMAGE:
            raise
        return _DAMAGED
    finally:
        engine.dispose()


def _unchanged(url: URL) -> URL:
    """Return a URL at which SQLite does not merge an existing write-ahead log, which may be another database's."""
    file = file_of(url)
    if file is None or not file.with_name(f"{file.name}-wal").exists():
        return url
    return url.set(database=file.as_uri(), query={**url.query, "mode": "ro", "uri": "true"})


def _is_foreign(connection: Connection) -> bool:
    """Return whether there are tables, and none is ours."""
    there = inspect(connection).get_table_names()
    return bool(there) and not {*Base.metadata.tables} & {*there}


def _fits(connection: Connection, engine: Engine) -> bool:
    """Return whether the existing tables are those of this version; missing ones are created later."""
    seen = inspect(connection)
    there = set(seen.get_table_names())
    if {*Base.metadata.tables} & {*seen.get_view_names()}:
        return False
    return all(_is_ours(seen, table, engine) for name, table in Base.metadata.tables.items() if name in there)


def _is_ours(seen: Inspector, table: Table, engine: Engine) -> bool:
    """Return whether a table has our columns, keys and unique columns; extra columns must not require a value."""
    columns = {column["name"]: column for column in seen.get_columns(table.name)}
    if not {column.name for column in table.columns} <= columns.keys():
        return False
    for name, column in columns.items():
        if name not in table.columns:
            if not column["nullable"] and column["default"] is None:
                return False
            continue
        ours = table.columns[name]
        kind = ours.type.compile(engine.dialect)
        if column["type"].compile(engine.dialect) != kind or bool(column["nullable"]) != ours.nullable:
            return False
    key = [column.name for column in table.primary_key.columns]
    if seen.get_pk_constraint(table.name)["constrained_columns"] != key:
        return False
    unique = {frozenset(each["column_names"]) for each in seen.get_unique_constraints(table.name)}
    unique |= {frozenset(filter(None, each["column_names"])) for each in seen.get_indexes(table.name) if each["unique"]}
    wanted = {frozenset(each.columns.keys()) for each in table.constraints if isinstance(each, UniqueConstraint)}
    return wanted == unique
