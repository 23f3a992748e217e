"""Idempotency of POST: a request sent twice with one `Idempotency-Key` has one effect, and gets the same response."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal
from iprescribe_tui.sandbox.store.tables import SavedResponseRow

_SHORTEST: Final = 22
"""Characters of base 64 for 128 random bits."""
_LEAST_VARIED: Final = 8
_UNAUTHORIZED: Final = 401


def is_unguessable(key: str) -> bool:
    """Return whether a key can be random, so that only its owner has it."""
    return len(key) >= _SHORTEST and len(set(key)) >= _LEAST_VARIED


@dataclass(frozen=True)
class IdempotentCall:
    """POST request: whose it is (`scope`), and digests of its key and of path and values that are not secret.

    `digest` is made with the key in memory, since a secret may have been typed into a field that is none. The call
    `is_anyones` if neither a session nor the key tells whose it is, so that nothing is saved of it.
    """

    scope: str
    key: str
    digest: str
    is_anyones: bool = False

    def owned_by(self, scope: str) -> Self:
        """Return the call as one of a session, which `scope` names: nobody else's key is the same, however simple."""
        return replace(self, scope=scope, is_anyones=False)


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

    A call that may be anyone's is done each time: under a guessed key, a stranger would get or spoil another's answer.
    No secret is saved: of a success only the subject stays, replaced by that of `again`. Of refusals none is saved that
    is a form's, which may repeat what was typed into the wrong field; that is of a wrong password or token (401), since
    the right one may come under the same key; or that `passes`, by default of 500 and above.
    Raises ProblemError: from `work`, as saved, or (422) if the key was used for another request.
    """
    if call.is_anyones:
        return work()
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
        refusal = refused.refusal
        if refusal.is_of_form or refusal.status == _UNAUTHORIZED or passes(refusal):
            db.delete(row)
        else:
            row.status = refusal.status
            row.problem = {"refusal": refusal.saved(), "with_current": refused.with_current}
        raise
    row.status, row.subject = response.status, response.subject
    return response


def _replayed(saved: SavedResponseRow, call: IdempotentCall, again: Callable[[str], SavedResponse]) -> SavedResponse:
    key, _, _ = saved.body_digest.rpartition(":")
    # Saved with the key of an earlier login, it cannot be compared: its own key is owner enough.
    if call.digest.startswith(f"{key}:") and not hmac.compare_digest(saved.body_digest, call.digest):
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
