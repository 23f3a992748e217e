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
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
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


def enter_launch(context: RequestContext) -> None:
    """Start drawing sample pictures, put some personas on hold, and create a link to a hosted provider."""
    context.backend.samples.prepare(*context.samples_of())
    if policy.is_terminal(context.state):
        return
    if context.first_time(Quirk.LOCKED):
        until = context.now + _HOLD
        context.lock(until, "This registration is on hold for a short review. Your answers are kept; come back then.")
    if context.state.hosted:
        context.issue(HANDOFF, outbox.LINK_LIFETIME)


def submit_launch(context: RequestContext, form: IdmeLaunchForm) -> None:
    """Take the choice between an existing account and a new one."""
    context.keep(Step.IDME_LAUNCH, account=form.account)


OTHER_ACCOUNT: Final[Mapping[Step, str]] = {Step.IDME_SIGN_IN: "create", Step.IDME_SIGN_UP: "have"}
"""Choice at the launch that the alternative offered at each of these steps stands for."""


def choose_other_account(context: RequestContext, left: Step) -> None:
    """Choose at the launch what the alternative at the step `left` offered."""
    if left in OTHER_ACCOUNT:
        context.keep(Step.IDME_LAUNCH, account=OTHER_ACCOUNT[left])


def show_launch(context: RequestContext) -> ViewData:
    """Show the choice, or the link to a hosted provider."""
    notices = _practice_notice(context)
    if not context.state.hosted:
        return ViewData(prefill=given(context, Step.IDME_LAUNCH), notices=notices)
    link = context.newest(HANDOFF)
    if context.registration.flags.get("denied"):
        notices = (Notice(level="warning", text=_DENIED), *notices)
    if link is None or link.expires_at <= context.now:
        notices = (Notice(level="warning", text="The link has expired. Ask for a new one."), *notices)
    return ViewData(
        notices=notices,
        url=outbox.link_of(context.backend, link) if link else "",
        until=link.expires_at if link else context.now,
        resend_at=context.now if link is None else link.sent_at + limits.SEND_GAP,
    )


_DENIED = (
    "You pressed Deny: nothing is shared, and nobody can log in to iPrescribe with this registration. "
    "Press Allow to take that back."
)


def resend_launch(context: RequestContext) -> None:
    """Create a new link to the provider's page. Raises ProblemError (429) if it is too early."""
    last = context.newest(HANDOFF)
    taken_until = context.locked_until(limits.HANDOFF, context.person())
    wait_until = taken_until or (last.sent_at + limits.SEND_GAP if last else context.now)
    if wait_until > context.now:
        raise cool_down(context, wait_until)
    context.record_attempt(limits.HANDOFF, context.person())
    context.issue(HANDOFF, outbox.LINK_LIFETIME)


def _practice_notice(context: RequestContext) -> tuple[Notice, ...]:
    """Return the warning from the check of the practice's address."""
    remarks = PracticeForm.remarks(context.answered(Step.PRACTICE))
    return tuple(Notice(level="warning", text=text) for text in remarks.values())


def submit_sign_in(context: RequestContext, form: IdmeSignInForm) -> None:
    """Sign in to an account.

    Raises ProblemError: wrong (422) without telling whether email or password, locked (429).
    """
    subject = f"idme:{accounts.key_of(form.email)}"
    if until := context.locked_until(limits.WRONG_PASSWORD, subject):
        raise lock_out(context, until, _TOO_MANY)
    attempt = context.record_attempt(limits.WRONG_PASSWORD, subject)
    account = accounts.by_email(context.db, form.email)
    known = account.password_hash if account and account.finished else None
    if not accounts.matches(context.db, form.password, known) or account is None:
        message = "There is no ID.me account with this e-mail and password."
        raise miss(context, attempt, _TOO_MANY, "bad_credentials", password=message)
    context.succeed(limits.WRONG_PASSWORD, subject)
    _only_ones_own(context, account)
    context.registration.idme_account_id = account.id
    context.keep(Step.IDME_SIGN_IN, email=account.email, second_factor=account.second_factor, verified=account.verified)


def _only_ones_own(context: RequestContext, account: IdmeAccountRow) -> None:
    if account.verified and account.verified_npi != context.registration.npi:
        message = (
            "This ID.me account belongs to another person: identity was proven in it for another NPI. "
            f"Sign in with the account of {context.provider.name}."
        )
        raise wrong("other_person", {"email": message})


