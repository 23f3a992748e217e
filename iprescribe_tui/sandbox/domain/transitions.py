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
from iprescribe_tui.sandbox.domain.context import Visit
from iprescribe_tui.sandbox.domain.policy import Progress
from iprescribe_tui.sandbox.domain.problems import locked, refused
from iprescribe_tui.sandbox.domain.steps import WORK
from iprescribe_tui.sandbox.domain.steps.account import look_up, make_room
from iprescribe_tui.sandbox.domain.steps.idme import HANDOFF, choose_other_account, discard_unfinished
from iprescribe_tui.sandbox.domain.steps.proofing import REFEREE
from iprescribe_tui.sandbox.store.saved_responses import forget_saved
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


def open_registration(backend: Backend, db: Session, form: NpiForm, now: datetime) -> Visit:
    """Start a registration. Raises ProblemError: NPI not accepted (422), registered (409), registry down (503)."""
    look_up(backend, db, form.npi, now)
    make_room(backend, db, form.npi)
    row = Registration(
        id=secrets.token_hex(16),
        revision=1,
        npi=form.npi,
        reference=accounts.new_reference("IP"),
        step=Step.NPI.value,
        path=[],
        holds=[],
        answers={Step.NPI.value: {"npi": form.npi}},
        memory={},
        created_at=now,
    )
    db.add(row)
    db.flush()
    visit = Visit(backend, db, row, now)
    visit.progress = policy.passed(visit.progress)
    return visit


def settle(visit: Visit) -> bool:
    """Expire locks and links up to now; return whether the view changed.

    Each expiry adds one to the revision: the same for a reader, whose changes are discarded, and for the next writer.
    """
    row, before = visit.registration, visit.registration.revision
    while row.wake_at is not None and row.wake_at <= visit.now:
        ended, row.wake_at = row.wake_at, None
        row.revision += 1
        if row.locked_until and row.locked_until <= ended:
            row.locked_until, row.locked_reason = None, ""
            challenge = visit.newest(_purpose(visit))
            row.wake_at = challenge.expires_at if challenge and challenge.expires_at > ended else None
    return row.revision > before


def _purpose(visit: Visit) -> str:
    step = visit.progress.step
    return {Step.IDME_LAUNCH: HANDOFF, Step.PHONE_MATCH: REFEREE}.get(step, step.value)


def submit(visit: Visit, step: Step, answers: Mapping[str, object]) -> None:
    """Take the answers to `step`.

    Raises ProblemError: locked (429), not the current step (409), refused by form or step.
    """
    _refuse_locked(visit)
    progress = visit.progress
    if not policy.may_submit(progress, step):
        raise refused(
            409,
            "wrong_step",
            "This is not the step you are at",
            detail=f'"{step.heading}" cannot be answered now. Go on with the step that is shown.',
        )
    work = WORK[step]
    work.submit(visit, checked(visit, step, answers, work.options(visit)))
    if step in _GUARDS and visit.session:
        sessions.close_others(visit.db, visit.registration.id, visit.session)
    if not visit.stays:
        _go(visit, policy.passed(visit.progress))


def _refuse_locked(visit: Visit) -> None:
    if until := visit.registration.lock_at(visit.now):
        raise locked(until, visit.registration.locked_reason, visit.now)


def _go(visit: Visit, progress: Progress) -> None:
    """Move to another step, and do what entering it requires."""
    handoffs.close(visit)
    visit.progress = progress
    if policy.verified(progress):
        _note_verified(visit)
    if progress.step is Step.DONE:
        _complete(visit)
    _arrive(visit)


def _arrive(visit: Visit) -> None:
    work = WORK[visit.progress.step]
    work.enter(visit)
    if work.locks:
        limit, subject, reason = work.locks
        if until := visit.locked_until(limit, subject(visit)):
            visit.lock(until, reason)


def _note_verified(visit: Visit) -> None:
    if visit.registration.idme_account_id:
        visit.idme.verified, visit.idme.verified_npi = True, visit.registration.npi


def _complete(visit: Visit) -> None:
    row = visit.registration
    row.completed_at = visit.now
    evidence.discard(visit.backend, visit.db, row.id)
    id_scan.forget(visit)
    name = visit.provider.name
    email = str(visit.answered(Step.PERSONAL)["email"])
    forget_saved(visit.db, row.id)
    if message_limits.may_note(visit.backend, visit.db, email):
        user = row.username or ""
        visit.send("receipt", "e-mail", email, name=name, username=user, npi=row.npi, reference=row.reference)


