"""Second factor of the ID.me account: choice, setup, code, and the recovery code for its loss."""

from typing import Final

from iprescribe_tui.journey.forms import MfaChoiceForm, MfaCodeForm, MfaPhoneForm, MfaTotpForm, RecoveryCodeForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Way
from iprescribe_tui.sandbox.domain import limits, outbox, policy
from iprescribe_tui.sandbox.domain.context import Parts, Visit
from iprescribe_tui.sandbox.domain.personas import REFUSED_MFA_PHONE, Quirk
from iprescribe_tui.sandbox.domain.problems import refused, wrong
from iprescribe_tui.sandbox.domain.restart import CODE_REPLACED, KEY_REPLACED, new_name
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import (
    NOT_SENT,
    check_code,
    next_send,
    refuse_early,
    take_try,
    wrong_code,
)
from iprescribe_tui.sandbox.domain.steps.proofing import masked

_TOTP_STEP: Final = 30
_PURPOSE: Final = "mfa_code"
_SAVED: Final = "saved"


def submit_choice(visit: Visit, form: MfaChoiceForm) -> None:
    """Take the kind of second factor."""
    visit.keep(Step.MFA_CHOICE, method=form.method)


def show_choice(visit: Visit) -> Parts:
    """Show the choice."""
    return Parts(prefill=given(visit, Step.MFA_CHOICE))


def submit_phone(visit: Visit, form: MfaPhoneForm) -> None:
    """Take the number. Raises ProblemError (422) if it cannot get codes."""
    if form.phone == REFUSED_MFA_PHONE or visit.first_time(Quirk.PHONE_REFUSED):
        says = (
            f"Codes cannot be sent to {form.phone}. It may be a line for offices or the internet. Give another number."
        )
        raise wrong("phone_refused", {"phone": says})
    visit.keep(Step.MFA_PHONE, phone=form.phone)


def show_phone(visit: Visit) -> Parts:
    """Show the number given here, if any: the practice's is rarely the applicant's own."""
    return Parts(prefill=given(visit, Step.MFA_PHONE))


def enter_totp(visit: Visit) -> None:
    """Create a new secret for the authenticator app."""
    visit.remember(KEY_REPLACED, bool(visit.idme.totp_ident))
    visit.idme.totp_ident = new_name(visit.backend)
    visit.idme.totp_used = 0


def submit_totp(visit: Visit, form: MfaTotpForm) -> None:
    """Accept; the next step's code shows whether the secret has arrived."""


def show_totp(visit: Visit) -> Parts:
    """Show the secret, as text and as the address that authenticator apps read from a QR code.

    Its label has the NPI: some apps keep one entry per label, and the next prescriber's would replace it.
    The address is kept below 79 bytes, so that its QR code fits whole into 80×24.
    """
    secret = visit.backend.memory_key.totp_secret(visit.idme.totp_ident)
    says = "This key is new: delete the one that your app has from before, and add this."
    uri = f"otpauth://totp/ID.me:test-{visit.registration.npi}?secret={secret}"
    return Parts(
        reveal={"totp_secret": secret, "otpauth_uri": uri},
        ways=(Way(label="Another second factor", to=Step.MFA_CHOICE),),
        notices=(Notice(level="warning", text=says),) if visit.registration.memory.get(KEY_REPLACED) else (),
    )


def _method(visit: Visit) -> str:
    """Return text, call or app: as the existing account has it, or as chosen."""
    if policy.had_second_factor(visit.progress):
        return visit.idme.second_factor
    return str(visit.answered(Step.MFA_CHOICE).get("method", ""))


def _number(visit: Visit) -> str:
    if policy.had_second_factor(visit.progress):
        return visit.idme.phone
    return str(visit.answered(Step.MFA_PHONE).get("phone", ""))


def enter_code(visit: Visit) -> None:
    """Send the code, unless an app makes it."""
    method = _method(visit)
    if method == "text":
        visit.challenge(_PURPOSE, "mfa_text", "text", _number(visit), outbox.CODE_LIFETIME)
    elif method == "call":
        visit.challenge(_PURPOSE, "mfa_call", "call", _number(visit), outbox.CODE_LIFETIME)


