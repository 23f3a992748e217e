"""Idempotency of POST: a request sent twice with one `Idempotency-Key` has one effect, and gets the same response."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal
from iprescribe_tui.sandbox.store.tables import SavedResponseRow

_SHORTEST: Final = 22
"""Characters of base 64 for 128 random bits."""
_LEAST_VARIED: Final = 8


def is_unguessable(key: str) -> bool:
    """Return whether a key can be random, so that only its owner has it."""
    return len(key) >= _SHORTEST and len(set(key)) >= _LEAST_VARIED


@dataclass(frozen=True)
class IdempotentCall:
    """POST request: whose it is (`scope`), and digests of its key and of path and values that are not secret.

    `digest` is made with the key in memory, since a secret may have been typed into a field that is none.
    """

    scope: str
    key: str
    digest: str


@dataclass(frozen=True)
class SavedResponse:
    """Response to a request; a repeated one is built from `subject`."""

    status: int
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""


def _fails(refusal: Refusal) -> bool:
    return refusal.status >= 500


def once(
    db: Session,
    call: IdempotentCall,
    now: datetime,
    work: Callable[[], SavedResponse],
    again: Callable[[str], SavedResponse],
    passes: Callable[[Refusal], bool] = _fails,
) -> SavedResponse:
    """Do `work` and save its outcome; for a repeated call, build the response with `again` from the saved subject.

    No secret is saved: of a success only the subject stays, replaced by that of `again`, and a form's refusal, which
    may repeat what was typed into the wrong field, is not saved: a repeated call is checked again. Nor is a refusal
    that `passes`, by default of 500 and above, since the request may succeed later.
    Raises ProblemError: from `work`, as saved, or (422) if the key was used for another request.
    """
    saved = db.scalar(
        select(SavedResponseRow).where(SavedResponseRow.scope == call.scope, SavedResponseRow.key == call.key)
    )
    if saved is not None:
        return _replayed(saved, call, again)
    row = SavedResponseRow(scope=call.scope, key=call.key, body_digest=call.digest, saved_at=now)
    db.add(row)
    # A concurrent request with this key fails here, on the unique constraint, and restarts as a repetition.
    db.flush()
    try:
        response = work()
    except ProblemError as refused:
        if refused.refusal.is_of_form or passes(refused.refusal):
            db.delete(row)
        else:
            row.status = refused.refusal.status
            row.problem = {"refusal": refused.refusal.saved(), "with_current": refused.with_current}
        raise
    row.status, row.subject = response.status, response.subject
    return response


def _replayed(saved: SavedResponseRow, call: IdempotentCall, again: Callable[[str], SavedResponse]) -> SavedResponse:
    if not hmac.compare_digest(saved.body_digest, call.digest):
        raise key_reused("This Idempotency-Key was sent with something else before.")
    if saved.problem is not None:
        problem: dict[str, Any] = saved.problem
        raise ProblemError(Refusal.restored(problem["refusal"]), with_current=problem["with_current"])
    response = again(saved.subject)
    saved.subject = response.subject or saved.subject
    return response


def key_reused(message: str) -> ProblemError:
    """Return the refusal (422) of a key that was used for another request."""
    return ProblemError(
        Refusal(422, "idempotency_key_reused", "The key was used before", f"{message} A new request needs a new key.")
    )
