"""State transitions of a registration: start, submit, back, resend, hand off, confirm a link, expire."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.forms import NpiForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import SESSION_STARTED_OVER
from iprescribe_tui.sandbox.domain import (
    accounts,
    evidence,
    handoffs,
    id_scan,
    limits,
    message_limits,
    outbox,
    policy,
    sessions,
)
from iprescribe_tui.sandbox.domain.backend import Backend, after_commit
from iprescribe_tui.sandbox.domain.checking import checked
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.housekeeping import forget_answers
from iprescribe_tui.sandbox.domain.policy import JourneyState
from iprescribe_tui.sandbox.domain.problems import locked, refused, seconds_until
from iprescribe_tui.sandbox.domain.steps import HANDLERS
from iprescribe_tui.sandbox.domain.steps.account import look_up, release_npi
from iprescribe_tui.sandbox.domain.steps.idme import HANDOFF, choose_other_account, discard_unfinished
from iprescribe_tui.sandbox.domain.steps.proofing import REFEREE
from iprescribe_tui.sandbox.store.tables import Challenge, Registration
from iprescribe_tui.system.wording import duration

_GUARDS: Final = frozenset(
    {
        *(Step.CREDENTIALS, Step.IDME_SIGN_IN, Step.IDME_SIGN_UP),
        *(Step.MFA_CHOICE, Step.MFA_PHONE, Step.MFA_TOTP, Step.MFA_CODE, Step.RECOVERY_CODE),
    }
)
"""Steps that set what opens a registration: an answer to one closes all other sessions."""

LINKED: Final = frozenset({Step.EMAIL_CONFIRMATION.value, Step.PHONE_LINK.value, REFEREE})
"""Purposes of links that complete a step when confirmed; a second factor's code is not among them."""


def open_registration(backend: Backend, db: Session, form: NpiForm, now: datetime) -> RequestContext:
    """Start a registration. Raises ProblemError: NPI not accepted (422), registered (409), registry down (503)."""
    look_up(backend, db, form.npi, now)
    release_npi(backend, db, form.npi)
    row = Registration(
        id=secrets.token_hex(16),
        revision=1,
        npi=form.npi,
        reference=accounts.new_reference("IP"),
        step=Step.NPI.value,
        history=[],
        completed=[],
        answers={Step.NPI.value: {"npi": form.npi}},
        flags={},
        created_at=now,
    )
    db.add(row)
    db.flush()
    context = RequestContext(backend, db, row, now)
    context.state = policy.advance(context.state)
    return context


def expire(context: RequestContext) -> bool:
    """Expire locks and links up to now; return whether the view changed.

    Each expiry adds one to the revision: the same for a reader, whose changes are discarded, and for the next writer.
    """
    row, before = context.registration, context.registration.revision
    while row.changes_at is not None and row.changes_at <= context.now:
        ended, row.changes_at = row.changes_at, None
        row.revision += 1
        if row.locked_until and row.locked_until <= ended:
            row.locked_until, row.locked_reason = None, ""
            challenge = context.newest(_purpose(context))
            row.changes_at = challenge.expires_at if challenge and challenge.expires_at > ended else None
    return row.revision > before


def _purpose(context: RequestContext) -> str:
    step = context.state.step
    return {Step.IDME_LAUNCH: HANDOFF, Step.PHONE_MATCH: REFEREE}.get(step, step.value)


def submit(context: RequestContext, step: Step, answers: Mapping[str, object]) -> None:
    """Take the answers to `step`.

    Raises ProblemError: locked (429), not the current step (409), refused by form or step.
    """
    _refuse_locked(context)
    state = context.state
    if not policy.may_submit(state, step):
        raise refused(
            409,
            "wrong_step",
            "This is not the step you are at",
            detail=f'"{step.heading}" cannot be answered now. Go on with the step that is shown.',
        )
    handler = HANDLERS[step]
    handler.submit(context, checked(context, step, answers, handler.options(context)))
    if step in _GUARDS and context.session:
        sessions.close_others(context.db, context.registration.id, context.session)
    if not context.stay_on_step:
        _go(context, policy.advance(context.state))


def _refuse_locked(context: RequestContext) -> None:
    if until := context.registration.lock_at(context.now):
        raise locked(until, context.registration.locked_reason, context.now)


def _go(context: RequestContext, state: JourneyState) -> None:
    """Move to another step, and do what entering it requires."""
    handoffs.close(context)
    context.state = state
    if policy.verified(state):
        _note_verified(context)
    if state.step is Step.DONE:
        _complete(context)
    _arrive(context)


def _arrive(context: RequestContext) -> None:
    handler = HANDLERS[context.state.step]
    handler.enter(context)
    if handler.locks:
        limit, subject, reason = handler.locks
        if until := context.locked_until(limit, subject(context)):
            context.lock(until, reason)


def _note_verified(context: RequestContext) -> None:
    if context.registration.idme_account_id:
        context.idme.verified, context.idme.verified_npi = True, context.registration.npi


def _complete(context: RequestContext) -> None:
    row = context.registration
    row.completed_at = context.now
    evidence.discard(context.backend, context.db, row.id)
    id_scan.forget(context)
    name = context.provider.name
    email = str(context.answered(Step.PERSONAL)["email"])
    forget_answers(context.backend, context.db, row.id)
    if message_limits.may_note(context.backend, context.db, email):
        user = row.username or ""
        context.send("receipt", "e-mail", email, name=name, username=user, npi=row.npi, reference=row.reference)


