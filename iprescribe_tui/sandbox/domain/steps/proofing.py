"""Identity proofing after the photos: the phone, the Social Security number, the review, the link on the phone."""

from datetime import date, datetime
from typing import Final

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.forms import AttributesReviewForm, PhoneLinkForm, PhoneMatchForm, SsnForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Way
from iprescribe_tui.sandbox.domain import id_scan, limits, outbox
from iprescribe_tui.sandbox.domain.context import Parts, Visit
from iprescribe_tui.sandbox.domain.personas import Quirk
from iprescribe_tui.sandbox.domain.problems import ProblemError, locked, refused, wrong
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import NOT_SENT, miss, next_send, refuse_early, tries

REFEREE: Final = "referee"
_REFEREE_OPTION: Final = Option(value=REFEREE, label="Video call with a trusted referee")
TOO_MANY_SSN: Final = "The Social Security number did not match ten times. Wait until then, or ask support."
_COVERED: Final = "You signed in anew, so what was given before is covered. Type it again."
_TOO_MANY_PHONES: Final = "Five phones did not match. Choose the video call with a trusted referee, or wait."


def phone_options(visit: Visit) -> dict[str, tuple[Option, ...]]:
    """Return the ways to match a phone, with the trusted referee after a mismatch; {} for the usual ones."""
    if not visit.registration.memory.get("phone_failed"):
        return {}
    if visit.locked_until(limits.PHONE_RECORD, visit.person()):
        return {"method": (_REFEREE_OPTION,)}
    return {"method": (*visit.backend.service.lists["phone_methods"], _REFEREE_OPTION)}


def submit_phone(visit: Visit, form: PhoneMatchForm) -> None:
    """Match the phone with the credit profile, or call a trusted referee. Raises ProblemError (422, 429)."""
    if form.method == REFEREE:
        _call_referee(visit, form)
        return
    outbox.void(visit.db, visit.registration.id, REFEREE)
    if until := visit.locked_until(limits.PHONE_RECORD, visit.person()):
        raise locked(until, _TOO_MANY_PHONES, visit.now)
    visit.keep(Step.PHONE_MATCH, phone=form.phone, method=form.method)
    if refusal := _unmatched(visit, form):
        raise _counted(visit, *refusal)
    visit.succeed(limits.PHONE_RECORD, visit.person())


def _unmatched(visit: Visit, form: PhoneMatchForm) -> tuple[str, str, str] | None:
    """Return code, field and message of a phone's mismatch; None if it matches."""
    if visit.has(Quirk.NO_CREDIT_FILE):
        says = "There is no credit file in your name, so no phone can be matched. Choose the video call instead."
        return "no_credit_file", "method", says
    if visit.has(Quirk.CREDIT_FROZEN) and form.method == "text":
        says = "Your credit file is frozen, so a text message cannot be matched. Choose the phone call instead."
        return "credit_frozen", "method", says
    first = visit.registration.memory.get("unmatched_phone", form.phone)
    if visit.has(Quirk.PHONE_NO_MATCH) and first == form.phone:
        visit.remember("unmatched_phone", form.phone)
        says = f"{form.phone} does not match your credit profile. Give another number of yours, or take the video call."
        return "phone_no_match", "phone", says
    return None


def _counted(visit: Visit, code: str, name: str, says: str) -> ProblemError:
    taken = visit.take(limits.PHONE_RECORD, visit.person())
    visit.remember("phone_failed", True)
    if taken.locked_until:
        return locked(taken.locked_until, _TOO_MANY_PHONES, visit.now)
    return wrong(code, {name: f"{says} {tries(taken.left)}"}, tries_left=taken.left)


def _call_referee(visit: Visit, form: PhoneMatchForm) -> None:
    visit.keep(Step.PHONE_MATCH, phone=form.phone, method=REFEREE)
    visit.stays = True
    _invite(visit)


def _invite(visit: Visit) -> None:
    email = str(visit.answered(Step.PERSONAL)["email"])
    name = visit.provider.name
    visit.challenge(REFEREE, "trusted_referee", "e-mail", email, outbox.REFEREE_LIFETIME, name=name)


def show_phone(visit: Visit) -> Parts:
    """Show the phone, or the wait for a trusted referee."""
    shown = {name: value for name, value in given(visit, Step.PHONE_MATCH).items() if value != REFEREE}
    left = visit.tries_left(limits.PHONE_RECORD, visit.person())
    sent = visit.newest(REFEREE)
    if sent is None:
        return Parts(prefill=shown, options=phone_options(visit), tries_left=left)
    email = str(visit.answered(Step.PERSONAL).get("email", ""))
    expired = (Notice(level="warning", text="The link has expired. Have another e-mail sent."),)
    return Parts(
        prefill=shown,
        options=phone_options(visit),
        facts=(Fact(label="Invitation sent to", value=email),),
        notices=expired if sent.expires_at <= visit.now else (),
        waiting_for="the video call with a trusted referee",
        until=sent.expires_at,
        resend_at=next_send(visit, REFEREE, email),
        ways=(Way(label="Match a phone instead", to=Step.PHONE_MATCH),),
    )


def resend_phone(visit: Visit) -> None:
    """Send another invitation to the video call. Raises ProblemError: none was sent (409), too early (429)."""
    if visit.newest(REFEREE) is None:
        raise refused(409, "nothing_to_send", "Nothing was sent here", detail="Fill in the form first.")
    refuse_early(visit, next_send(visit, REFEREE, str(visit.answered(Step.PERSONAL)["email"])))
    _invite(visit)