def back(visit: Visit, to: Step | None) -> None:
    """Go back one step, to a step that the view offers, or to the start; undo what no longer holds.

    During a handoff to a phone, one step back is the step's form. Raises ProblemError: locked (429), no way back (409).
    """
    progress = visit.progress
    if to is not Step.NPI:
        _refuse_locked(visit)
    if to is None and (handoff := handoffs.current(visit)):
        handoffs.give_up(visit, handoff)
        return
    parts = WORK[progress.step].show(visit) if progress.step is not Step.DONE else None
    offered = {way.to for way in parts.ways} | {fact.mend for fact in parts.facts if fact.mend} if parts else set()
    allowed = policy.may_return(progress, to, frozenset(offered)) if to else policy.can_go_back(progress)
    if not allowed:
        says = "There is no way back to that from here. What you see is where you are."
        raise refused(409, "no_way_back", "There is no way back from here", detail=says)
    handoffs.close(visit)
    if to is Step.NPI:
        _start_over(visit)
        return
    went_back = policy.returned(progress, to)
    undone = progress.holds - went_back.holds
    visit.progress = went_back
    for step in {*undone, went_back.step}:
        WORK[step].undo(visit)
    if to is Step.IDME_LAUNCH:
        choose_other_account(visit, progress.step)
    _arrive(visit)


def _start_over(visit: Visit) -> None:
    row, db = visit.registration, visit.db
    evidence.discard(visit.backend, db, row.id)
    discard_unfinished(visit)
    forget_saved(db, row.id)
    for purpose in db.scalars(select(Challenge.purpose).where(Challenge.registration_id == row.id).distinct()):
        outbox.void(db, row.id, purpose)
    visit.progress = policy.returned(visit.progress, Step.NPI)
    row.answers, row.memory = {}, {}
    row.username = row.username_key = row.password_hash = row.email_key = None
    row.locked_until, row.locked_reason = None, ""


def resend(visit: Visit, step: Step) -> None:
    """Send another code or link. Raises ProblemError: nothing to send (409), too early or locked (429)."""
    _refuse_locked(visit)
    again = WORK[step].resend
    if step is not visit.progress.step or again is None or policy.over(visit.progress):
        raise refused(409, "wrong_step", "Nothing is sent at this step", detail="Go on with the step that is shown.")
    again(visit)


def hand_off(visit: Visit) -> None:
    """Let a phone take the step's photos. Raises ProblemError: none are due (409), locked or too many links (429)."""
    _refuse_locked(visit)
    progress = visit.progress
    if progress.step not in evidence.SLOTS.values() or not policy.may_submit(progress, progress.step):
        says = "Only the photos can be taken with a phone. Go on with the step that is shown."
        raise refused(409, "wrong_step", "No photo is asked for now", detail=says)
    if until := visit.locked_until(limits.PHONE, visit.person()):
        wait = max(1, round((until - visit.now).total_seconds()))
        says = f"Ten links were made in ten minutes. Another one can be made in {duration(wait)}; files work now."
        raise refused(429, "too_early", "Too many links were made", detail=says, retry_after=wait)
    visit.take(limits.PHONE, visit.person())
    handoffs.issue(visit)


def follow(visit: Visit, challenge: Challenge) -> bool:
    """Complete the step of a confirmed link; return False if the link opens nothing."""
    settle(visit)
    if _is_over(visit, challenge):
        return False
    if challenge.purpose != _purpose(visit) or challenge.purpose not in LINKED:
        return False
    outbox.void(visit.db, visit.registration.id, challenge.purpose)
    if challenge.purpose == REFEREE:
        _go(visit, policy.proven(visit.progress))
    else:
        _go(visit, policy.passed(visit.progress))
    return True


def _is_over(visit: Visit, challenge: Challenge) -> bool:
    """Return whether a link is void or expired, or its registration is locked."""
    return challenge.void or challenge.expires_at <= visit.now or bool(visit.registration.lock_at(visit.now))


def finish_outside(visit: Visit, challenge: Challenge, *, allowed: bool) -> bool:
    """Take Allow or Deny from the provider's page; return False if the link opens nothing."""
    settle(visit)
    if _is_over(visit, challenge) or challenge.purpose != HANDOFF or visit.progress.step is not Step.IDME_LAUNCH:
        return False
    if policy.over(visit.progress):
        return False
    if not allowed:
        visit.remember("denied", True)
        return True
    outbox.void(visit.db, visit.registration.id, HANDOFF)
    _go(visit, policy.proven(visit.progress, allowed=True))
    return True


def show_secrets_anew(visit: Visit) -> None:
    """Renew the secret that the current step shows, so that a new session doesn't see one of another session."""
    if visit.progress.step in (Step.MFA_TOTP, Step.RECOVERY_CODE):
        WORK[visit.progress.step].enter(visit)
        visit.touched = True


def changed(visit: Visit) -> None:
    """Increment the revision if the view changed, so that waiting clients see it."""
    if visit.touched:
        row, changes = visit.registration, visit.backend.changes
        row.revision += 1
        visit.db.flush()
        after_commit(visit.db, partial(changes.announce, row.id))
