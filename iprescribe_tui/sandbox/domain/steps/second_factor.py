"""Second factor of the ID.me account: choice, setup, code, and the recovery code for its loss."""

from typing import Final

from iprescribe_tui.journey.forms import MfaChoiceForm, MfaCodeForm, MfaPhoneForm, MfaTotpForm, RecoveryCodeForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Way
from iprescribe_tui.sandbox.domain import limits, outbox, policy
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.personas import REFUSED_MFA_PHONE, Quirk
from iprescribe_tui.sandbox.domain.problems import refused, wrong
from iprescribe_tui.sandbox.domain.restart import CODE_REPLACED, KEY_REPLACED, draw
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import (
    NOT_SENT,
    check_code,
    next_send,
    record_code_attempt,
    refuse_early,
    wrong_code,
)
from iprescribe_tui.sandbox.domain.steps.proofing import masked

_TOTP_STEP: Final = 30
_PURPOSE: Final = "mfa_code"
_SAVED: Final = "saved"


def submit_choice(context: RequestContext, form: MfaChoiceForm) -> None:
    """Take the kind of second factor."""
    context.keep(Step.MFA_CHOICE, method=form.method)


def show_choice(context: RequestContext) -> ViewData:
    """Show the choice."""
    return ViewData(prefill=given(context, Step.MFA_CHOICE))


def submit_phone(context: RequestContext, form: MfaPhoneForm) -> None:
    """Take the number. Raises ProblemError (422) if it cannot get codes."""
    if form.phone == REFUSED_MFA_PHONE or context.first_time(Quirk.PHONE_REFUSED):
        message = (
            f"Codes cannot be sent to {form.phone}. It may be a line for offices or the internet. Give another number."
        )
        raise wrong("phone_refused", {"phone": message})
    context.keep(Step.MFA_PHONE, phone=form.phone)


def show_phone(context: RequestContext) -> ViewData:
    """Show the number given here, if any: the practice's is rarely the applicant's own."""
    return ViewData(prefill=given(context, Step.MFA_PHONE))


def enter_totp(context: RequestContext) -> None:
    """Create a new secret for the authenticator app."""
    context.remember(KEY_REPLACED, bool(context.idme.totp_ident))
    context.idme.totp_ident = draw(context)
    context.idme.totp_used = 0


def submit_totp(context: RequestContext, form: MfaTotpForm) -> None:
    """Accept; the next step's code shows whether the secret has arrived."""


def show_totp(context: RequestContext) -> ViewData:
    """Show the secret, as text and as the address that authenticator apps read from a QR code.

    Its label has the NPI: some apps keep one entry per label, and the next prescriber's would replace it.
    The address is kept below 79 bytes, so that its QR code fits whole into 80×24.
    """
    secret = context.backend.memory_key.totp_secret(context.idme.totp_ident)
    message = "This key is new: delete the one that your app has from before, and add this."
    uri = f"otpauth://totp/ID.me:test-{context.registration.npi}?secret={secret}"
    return ViewData(
        reveal={"totp_secret": secret, "otpauth_uri": uri},
        ways=(Way(label="Another second factor", to=Step.MFA_CHOICE),),
        notices=(Notice(level="warning", text=message),) if context.registration.flags.get(KEY_REPLACED) else (),
    )


def _method(context: RequestContext) -> str:
    """Return text, call or app: as the existing account has it, or as chosen."""
    if policy.had_second_factor(context.state):
        return context.idme.second_factor
    return str(context.answered(Step.MFA_CHOICE).get("method", ""))


def _number(context: RequestContext) -> str:
    if policy.had_second_factor(context.state):
        return context.idme.phone
    return str(context.answered(Step.MFA_PHONE).get("phone", ""))


def enter_code(context: RequestContext) -> None:
    """Send the code, unless an app makes it."""
    method = _method(context)
    if method == "text":
        context.challenge(_PURPOSE, "mfa_text", "text", _number(context), outbox.CODE_LIFETIME)
    elif method == "call":
        context.challenge(_PURPOSE, "mfa_call", "call", _number(context), outbox.CODE_LIFETIME)


