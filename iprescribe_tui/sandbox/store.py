"""What the sandbox remembers: tables, and transactions that hold on SQLite and on PostgreSQL."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import (
    JSON,
    Dialect,
    Engine,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import DateTime, TypeDecorator

Clock = Callable[[], datetime]
"""Tells the time, in UTC."""

T = TypeVar("T")

_ATTEMPTS: Final = 5
_PATIENCE: Final = 15.0
"""How many seconds SQLite waits for another process to finish."""
_SCHEMA_LOCK: Final = 4_702_115  # any number will do, as long as every process takes the same


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite knows no time zones, so none is stored."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone on the way in."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add it on the way out."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables."""

    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON, str: String}


class Registration(Base):
    """One registration. `answers` are by step, without secrets; `memory` is what personas' quirks have done.

    `path` are the steps gone through to get to `step`, `holds` the steps whose outcome holds (see `policy`).
    `wake_at` is when the view changes by itself: a lock ends, a link expires.
    """

    __tablename__ = "registrations"

    id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    npi: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    step: Mapped[str]
    path: Mapped[list[str]] = mapped_column(default=list)
    holds: Mapped[list[str]] = mapped_column(default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    memory: Mapped[dict[str, Any]] = mapped_column(default=dict)
    username: Mapped[str | None]
    username_key: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    idme_account_id: Mapped[str | None] = mapped_column(ForeignKey("idme_accounts.id", ondelete="SET NULL"))
    locked_until: Mapped[datetime | None]
    locked_reason: Mapped[str] = mapped_column(default="")
    wake_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": revision, "version_id_generator": False}


class IdmeAccount(Base):
    """An account at the sandbox's stand-in for ID.me; `finished` once its recovery code was saved.

    `email_key` is None until the e-mail is confirmed: until then the address is nobody's.
    """

    __tablename__ = "idme_accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    finished: Mapped[bool] = mapped_column(default=False)
    second_factor: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    totp_ident: Mapped[str] = mapped_column(default="")
    totp_used: Mapped[int] = mapped_column(default=0)
    recovery_ident: Mapped[str] = mapped_column(default="")
    verified: Mapped[bool] = mapped_column(default=False)
    verified_npi: Mapped[str] = mapped_column(default="")


class Challenge(Base):
    """A code, a link or both, derived from `id`: nothing here can be answered without the server's key."""

    __tablename__ = "challenges"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    link_digest: Mapped[str] = mapped_column(unique=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    void: Mapped[bool] = mapped_column(default=False)


class Message(Base):
    """A message that was "sent": its words are made anew from template and challenge whenever it is read."""

    __tablename__ = "messages"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[str | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    challenge_id: Mapped[str | None] = mapped_column(ForeignKey("challenges.id", ondelete="CASCADE"))
    channel: Mapped[str]
    recipient: Mapped[str]
    template: Mapped[str]
    params: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime]


class Tries(Base):
    """How often something was tried by one subject (a digest) since `since`."""

    __tablename__ = "tries"

    what: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    latest: Mapped[datetime]


class TokenFamily(Base):
    """All tokens that come from one sign-in; revoked together."""

    __tablename__ = "token_families"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    revoked: Mapped[bool] = mapped_column(default=False)


class Token(Base):
    """An access or refresh token, as its SHA-256."""

    __tablename__ = "tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    family_id: Mapped[str] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    expires_at: Mapped[datetime]
    used: Mapped[bool] = mapped_column(default=False)


class EvidenceRow(Base):
    """A photo, which lies in a file named by its id."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    step: Mapped[str]
    slot: Mapped[str]
    digest: Mapped[str]
    size: Mapped[int]


class Handoff(Base):
    """A step's photos are taken with a phone; its code is derived from `id`, and only its digest is here.

    A registration has one at most: a code that was used, replaced or given up finds nothing. `received` holds the
    ids of the photos by slot, `says` what was wrong with the last ones.
    """

    __tablename__ = "handoffs"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), unique=True)
    step: Mapped[str]
    code_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    document: Mapped[str] = mapped_column(default="")
    received: Mapped[dict[str, Any]] = mapped_column(default=dict)
    says: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SavedAnswer(Base):
    """What a POST was answered with: `problem` whole, or how to build the answer again."""

    __tablename__ = "saved_answers"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    scope: Mapped[str]
    key: Mapped[str]
    body_digest: Mapped[str]
    saved_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(default="")
    problem: Mapped[dict[str, Any] | None]


class SupportRequest(Base):
    """What somebody asked support."""

    __tablename__ = "support_requests"

    reference: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str | None]
    category: Mapped[str]
    message: Mapped[str]
    contact: Mapped[str]
    sent_at: Mapped[datetime]


class Store:
    """A database: `reading` for questions, `writing` for whatever changes something."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._lite = parsed.get_backend_name() == "sqlite"
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
        """A session whose changes are thrown away."""
        with Session(self._engine) as session:
            yield session

    def writing(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction, again from the start where another one got in between."""
        # PostgreSQL ends one of two that wait for each other. SQLite's have waited long enough when they give up.
        again = (IntegrityError, StaleDataError) if self._lite else (IntegrityError, StaleDataError, OperationalError)
        for _ in range(_ATTEMPTS - 1):
            with suppress(*again):
                return self._write(work)
        return self._write(work)

    def _write(self, work: Callable[[Session], T]) -> T:
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            return work(session)

    def hold(self, db: Session, name: str) -> None:
        """Let nobody else hold `name` until the transaction ends; SQLite's writers take turns anyway."""
        if not self._lite:
            db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Turn the write-ahead log on, for which SQLite itself does not wait while another process does the same."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _tame_sqlite(engine: Engine) -> None:
    """Let several processes share the file, and transactions begin where we say: writers take their turn at once."""

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, record: object) -> None:
        connection.isolation_level = None  # sqlite3 would otherwise begin transactions of its own
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
