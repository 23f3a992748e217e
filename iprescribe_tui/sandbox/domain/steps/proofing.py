"""Identity proofing after the photos: the phone, the Social Security number, the review, the link on the phone."""

from datetime import date, datetime
from typing import Final

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.forms import AttributesReviewForm, PhoneLinkForm, PhoneMatchForm, SsnForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Way
from iprescribe_tui.sandbox.domain import id_scan, limits, outbox
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.personas import Quirk
from iprescribe_tui.sandbox.domain.problems import ProblemError, locked, refused, wrong
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import NOT_SENT, miss, next_send, refuse_early, tries

REFEREE: Final = "referee"
_REFEREE_OPTION: Final = Option(value=REFEREE, label="Video call with a trusted referee")
TOO_MANY_SSN: Final = "The Social Security number did not match ten times. Wait until then, or ask support."
_COVERED: Final = "You signed in anew, so what was given before is covered. Type it again."
_TOO_MANY_PHONES: Final = "Five phones did not match. Choose the video call with a trusted referee, or wait."


def phone_options(context: RequestContext) -> dict[str, tuple[Option, ...]]:
    """Return the ways to match a phone, with the trusted referee after a mismatch; {} for the usual ones."""
    if not context.registration.flags.get("phone_failed"):
        return {}
    if context.locked_until(limits.PHONE_RECORD, context.person()):
        return {"method": (_REFEREE_OPTION,)}
    return {"method": (*context.backend.service.lists["phone_methods"], _REFEREE_OPTION)}


def submit_phone(context: RequestContext, form: PhoneMatchForm) -> None:
    """Match the phone with the credit profile, or call a trusted referee. Raises ProblemError (422, 429)."""
    if form.method == REFEREE:
        _call_referee(context, form)
        return
    outbox.void(context.db, context.registration.id, REFEREE)
    if until := context.locked_until(limits.PHONE_RECORD, context.person()):
        raise locked(until, _TOO_MANY_PHONES, context.now)
    context.keep(Step.PHONE_MATCH, phone=form.phone, method=form.method)
    if refusal := _unmatched(context, form):
        raise _counted(context, *refusal)
    context.succeed(limits.PHONE_RECORD, context.person())


def _unmatched(context: RequestContext, form: PhoneMatchForm) -> tuple[str, str, str] | None:
    """Return code, field and message of a phone's mismatch; None if it matches."""
    if context.has(Quirk.NO_CREDIT_FILE):
        message = "There is no credit file in your name, so no phone can be matched. Choose the video call instead."
        return "no_credit_file", "method", message
    if context.has(Quirk.CREDIT_FROZEN) and form.method == "text":
        message = "Your credit file is frozen, so a text message cannot be matched. Choose the phone call instead."
        return "credit_frozen", "method", message
    first = context.registration.flags.get("unmatched_phone", form.phone)
    if context.has(Quirk.PHONE_NO_MATCH) and first == form.phone:
        context.remember("unmatched_phone", form.phone)
        message = (
            f"{form.phone} does not match your credit profile. Give another number of yours, or take the video call."
        )
        return "phone_no_match", "phone", message
    return None


def _counted(context: RequestContext, code: str, name: str, message: str) -> ProblemError:
    attempt = context.record_attempt(limits.PHONE_RECORD, context.person())
    context.remember("phone_failed", True)
    if attempt.locked_until:
        return locked(attempt.locked_until, _TOO_MANY_PHONES, context.now)
    return wrong(code, {name: f"{message} {tries(attempt.left)}"}, tries_left=attempt.left)


def _call_referee(context: RequestContext, form: PhoneMatchForm) -> None:
    context.keep(Step.PHONE_MATCH, phone=form.phone, method=REFEREE)
    context.stay_on_step = True
    _invite(context)


def _invite(context: RequestContext) -> None:
    email = str(context.answered(Step.PERSONAL)["email"])
    name = context.provider.name
    context.challenge(REFEREE, "trusted_referee", "e-mail", email, outbox.REFEREE_LIFETIME, name=name)


def show_phone(context: RequestContext) -> ViewData:
    """Show the phone, or the wait for a trusted referee."""
    shown = {name: value for name, value in given(context, Step.PHONE_MATCH).items() if value != REFEREE}
    left = context.tries_left(limits.PHONE_RECORD, context.person())
    sent = context.newest(REFEREE)
    if sent is None:
        return ViewData(prefill=shown, options=phone_options(context), tries_left=left)
    email = str(context.answered(Step.PERSONAL).get("email", ""))
    expired = (Notice(level="warning", text="The link has expired. Have another e-mail sent."),)
    return ViewData(
        prefill=shown,
        options=phone_options(context),
        facts=(Fact(label="Invitation sent to", value=email),),
        notices=expired if sent.expires_at <= context.now else (),
        waiting_for="the video call with a trusted referee",
        until=sent.expires_at,
        resend_at=next_send(context, REFEREE, email),
        ways=(Way(label="Match a phone instead", to=Step.PHONE_MATCH),),
    )


def resend_phone(context: RequestContext) -> None:
    """Send another invitation to the video call. Raises ProblemError: none was sent (409), too early (429)."""
    if context.newest(REFEREE) is None:
        raise refused(409, "nothing_to_send", "Nothing was sent here", detail="Fill in the form first.")
    refuse_early(context, next_send(context, REFEREE, str(context.answered(Step.PERSONAL)["email"])))
    _invite(context)


