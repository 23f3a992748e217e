"""ID.me account: launch, sign-in or sign-up, and confirmation of the email."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from iprescribe_tui.journey.forms import (
    EmailConfirmationForm,
    IdmeLaunchForm,
    IdmeSignInForm,
    IdmeSignUpForm,
    PracticeForm,
)
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Way
from iprescribe_tui.sandbox.domain import accounts, limits, outbox, policy
from iprescribe_tui.sandbox.domain.context import Parts, Visit
from iprescribe_tui.sandbox.domain.personas import Quirk
from iprescribe_tui.sandbox.domain.problems import wrong
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import (
    NOT_SENT,
    check_code,
    cool_down,
    lock_out,
    miss,
    next_send,
    refuse_early,
)
from iprescribe_tui.sandbox.store.tables import IdmeAccountRow

HANDOFF = "handoff"
_HOLD = timedelta(minutes=2)
_TOO_MANY = "The ID.me password was wrong three times. Wait until then; after that you can try again."


def enter_launch(visit: Visit) -> None:
    """Start drawing sample pictures, put some personas on hold, and create a link to a hosted provider."""
    visit.backend.samples.prepare(*visit.samples_of())
    if policy.over(visit.progress):
        return
    if visit.first_time(Quirk.LOCKED):
        until = visit.now + _HOLD
        visit.lock(until, "This registration is on hold for a short review. Your answers are kept; come back then.")
    if visit.progress.hosted:
        visit.issue(HANDOFF, outbox.LINK_LIFETIME)


def submit_launch(visit: Visit, form: IdmeLaunchForm) -> None:
    """Take the choice between an existing account and a new one."""
    visit.keep(Step.IDME_LAUNCH, account=form.account)


OTHER_ACCOUNT: Final[Mapping[Step, str]] = {Step.IDME_SIGN_IN: "create", Step.IDME_SIGN_UP: "have"}
"""Choice at the launch that the alternative offered at each of these steps stands for."""


def choose_other_account(visit: Visit, left: Step) -> None:
    """Choose at the launch what the alternative at the step `left` offered."""
    if left in OTHER_ACCOUNT:
        visit.keep(Step.IDME_LAUNCH, account=OTHER_ACCOUNT[left])


def show_launch(visit: Visit) -> Parts:
    """Show the choice, or the link to a hosted provider."""
    notices = _practice_notice(visit)
    if not visit.progress.hosted:
        return Parts(prefill=given(visit, Step.IDME_LAUNCH), notices=notices)
    link = visit.newest(HANDOFF)
    if visit.registration.memory.get("denied"):
        notices = (Notice(level="warning", text=_DENIED), *notices)
    if link is None or link.expires_at <= visit.now:
        notices = (Notice(level="warning", text="The link has expired. Ask for a new one."), *notices)
    return Parts(
        notices=notices,
        url=outbox.link_of(visit.backend, link) if link else "",
        until=link.expires_at if link else visit.now,
        resend_at=visit.now if link is None else link.sent_at + limits.SEND_GAP,
    )


_DENIED = (
    "You pressed Deny: nothing is shared, and nobody can log in to iPrescribe with this registration. "
    "Press Allow to take that back."
)


def resend_launch(visit: Visit) -> None:
    """Create a new link to the provider's page. Raises ProblemError (429) if it is too early."""
    last = visit.newest(HANDOFF)
    taken_until = visit.locked_until(limits.HANDOFF, visit.person())
    wait_until = taken_until or (last.sent_at + limits.SEND_GAP if last else visit.now)
    if wait_until > visit.now:
        raise cool_down(visit, wait_until)
    visit.take(limits.HANDOFF, visit.person())
    visit.issue(HANDOFF, outbox.LINK_LIFETIME)


def _practice_notice(visit: Visit) -> tuple[Notice, ...]:
    """Return the warning from the check of the practice's address."""
    remarks = PracticeForm.remarks(visit.answered(Step.PRACTICE))
    return tuple(Notice(level="warning", text=text) for text in remarks.values())


def submit_sign_in(visit: Visit, form: IdmeSignInForm) -> None:
    """Sign in to an account.

    Raises ProblemError: wrong (422) without telling whether email or password, locked (429).
    """
    subject = f"idme:{accounts.key_of(form.email)}"
    if until := visit.locked_until(limits.WRONG_PASSWORD, subject):
        raise lock_out(visit, until, _TOO_MANY)
    taken = visit.take(limits.WRONG_PASSWORD, subject)
    account = accounts.by_email(visit.db, form.email)
    known = account.password_hash if account and account.finished else None
    if not accounts.matches(visit.db, form.password, known) or account is None:
        says = "There is no ID.me account with this e-mail and password."
        raise miss(visit, taken, _TOO_MANY, "bad_credentials", password=says)
    visit.succeed(limits.WRONG_PASSWORD, subject)
    _only_ones_own(visit, account)
    visit.registration.idme_account_id = account.id
    visit.keep(Step.IDME_SIGN_IN, email=account.email, second_factor=account.second_factor, verified=account.verified)


