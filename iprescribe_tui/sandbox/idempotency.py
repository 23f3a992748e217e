"""The same request twice has one effect: the second gets the first one's answer (`Idempotency-Key`)."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import delete, not_, select
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.problems import Refusal, Refused
from iprescribe_tui.sandbox.tables import SavedAnswer

LIFETIME: Final = timedelta(hours=24)
DIGEST_MARK: Final = "2:"
"""Stands before each digest of a request. Without it are those of former versions, which were of secrets too."""


_UNDER_WAY: Final = 0
_SHORTEST: Final = 22
"""Characters that 128 random bits take in base 64."""
_LEAST_VARIED: Final = 8


def is_unguessable(key: str) -> bool:
    """Return whether a key can have been drawn at random, so that nobody but its owner has it."""
    return len(key) >= _SHORTEST and len(set(key)) >= _LEAST_VARIED


@dataclass(frozen=True)
class Call:
    """A POST: whose (`scope`), a digest of its key, and one of where it went and what it said that is not secret."""

    scope: str
    key: str
    digest: str


@dataclass(frozen=True)
class Answer:
    """What a request is answered with; `subject` is what a repeated answer is built from."""

    status: int
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""


def _fails(refusal: Refusal) -> bool:
    return refusal.status >= 500


def once(
    db: Session,
    call: Call,
    now: datetime,
    work: Callable[[], Answer],
    again: Callable[[str], Answer],
    passes: Callable[[Refusal], bool] = _fails,
) -> Answer:
    """Do `work` and keep what it came to; where that was done before, build its answer `again` from its subject.

    Nothing secret is kept: a refusal holds none, and of a success only its subject stays, or the one that the answer
    built `again` has. A refusal that `passes`, as
    those of the 500s do, is not kept, since the same request may fare better.
    Raises Refused (422) for a key that came with something else.
    """
    saved = db.scalar(select(SavedAnswer).where(SavedAnswer.scope == call.scope, SavedAnswer.key == call.key))
    if saved is not None:
        return _replayed(saved, call, again)
    row = SavedAnswer(scope=call.scope, key=call.key, body_digest=call.digest, saved_at=now)
    db.add(row)
    # Another request with this key fails here, on the unique constraint, and begins anew as a repetition.
    db.flush()
    try:
        answer = work()
    except Refused as refused:
        if passes(refused.refusal):
            db.delete(row)
        else:
            row.status = refused.refusal.status
            row.problem = {"refusal": refused.refusal.saved(), "with_current": refused.with_current}
        raise
    row.status, row.subject = answer.status, answer.subject
    return answer


def _replayed(saved: SavedAnswer, call: Call, again: Callable[[str], Answer]) -> Answer:
    if not hmac.compare_digest(saved.body_digest, call.digest):
        raise key_reused("This Idempotency-Key was sent with something else before.")
    if saved.problem is not None:
        problem: dict[str, Any] = saved.problem
        raise Refused(Refusal.restored(problem["refusal"]), with_current=problem["with_current"])
    answer = again(saved.subject)
    saved.subject = answer.subject or saved.subject
    return answer


def key_reused(says: str) -> Refused:
    """Refuse a key that has had its request."""
    return Refused(
        Refusal(422, "idempotency_key_reused", "The key was used before", f"{says} A new request needs a new key.")
    )


def forget_old(db: Session, now: datetime) -> None:
    """Remove answers that are no longer repeated."""
    db.execute(delete(SavedAnswer).where(SavedAnswer.saved_at < now - LIFETIME))


def forget_former(db: Session) -> None:
    """Remove what a former version saved: from its digests, secrets could be guessed."""
    db.execute(delete(SavedAnswer).where(not_(SavedAnswer.body_digest.startswith(DIGEST_MARK))))


def forget_saved(db: Session, scope: str) -> None:
    """Remove the answers to all calls of `scope` but one that is under way, whose answer may get lost yet."""
    db.execute(delete(SavedAnswer).where(SavedAnswer.scope == scope, SavedAnswer.status != _UNDER_WAY))