def submit_ssn(visit: Visit, form: SsnForm) -> None:
    """Match the number, and keep its last four digits. Raises ProblemError (422, 429)."""
    if visit.has(Quirk.SSN_LOCKED) or visit.first_time(Quirk.SSN_REFUSED_ONCE):
        taken = visit.take(limits.SSN, visit.person())
        says = "This number does not match your records. Compare it with your card."
        raise miss(visit, taken, TOO_MANY_SSN, "ssn_no_match", ssn=says)
    visit.succeed(limits.SSN, visit.person())
    visit.keep(Step.SSN, last_four=form.ssn.get_secret_value()[-4:])


def show_ssn(visit: Visit) -> Parts:
    """Show how many attempts are left, and nothing typed before."""
    return Parts(tries_left=visit.tries_left(limits.SSN, visit.person()))


def submit_review(visit: Visit, form: AttributesReviewForm) -> None:
    """Keep the values that the applicant accepted."""
    visit.keep(Step.ATTRIBUTES_REVIEW, **form.model_dump(mode="json", exclude={"accept"}))


def show_review(visit: Visit) -> Parts:
    """Show the answers, or the registry's name and the ID's values, and the lines that other steps change."""
    provider = visit.provider
    before = given(visit, Step.ATTRIBUTES_REVIEW)
    covered = not visit.is_own(Step.ATTRIBUTES_REVIEW if visit.answered(Step.ATTRIBUTES_REVIEW) else Step.DOCUMENT)
    if "birth_date" in before:
        before["birth_date"] = american(before["birth_date"])
    filled_in, offered = id_scan.filled_in(visit) if visit.is_own(Step.DOCUMENT) else ({}, {})
    names = {"first_name": provider.first_name, "last_name": provider.last_name}
    return Parts(
        prefill={**filled_in, **{name: value for name, value in names.items() if value}, **before},
        on_file=offered,
        on_file_label="what the barcode of the ID says" if offered else "",
        notices=(Notice(level="info", text=_COVERED),) if covered else (),
        facts=(
            Fact(label="Phone", value=phone_of(visit), mend=Step.PHONE_MATCH),
            Fact(label="Social Security number", value=masked_ssn(visit), mend=Step.SSN),
        ),
    )


def masked(phone: str) -> str:
    """Return a phone number with its last four digits visible: `***-***-0134`."""
    return f"***-***-{phone[-4:]}"


def american(day: str) -> str:
    """Return an ISO date as it is written in the United States: 04/30/1975."""
    return f"{date.fromisoformat(day):%m/%d/%Y}"


def phone_of(visit: Visit) -> str:
    """Return the matched phone, covered unless this session gave it."""
    return visit.own(Step.PHONE_MATCH, str(visit.answered(Step.PHONE_MATCH).get("phone") or ""))


def masked_ssn(visit: Visit) -> str:
    """Return `***-**-1234`, or `***-**-****` if another session gave the number."""
    last_four = visit.answered(Step.SSN).get("last_four") if visit.is_own(Step.SSN) else None
    return f"***-**-{last_four or '****'}"


def enter_link(visit: Visit) -> None:
    """Send the link to the phone, in a text message or a call."""
    answers = visit.answered(Step.PHONE_MATCH)
    called = answers.get("method") == "call"
    template = "phone_link_call" if called else "phone_link"
    to = str(answers["phone"])
    sent = visit.challenge("phone_link", template, "call" if called else "text", to, outbox.LINK_LIFETIME)
    challenge = visit.newest("phone_link")
    if sent and challenge and visit.first_time(Quirk.PHONE_LINK_EXPIRED):
        challenge.expires_at = visit.now
        visit.registration.wake_at = None


def submit_link(visit: Visit, form: PhoneLinkForm) -> None:
    """Raise ProblemError (409): only the link completes this step."""
    says = "The link has not been opened yet. Open it on your phone; if it did not come, have another sent."
    raise refused(409, "still_waiting", "The link on your phone is waited for", detail=says, errors={"": says})


def show_link(visit: Visit) -> Parts:
    """Show where the link was sent, how long it works, and how to change the number."""
    number = str(visit.answered(Step.PHONE_MATCH).get("phone", ""))
    phone = number if visit.is_own(Step.PHONE_MATCH) else masked(number)
    sent = visit.newest("phone_link")
    expired = sent is None or sent.expires_at <= visit.now
    warning = "The link has expired. Have another one sent, and open that." if sent else NOT_SENT
    called = visit.answered(Step.PHONE_MATCH).get("method") == "call"
    return Parts(
        facts=(Fact(label="Sent to", value=phone),),
        notices=(Notice(level="warning", text=warning),) if expired else (),
        waiting_for=f"you to answer the call to {phone}" if called else f"you to open the link in the text to {phone}",
        until=sent.expires_at if sent else None,
        resend_at=_again(visit, number),
        ways=(Way(label="The number is wrong", to=Step.PHONE_MATCH),),
    )


def _again(visit: Visit, phone: str) -> datetime:
    return next_send(visit, "phone_link", phone)


def resend_link(visit: Visit) -> None:
    """Send another link, and void the one before. Raises ProblemError (429) if it is too early."""
    refuse_early(visit, _again(visit, str(visit.answered(Step.PHONE_MATCH)["phone"])))
    enter_link(visit)