def show_sign_in(context: RequestContext) -> ViewData:
    """Show the email given here or for iPrescribe."""
    email = context.answered(Step.IDME_SIGN_IN).get("email") or context.answered(Step.PERSONAL).get("email", "")
    return ViewData(
        prefill={"email": email},
        ways=(Way(label="Create an ID.me account instead", to=Step.IDME_LAUNCH),),
    )


def submit_sign_up(context: RequestContext, form: IdmeSignUpForm) -> None:
    """Create an account. Raises ProblemError (422) if the email has one."""
    existing = accounts.by_email(context.db, form.email)
    if existing and existing.id != context.registration.idme_account_id:
        message = f'"{form.email}" has an ID.me account already. Go back and sign in with it, or give another e-mail.'
        raise wrong("idme_email_taken", {"email": message})
    discard_unfinished(context)
    account = IdmeAccountRow(
        id=secrets.token_hex(16),
        email=form.email,
        password_hash=accounts.hashed(context.db, form.password),
    )
    context.db.add(account)
    context.db.flush()
    context.registration.idme_account_id = account.id
    context.keep(Step.IDME_SIGN_UP, email=form.email)


def discard_unfinished(context: RequestContext) -> None:
    """Detach the registration's ID.me account, and delete it unless it is finished."""
    account_id = context.registration.idme_account_id
    context.registration.idme_account_id = None
    account = context.db.get(IdmeAccountRow, account_id or "")
    if account and not account.finished:
        context.db.flush()
        context.db.delete(account)
        context.db.flush()


def show_sign_up(context: RequestContext) -> ViewData:
    """Show the email given here or for iPrescribe; the terms are in the service document."""
    email = context.answered(Step.IDME_SIGN_UP).get("email") or context.answered(Step.PERSONAL).get("email", "")
    return ViewData(prefill={"email": email}, ways=(Way(label="Sign in to ID.me instead", to=Step.IDME_LAUNCH),))


def enter_email_confirmation(context: RequestContext) -> None:
    """Send the email with link and code."""
    context.challenge("email_confirmation", "email_confirmation", "e-mail", context.idme.email, outbox.LINK_LIFETIME)


def code_subject(context: RequestContext) -> str:
    """Return the subject whose wrong codes are counted here."""
    return f"email:{accounts.key_of(context.idme.email)}"


def submit_email_confirmation(context: RequestContext, form: EmailConfirmationForm) -> None:
    """Take the code from the newest email. Raises ProblemError as `check_code` does."""
    check_code(context, "email_confirmation", form.code, code_subject(context))


def enter_email_confirmed(context: RequestContext) -> None:
    """Assign the address to this account, unless it has been confirmed for another account meanwhile."""
    if accounts.by_email(context.db, context.idme.email) is None:
        context.idme.email_key = accounts.key_of(context.idme.email)


def show_email_confirmation(context: RequestContext) -> ViewData:
    """Show where the email was sent, how long it works, and the alternatives."""
    sent = context.newest("email_confirmation")
    email = context.idme.email
    expired = sent is None or sent.expires_at <= context.now
    warning = "The link and the code have expired. Have another e-mail sent." if sent else NOT_SENT
    return ViewData(
        facts=(Fact(label="Sent to", value=email),),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        waiting_for=f"you to open the link in the e-mail to {email}",
        until=sent.expires_at if sent else None,
        resend_at=next_send(context, "email_confirmation", email, limits.SEND_GAP if expired else outbox.EMAIL_GAP),
        ways=(Way(label="Change the e-mail address", to=Step.IDME_SIGN_UP),),
        tries_left=context.tries_left(limits.WRONG_CODE, code_subject(context)),
    )


def resend_email_confirmation(context: RequestContext) -> None:
    """Send another email, and void link and code of the one before. Raises ProblemError (429) if it is too early."""
    email = context.idme.email
    sent = context.newest("email_confirmation")
    gap = limits.SEND_GAP if sent is None or sent.expires_at <= context.now else outbox.EMAIL_GAP
    refuse_early(context, next_send(context, "email_confirmation", email, gap))
    enter_email_confirmation(context)