def back(context: RequestContext, to: Step | None) -> None:
    """Go back one step, to a step that the view offers, or to the start; undo what no longer holds.

    During a handoff to a phone, one step back is the step's form. Raises ProblemError: locked (429), no way back (409).
    """
    state = context.state
    if to is not Step.NPI:
        _refuse_locked(context)
    if to is None and (handoff := handoffs.current(context)):
        handoffs.give_up(context, handoff)
        return
    view_data = HANDLERS[state.step].show(context) if state.step is not Step.DONE else None
    offered = (
        {way.to for way in view_data.ways} | {fact.mend for fact in view_data.facts if fact.mend}
        if view_data
        else set()
    )
    allowed = policy.may_return(state, to, frozenset(offered)) if to else policy.can_go_back(state)
    if not allowed:
        message = "There is no way back to that from here. What you see is where you are."
        raise refused(409, "no_way_back", "There is no way back from here", detail=message)
    handoffs.close(context)
    if to is Step.NPI:
        _start_over(context)
        return
    went_back = policy.go_back(state, to)
    undone = state.completed - went_back.completed
    context.state = went_back
    for step in {*undone, went_back.step}:
        HANDLERS[step].undo(context)
    if to is Step.IDME_LAUNCH:
        choose_other_account(context, state.step)
    _arrive(context)


def _start_over(context: RequestContext) -> None:
    row, db = context.registration, context.db
    evidence.discard(context.backend, db, row.id)
    discard_unfinished(context)
    forget_answers(context.backend, db, row.id)
    for purpose in db.scalars(select(Challenge.purpose).where(Challenge.registration_id == row.id).distinct()):
        outbox.void(db, row.id, purpose)
    context.state = policy.go_back(context.state, Step.NPI)
    row.answers, row.flags = {}, {}
    sessions.close_others(db, row.id, context.session, SESSION_STARTED_OVER)
    row.username = row.username_key = row.password_hash = row.email_key = None
    row.locked_until, row.locked_reason = None, ""


def resend(context: RequestContext, step: Step) -> None:
    """Send another code or link. Raises ProblemError: nothing to send (409), too early or locked (429)."""
    _refuse_locked(context)
    again = HANDLERS[step].resend
    if step is not context.state.step or again is None or policy.is_terminal(context.state):
        raise refused(409, "wrong_step", "Nothing is sent at this step", detail="Go on with the step that is shown.")
    again(context)


def hand_off(context: RequestContext) -> None:
    """Let a phone take the step's photos. Raises ProblemError: none are due (409), locked or too many links (429)."""
    _refuse_locked(context)
    state = context.state
    if state.step not in evidence.SLOTS.values() or not policy.may_submit(state, state.step):
        message = "Only the photos can be taken with a phone. Go on with the step that is shown."
        raise refused(409, "wrong_step", "No photo is asked for now", detail=message)
    if until := context.locked_until(limits.PHONE, context.person()):
        wait = seconds_until(until, context.now)
        message = f"Ten links were made in ten minutes. Another one can be made in {duration(wait)}; files work now."
        raise refused(429, "too_early", "Too many links were made", detail=message, retry_after=wait)
    context.record_attempt(limits.PHONE, context.person())
    handoffs.issue(context)


def confirm_link(context: RequestContext, challenge: Challenge) -> bool:
    """Complete the step of a confirmed link; return False if the link opens nothing."""
    expire(context)
    if _is_over(context, challenge):
        return False
    if challenge.purpose != _purpose(context) or challenge.purpose not in LINKED:
        return False
    outbox.void(context.db, context.registration.id, challenge.purpose)
    if challenge.purpose == REFEREE:
        _go(context, policy.mark_verified(context.state))
    else:
        _go(context, policy.advance(context.state))
    return True


def _is_over(context: RequestContext, challenge: Challenge) -> bool:
    """Return whether a link is void or expired, or its registration is locked."""
    return challenge.void or challenge.expires_at <= context.now or bool(context.registration.lock_at(context.now))


def finish_outside(context: RequestContext, challenge: Challenge, *, allowed: bool) -> bool:
    """Take Allow or Deny from the provider's page; return False if the link opens nothing."""
    expire(context)
    if _is_over(context, challenge) or challenge.purpose != HANDOFF or context.state.step is not Step.IDME_LAUNCH:
        return False
    if policy.is_terminal(context.state):
        return False
    if not allowed:
        context.remember("denied", True)
        return True
    outbox.void(context.db, context.registration.id, HANDOFF)
    _go(context, policy.mark_verified(context.state, allowed=True))
    return True


def show_secrets_anew(context: RequestContext) -> None:
    """Renew the secret that the current step shows: each is shown in the session for which it was drawn alone."""
    if context.state.step in (Step.MFA_TOTP, Step.RECOVERY_CODE):
        HANDLERS[context.state.step].enter(context)
        context.dirty = True


def bump_revision(context: RequestContext) -> None:
    """Increment the revision if the view changed, so that waiting clients see it."""
    if context.dirty:
        row, changes = context.registration, context.backend.changes
        row.revision += 1
        context.db.flush()
        after_commit(context.db, partial(changes.announce, row.id))
