"""Invalidation of what a former key in memory derived: codes, links, handoffs, secrets of apps, recovery codes.

They are derived so that a copy of stored data reveals none of them. A sandbox that starts with another key, such as
after the next login, ends them, and applicants have new ones sent.
"""

import hmac
import secrets
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.domain import handoffs, outbox, policy, sessions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.store.tables import Challenge, Handoff, IdmeAccountRow, Registration

KEY_REPLACED = "key_replaced"
"""Flag of a registration whose app secret was replaced."""

CODE_REPLACED = "recovery_code_replaced"
"""Flag of a registration whose recovery code was replaced."""

_DRAWN_IN: Final = "drawn_in"
"""Flag with the session in which the newest secret was drawn."""


def draw(context: RequestContext) -> str:
    """Return the name of a new secret, and close every other session, so that this one alone is shown it.

    The name is marked by the key in memory, which derives the secret from it.
    """
    context.remember(_DRAWN_IN, context.session)
    sessions.close_others(context.db, context.registration.id, context.session)
    ident = secrets.token_hex(16)
    return f"{ident}.{_mark(context.backend, ident)}"


def _of_whom_it_was_drawn(backend: Backend, db: Session, row: Registration) -> RequestContext:
    """Return a context of the session in which the newest secret was drawn."""
    return RequestContext(backend, db, row, backend.clock(), session=str(row.flags.get(_DRAWN_IN, "")))


def _mark(backend: Backend, ident: str) -> str:
    return backend.memory_key.digest("name", ident.encode())


def _is_readable(backend: Backend, name: str) -> bool:
    ident, _, mark = name.partition(".")
    return hmac.compare_digest(mark, _mark(backend, ident))


def end_unreadable(backend: Backend, db: Session) -> None:
    """Expire or replace what was derived from another key in memory."""
    now = backend.clock()
    for challenge in db.scalars(select(Challenge).where(Challenge.void.is_(False), Challenge.expires_at > now)):
        if not outbox.is_readable(backend, challenge):
            challenge.expires_at = now
            _show_anew(db, challenge.registration_id)
    for handoff in db.scalars(select(Handoff).where(Handoff.expires_at > now)):
        if not handoffs.is_readable(backend, handoff):
            handoff.expires_at = now
            _show_anew(db, handoff.registration_id)
    for account in db.scalars(select(IdmeAccountRow).where(IdmeAccountRow.totp_ident != "")):
        if not _is_readable(backend, account.totp_ident):
            _replace_app_key(backend, db, account)
    for account in db.scalars(select(IdmeAccountRow).where(IdmeAccountRow.finished.is_(False))):
        if account.recovery_ident and not _is_readable(backend, account.recovery_ident):
            _replace_recovery_code(backend, db, account)


def _show_anew(db: Session, registration_id: str) -> None:
    db.get_one(Registration, registration_id).revision += 1


def _replace_recovery_code(backend: Backend, db: Session, account: IdmeAccountRow) -> None:
    at_it = Registration.idme_account_id == account.id, Registration.step == Step.RECOVERY_CODE.value
    for row in db.scalars(select(Registration).where(*at_it)):
        context = _of_whom_it_was_drawn(backend, db, row)
        account.recovery_ident = draw(context)
        context.remember(CODE_REPLACED, True)
        row.revision += 1


def _replace_app_key(backend: Backend, db: Session, account: IdmeAccountRow) -> None:
    """Delete an app secret; registrations about to use it set up another."""
    account.totp_ident, account.totp_used = "", 0
    if account.second_factor == "app":
        account.second_factor = ""
    waiting = (Step.MFA_TOTP.value, Step.MFA_CODE.value)
    at_it = select(Registration).where(Registration.idme_account_id == account.id, Registration.step.in_(waiting))
    for row in db.scalars(at_it):
        context = _of_whom_it_was_drawn(backend, db, row)
        if policy.had_second_factor(context.state):
            context.keep(Step.IDME_SIGN_IN, **{**context.answered(Step.IDME_SIGN_IN), "second_factor": ""})
            context.state = policy.go_back(context.state, Step.IDME_SIGN_IN)
        elif context.answered(Step.MFA_CHOICE).get("method") == "app":
            account.totp_ident = draw(context)
            context.remember(KEY_REPLACED, True)
            if STEPS[row.step] is Step.MFA_CODE:
                context.state = policy.go_back(context.state, Step.MFA_TOTP)
        row.revision += 1