def code_subject(visit: Visit) -> str:
    """Return the subject whose wrong codes are counted here: the number until it is confirmed, else the account.

    Counted by account, a number would get new attempts with each new account, which costs nothing.
    """
    if _method(visit) != "app" and not policy.had_second_factor(visit.progress):
        return f"mfa-number:{_number(visit)}"
    return f"mfa:{visit.idme.id}"


def submit_code(visit: Visit, form: MfaCodeForm) -> None:
    """Take the code; an account without a second factor now has this one. Raises ProblemError (422, 429)."""
    if _method(visit) == "app":
        _check_totp(visit, form.code.get_secret_value())
    else:
        check_code(visit, _PURPOSE, form.code, code_subject(visit))
    account = visit.idme
    if not policy.had_second_factor(visit.progress):
        account.second_factor = _method(visit)
        account.phone = "" if account.second_factor == "app" else _number(visit)


def _check_totp(visit: Visit, code: str) -> None:
    """Take an app's code of this half minute, the one before or after, each once (RFC 6238 §5.2).

    Raises ProblemError.
    """
    import pyotp

    taken = take_try(visit, code_subject(visit))
    totp = pyotp.TOTP(visit.backend.memory_key.totp_secret(visit.idme.totp_ident))
    now = int(visit.now.timestamp())
    for counter in range(now // _TOTP_STEP - 1, now // _TOTP_STEP + 2):
        if counter > visit.idme.totp_used and pyotp.utils.strings_equal(totp.generate_otp(counter), code):
            visit.idme.totp_used = counter
            visit.succeed(limits.WRONG_CODE, code_subject(visit))
            return
    raise wrong_code(visit, taken)


def show_code(visit: Visit) -> Parts:
    """Show where the code was sent, when another can be sent, and the alternatives."""
    left = visit.tries_left(limits.WRONG_CODE, code_subject(visit))
    signed_in = policy.had_second_factor(visit.progress)
    other = () if signed_in else (Way(label="Another second factor", to=Step.MFA_CHOICE),)
    if _method(visit) == "app":
        again = () if signed_in else (Way(label="Show the key again", to=Step.MFA_TOTP),)
        shown = Fact(label="Made by", value="your code-generator app")
        return Parts(facts=(shown,), ways=again + other, tries_left=left)
    number = _number(visit)
    sent = visit.newest(_PURPOSE)
    expired = sent is None or sent.expires_at <= visit.now
    warning = "The code has expired. Have another one sent." if sent else NOT_SENT
    return Parts(
        facts=(Fact(label="Sent to", value=masked(number)),),
        ways=other if signed_in else (Way(label="Change the number", to=Step.MFA_PHONE), *other),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        resend_at=next_send(visit, _PURPOSE, number),
        tries_left=left,
    )


def resend_code(visit: Visit) -> None:
    """Send another code, and void the one before. Raises ProblemError: an app makes it (409), too early (429)."""
    if _method(visit) == "app":
        raise refused(409, "nothing_to_send", "Your app makes the code", detail="Nothing is sent: read it in the app.")
    refuse_early(visit, next_send(visit, _PURPOSE, _number(visit)))
    enter_code(visit)


def enter_recovery(visit: Visit) -> None:
    """Create a new recovery code, and void the one before."""
    visit.remember(CODE_REPLACED, bool(visit.idme.recovery_ident))
    visit.idme.recovery_ident = new_name(visit.backend)


def submit_recovery(visit: Visit, form: RecoveryCodeForm) -> None:
    """Finish the ID.me account; the code is not shown again."""
    visit.idme.finished = True
    visit.idme.recovery_ident = _SAVED


def show_recovery(visit: Visit) -> Parts:
    """Show the recovery code, this once."""
    says = "This code replaces the one that you were shown before, which opens nothing any more."
    return Parts(
        reveal={"recovery_code": visit.backend.memory_key.recovery_code(visit.idme.recovery_ident)},
        notices=(Notice(level="warning", text=says),) if visit.registration.memory.get(CODE_REPLACED) else (),
    )