def code_subject(context: RequestContext) -> str:
    """Return the subject whose wrong codes are counted here: the number until it is confirmed, else the account.

    Counted by account, a number would get new attempts with each new account, which costs nothing.
    """
    if _method(context) != "app" and not policy.had_second_factor(context.state):
        return f"mfa-number:{_number(context)}"
    return f"mfa:{context.idme.id}"


def submit_code(context: RequestContext, form: MfaCodeForm) -> None:
    """Take the code; an account without a second factor now has this one. Raises ProblemError (422, 429)."""
    if _method(context) == "app":
        _check_totp(context, form.code.get_secret_value())
    else:
        check_code(context, _PURPOSE, form.code, code_subject(context))
    account = context.idme
    if not policy.had_second_factor(context.state):
        account.second_factor = _method(context)
        account.phone = "" if account.second_factor == "app" else _number(context)


def _check_totp(context: RequestContext, code: str) -> None:
    """Take an app's code of this half minute, the one before or after, each once (RFC 6238 §5.2).

    Raises ProblemError.
    """
    import pyotp

    attempt = record_code_attempt(context, code_subject(context))
    totp = pyotp.TOTP(context.backend.memory_key.totp_secret(context.idme.totp_ident))
    now = int(context.now.timestamp())
    for counter in range(now // _TOTP_STEP - 1, now // _TOTP_STEP + 2):
        if counter > context.idme.totp_used and pyotp.utils.strings_equal(totp.generate_otp(counter), code):
            context.idme.totp_used = counter
            context.succeed(limits.WRONG_CODE, code_subject(context))
            return
    raise wrong_code(context, attempt)


def show_code(context: RequestContext) -> ViewData:
    """Show where the code was sent, when another can be sent, and the alternatives."""
    left = context.tries_left(limits.WRONG_CODE, code_subject(context))
    signed_in = policy.had_second_factor(context.state)
    other = () if signed_in else (Way(label="Another second factor", to=Step.MFA_CHOICE),)
    if _method(context) == "app":
        again = () if signed_in else (Way(label="Show the key again", to=Step.MFA_TOTP),)
        shown = Fact(label="Made by", value="your code-generator app")
        return ViewData(facts=(shown,), ways=again + other, tries_left=left)
    number = _number(context)
    sent = context.newest(_PURPOSE)
    expired = sent is None or sent.expires_at <= context.now
    warning = "The code has expired. Have another one sent." if sent else NOT_SENT
    return ViewData(
        facts=(Fact(label="Sent to", value=masked(number)),),
        ways=other if signed_in else (Way(label="Change the number", to=Step.MFA_PHONE), *other),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        resend_at=next_send(context, _PURPOSE, number),
        tries_left=left,
    )


def resend_code(context: RequestContext) -> None:
    """Send another code, and void the one before. Raises ProblemError: an app makes it (409), too early (429)."""
    if _method(context) == "app":
        raise refused(409, "nothing_to_send", "Your app makes the code", detail="Nothing is sent: read it in the app.")
    refuse_early(context, next_send(context, _PURPOSE, _number(context)))
    enter_code(context)


def enter_recovery(context: RequestContext) -> None:
    """Create a new recovery code, and void the one before."""
    context.remember(CODE_REPLACED, bool(context.idme.recovery_ident))
    context.idme.recovery_ident = draw(context)


def submit_recovery(context: RequestContext, form: RecoveryCodeForm) -> None:
    """Finish the ID.me account; the code is not shown again."""
    context.idme.finished = True
    context.idme.recovery_ident = _SAVED


def show_recovery(context: RequestContext) -> ViewData:
    """Show the recovery code, this once."""
    message = "This code replaces the one that you were shown before, which opens nothing any more."
    return ViewData(
        reveal={"recovery_code": context.backend.memory_key.recovery_code(context.idme.recovery_ident)},
        notices=(Notice(level="warning", text=message),) if context.registration.flags.get(CODE_REPLACED) else (),
    )