def _only_ones_own(visit: Visit, account: IdmeAccountRow) -> None:
    if account.verified and account.verified_npi != visit.registration.npi:
        says = (
            "This ID.me account belongs to another person: identity was proven in it for another NPI. "
            f"Sign in with the account of {visit.provider.name}."
        )
        raise wrong("other_person", {"email": says})


def show_sign_in(visit: Visit) -> Parts:
    """Show the email given here or for iPrescribe."""
    email = visit.answered(Step.IDME_SIGN_IN).get("email") or visit.answered(Step.PERSONAL).get("email", "")
    return Parts(
        prefill={"email": email},
        ways=(Way(label="Create an ID.me account instead", to=Step.IDME_LAUNCH),),
    )


def submit_sign_up(visit: Visit, form: IdmeSignUpForm) -> None:
    """Create an account. Raises ProblemError (422) if the email has one."""
    existing = accounts.by_email(visit.db, form.email)
    if existing and existing.id != visit.registration.idme_account_id:
        says = f'"{form.email}" has an ID.me account already. Go back and sign in with it, or give another e-mail.'
        raise wrong("idme_email_taken", {"email": says})
    discard_unfinished(visit)
    account = IdmeAccountRow(
        id=secrets.token_hex(16),
        email=form.email,
        password_hash=accounts.hashed(visit.db, form.password),
    )
    visit.db.add(account)
    visit.db.flush()
    visit.registration.idme_account_id = account.id
    visit.keep(Step.IDME_SIGN_UP, email=form.email)


def discard_unfinished(visit: Visit) -> None:
    """Detach the registration's ID.me account, and delete it unless it is finished."""
    account_id = visit.registration.idme_account_id
    visit.registration.idme_account_id = None
    account = visit.db.get(IdmeAccountRow, account_id or "")
    if account and not account.finished:
        visit.db.flush()
        visit.db.delete(account)
        visit.db.flush()


def show_sign_up(visit: Visit) -> Parts:
    """Show the email given here or for iPrescribe; the terms are in the service document."""
    email = visit.answered(Step.IDME_SIGN_UP).get("email") or visit.answered(Step.PERSONAL).get("email", "")
    return Parts(prefill={"email": email}, ways=(Way(label="Sign in to ID.me instead", to=Step.IDME_LAUNCH),))


def enter_email_confirmation(visit: Visit) -> None:
    """Send the email with link and code."""
    visit.challenge("email_confirmation", "email_confirmation", "e-mail", visit.idme.email, outbox.LINK_LIFETIME)


def code_subject(visit: Visit) -> str:
    """Return the subject whose wrong codes are counted here."""
    return f"email:{accounts.key_of(visit.idme.email)}"


def submit_email_confirmation(visit: Visit, form: EmailConfirmationForm) -> None:
    """Take the code from the newest email. Raises ProblemError as `check_code` does."""
    check_code(visit, "email_confirmation", form.code, code_subject(visit))


def enter_email_confirmed(visit: Visit) -> None:
    """Assign the address to this account, unless it has been confirmed for another account meanwhile."""
    if accounts.by_email(visit.db, visit.idme.email) is None:
        visit.idme.email_key = accounts.key_of(visit.idme.email)


def show_email_confirmation(visit: Visit) -> Parts:
    """Show where the email was sent, how long it works, and the alternatives."""
    sent = visit.newest("email_confirmation")
    email = visit.idme.email
    expired = sent is None or sent.expires_at <= visit.now
    warning = "The link and the code have expired. Have another e-mail sent." if sent else NOT_SENT
    return Parts(
        facts=(Fact(label="Sent to", value=email),),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        waiting_for=f"you to open the link in the e-mail to {email}",
        until=sent.expires_at if sent else None,
        resend_at=next_send(visit, "email_confirmation", email, limits.SEND_GAP if expired else outbox.EMAIL_GAP),
        ways=(Way(label="Change the e-mail address", to=Step.IDME_SIGN_UP),),
        tries_left=visit.tries_left(limits.WRONG_CODE, code_subject(visit)),
    )


def resend_email_confirmation(visit: Visit) -> None:
    """Send another email, and void link and code of the one before. Raises ProblemError (429) if it is too early."""
    email = visit.idme.email
    sent = visit.newest("email_confirmation")
    gap = limits.SEND_GAP if sent is None or sent.expires_at <= visit.now else outbox.EMAIL_GAP
    refuse_early(visit, next_send(visit, "email_confirmation", email, gap))
    enter_email_confirmation(visit)
