"""Limits on attempts, and the locks that follow; most are from Login.gov's published configuration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.store.tables import Tries, UtcTime

SEND_GAP: Final = timedelta(seconds=10)
"""Least time between two codes to the same destination."""


@dataclass(frozen=True)
class Limit:
    """`tries` within `window` of the first; then locked until the window ends, or for `lock` after the last.

    Without a window, attempts in a row count until one succeeds.
    """

    name: str
    tries: int
    window: timedelta | None = None
    lock: timedelta | None = None


WRONG_CODE: Final = Limit("wrong_code", 10, lock=timedelta(minutes=10))
WRONG_PASSWORD: Final = Limit("wrong_password", 3, lock=timedelta(minutes=5))
SEND: Final = Limit("send", 11, window=timedelta(minutes=5))
DOCUMENTS: Final = Limit("documents", 5, window=timedelta(hours=6))
SSN: Final = Limit("ssn", 10, window=timedelta(minutes=60))
PHONE_RECORD: Final = Limit("phone_record", 5, window=timedelta(hours=6))
HANDOFF: Final = Limit("handoff", 5, window=timedelta(minutes=10))
PHONE: Final = Limit("phone", 10, window=timedelta(minutes=10))
PHOTOS: Final = Limit("photos", 60, window=timedelta(minutes=10))


@dataclass(frozen=True)
class Attempt:
    """Counted attempt: how many are left, and the end of the lock if none is."""

    left: int
    locked_until: datetime | None


def record_attempt(db: Session, limit: Limit, subject: str, now: datetime) -> Attempt:
    """Count an attempt of `subject` (a digest). Call this before checking for success, so that none is free."""
    row = _row(db, limit, subject, now)
    if _expired(row, limit, now):
        row.count, row.since = 0, now
    row.count += 1
    row.latest = now
    left = max(0, limit.tries - row.count)
    return Attempt(left, None if left else _end(row, limit))


def record_attempts(db: Session, budgets: Sequence[tuple[Limit, str]], now: datetime) -> datetime | None:
    """Count an attempt under each limit and return None; or count none and return the end of the last lock."""
    ends = [locked_until(db, limit, subject, now) for limit, subject in budgets]
    if known := [end for end in ends if end]:  # without writing anything
        return max(known)
    ordered = sorted(budgets, key=lambda budget: (budget[0].name, budget[1]))  # one order for all: no deadlock
    rows = [(_row(db, limit, subject, now), limit) for limit, subject in ordered]
    full = [_end(row, limit) for row, limit in rows if row.count >= limit.tries and not _expired(row, limit, now)]
    if full:
        return max(full)
    for row, limit in rows:
        if _expired(row, limit, now):
            row.count, row.since = 0, now
        row.count += 1
        row.latest = now
    return None


def locked_until(db: Session, limit: Limit, subject: str, now: datetime) -> datetime | None:
    """Return the end of the lock, or None if `subject` may try."""
    row = db.get(Tries, (limit.name, subject))
    if row is None or row.count < limit.tries or _expired(row, limit, now):
        return None
    return _end(row, limit)


def tries_left(db: Session, limit: Limit, subject: str, now: datetime) -> int | None:
    """Return how many attempts are left; None before the first."""
    row = db.get(Tries, (limit.name, subject))
    if row is None or row.count == 0 or _expired(row, limit, now):
        return None
    return max(0, limit.tries - row.count)


def forget(db: Session, limit: Limit, subject: str) -> None:
    """Reset the count after a success."""
    if row := db.get(Tries, (limit.name, subject)):
        db.delete(row)


def _row(db: Session, limit: Limit, subject: str, now: datetime) -> Tries:
    """Return the row, inserted if missing, locked until the transaction ends."""
    insert = text(
        "INSERT INTO tries (what, subject, count, since, latest) VALUES (:what, :subject, 0, :now, :now) "
        "ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("now", type_=UtcTime()))
    db.execute(insert, {"what": limit.name, "subject": subject, "now": now})
    return db.get_one(Tries, (limit.name, subject), with_for_update=True, populate_existing=True)


def _expired(row: Tries, limit: Limit, now: datetime) -> bool:
    if row.count >= limit.tries:
        return now >= _end(row, limit)
    return limit.window is not None and now >= row.since + limit.window


def _end(row: Tries, limit: Limit) -> datetime:
    if limit.lock is not None:
        return row.latest + limit.lock
    assert limit.window is not None, "a limit has a window or a lock"  # noqa: S101 - for the type checker
    return row.since + limit.window