def submit_ssn(context: RequestContext, form: SsnForm) -> None:
    """Match the number, and keep its last four digits. Raises ProblemError (422, 429)."""
    if context.has(Quirk.SSN_LOCKED) or context.first_time(Quirk.SSN_REFUSED_ONCE):
        attempt = context.record_attempt(limits.SSN, context.person())
        message = "This number does not match your records. Compare it with your card."
        raise miss(context, attempt, TOO_MANY_SSN, "ssn_no_match", ssn=message)
    context.succeed(limits.SSN, context.person())
    context.keep(Step.SSN, last_four=form.ssn.get_secret_value()[-4:])


def show_ssn(context: RequestContext) -> ViewData:
    """Show how many attempts are left, and nothing typed before."""
    return ViewData(tries_left=context.tries_left(limits.SSN, context.person()))


def submit_review(context: RequestContext, form: AttributesReviewForm) -> None:
    """Keep the values that the applicant accepted."""
    context.keep(Step.ATTRIBUTES_REVIEW, **form.model_dump(mode="json", exclude={"accept"}))


def show_review(context: RequestContext) -> ViewData:
    """Show the answers, or the registry's name and the ID's values, and the lines that other steps change."""
    provider = context.provider
    before = given(context, Step.ATTRIBUTES_REVIEW)
    answered = bool(context.answered(Step.ATTRIBUTES_REVIEW))
    covered = not context.is_own(Step.ATTRIBUTES_REVIEW) if answered else id_scan.is_covered(context)
    if "birth_date" in before:
        before["birth_date"] = american(before["birth_date"])
    filled_in, offered = id_scan.filled_in(context)
    names = {"first_name": provider.first_name, "last_name": provider.last_name}
    return ViewData(
        prefill={**filled_in, **{name: value for name, value in names.items() if value}, **before},
        on_file=offered,
        on_file_label="what the barcode of the ID says" if offered else "",
        notices=(Notice(level="info", text=_COVERED),) if covered else (),
        facts=(
            Fact(label="Phone", value=phone_of(context), mend=Step.PHONE_MATCH),
            Fact(label="Social Security number", value=masked_ssn(context), mend=Step.SSN),
        ),
    )


def masked(phone: str) -> str:
    """Return a phone number with its last four digits visible: `***-***-0134`."""
    return f"***-***-{phone[-4:]}"


def american(day: str) -> str:
    """Return an ISO date as it is written in the United States: 04/30/1975."""
    return f"{date.fromisoformat(day):%m/%d/%Y}"


def phone_of(context: RequestContext) -> str:
    """Return the matched phone, covered unless this session gave it."""
    return context.own(Step.PHONE_MATCH, str(context.answered(Step.PHONE_MATCH).get("phone") or ""))


def masked_ssn(context: RequestContext) -> str:
    """Return `***-**-1234`, or `***-**-****` if another session gave the number."""
    last_four = context.answered(Step.SSN).get("last_four") if context.is_own(Step.SSN) else None
    return f"***-**-{last_four or '****'}"


def enter_link(context: RequestContext) -> None:
    """Send the link to the phone, in a text message or a call."""
    answers = context.answered(Step.PHONE_MATCH)
    called = answers.get("method") == "call"
    template = "phone_link_call" if called else "phone_link"
    to = str(answers["phone"])
    sent = context.challenge("phone_link", template, "call" if called else "text", to, outbox.LINK_LIFETIME)
    challenge = context.newest("phone_link")
    if sent and challenge and context.first_time(Quirk.PHONE_LINK_EXPIRED):
        challenge.expires_at = context.now
        context.registration.changes_at = None


def submit_link(context: RequestContext, form: PhoneLinkForm) -> None:
    """Raise ProblemError (409): only the link completes this step."""
    message = "The link has not been opened yet. Open it on your phone; if it did not come, have another sent."
    raise refused(409, "still_waiting", "The link on your phone is waited for", detail=message, errors={"": message})


def show_link(context: RequestContext) -> ViewData:
    """Show where the link was sent, how long it works, and how to change the number."""
    number = str(context.answered(Step.PHONE_MATCH).get("phone", ""))
    phone = number if context.is_own(Step.PHONE_MATCH) else masked(number)
    sent = context.newest("phone_link")
    expired = sent is None or sent.expires_at <= context.now
    warning = "The link has expired. Have another one sent, and open that." if sent else NOT_SENT
    called = context.answered(Step.PHONE_MATCH).get("method") == "call"
    return ViewData(
        facts=(Fact(label="Sent to", value=phone),),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        waiting_for=f"you to answer the call to {phone}" if called else f"you to open the link in the text to {phone}",
        until=sent.expires_at if sent else None,
        resend_at=_again(context, number),
        ways=(Way(label="The number is wrong", to=Step.PHONE_MATCH),),
    )


def _again(context: RequestContext, phone: str) -> datetime:
    return next_send(context, "phone_link", phone)


def resend_link(context: RequestContext) -> None:
    """Send another link, and void the one before. Raises ProblemError (429) if it is too early."""
    refuse_early(context, _again(context, str(context.answered(Step.PHONE_MATCH)["phone"])))
    enter_link(context)
