"""Database of the sandbox: transactions that hold on SQLite and on PostgreSQL."""

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from iprescribe_tui.sandbox.store.tables import Base

_WITHIN: ContextVar[bool] = ContextVar("within a transaction", default=False)

UtcClock = Callable[[], datetime]
"""Function that returns the time, in UTC."""

T = TypeVar("T")

_ATTEMPTS: Final = 5
_PATIENCE: Final = 15.0
"""Seconds that SQLite waits for another process."""
UNWRITABLE: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
"""Primary result codes of SQLite for data that the disk does not take."""
_SCHEMA_LOCK: Final = 4_702_115  # any number, as long as all processes use the same


class Store:
    """Database: `reading` for questions, `writing` for changes.

    `file` is SQLite's file, None for a server or memory.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._lite = parsed.get_backend_name() == "sqlite"
        self.file = file_of(parsed) if self._lite else None
        options: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE}} if self._lite else {"pool_pre_ping": True}
        self._engine = create_engine(parsed, hide_parameters=True, pool_size=8, max_overflow=32, **options)
        if self._lite:
            _tame_sqlite(self._engine)
        self._writer = self._engine.execution_options(writing=True)
        with self._writer.begin() as connection:
            if not self._lite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
            Base.metadata.create_all(connection)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session whose changes are discarded; no autoflush sends them to the database meanwhile."""
        with transaction(), Session(self._engine, autoflush=False) as session:
            yield session

    def writing(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction; after a conflict, start it again, at most four times.

        Raises FileNotFoundError if the file was removed: SQLite would keep writing into nothing.
        """
        if self.file and not self.file.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.file))
        # PostgreSQL ends one of two that wait for each other. SQLite's have waited long enough when they give up.
        again = (IntegrityError, StaleDataError) if self._lite else (IntegrityError, StaleDataError, OperationalError)
        for _ in range(_ATTEMPTS - 1):
            with suppress(*again):
                return self._write(work)
        return self._write(work)

    def _write(self, work: Callable[[Session], T]) -> T:
        with transaction(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            return work(session)

    def hold(self, db: Session, name: str) -> None:
        """Hold `name` alone until the transaction ends; SQLite's writers take turns anyway."""
        if not self._lite:
            db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def empty_log(self) -> None:
        """Empty SQLite's write-ahead log, where deleted values stay; not while a process or thread uses it."""
        if self.file and self.file.exists():
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self.file, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def file_of(url: URL) -> Path | None:
    """Return the file in which SQLite keeps the database of `url`; None for memory, or a file named as a URI."""
    name = url.database or ":memory:"
    return None if name == ":memory:" or name.startswith("file:") else Path(name).absolute()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Turn on the write-ahead log; SQLite itself does not wait while another process does the same."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode & 0xFF in UNWRITABLE or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _tame_sqlite(engine: Engine) -> None:
    """Let processes share the file, and start transactions explicitly: writers take their turn at once."""

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, record: object) -> None:
        connection.isolation_level = None  # sqlite3 would otherwise begin transactions of its own
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")  # nosemgrep: statements-hold-no-values - those of the line above
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """Mark this thread as within a transaction."""
    token = _WITHIN.set(True)
    try:
        yield
    finally:
        _WITHIN.reset(token)


def demand_outside() -> None:
    """Raise RuntimeError within a transaction, where slow work would hold up others."""
    if _WITHIN.get():
        raise RuntimeError("slow work within a transaction")
