"""Execution of an action at the backend, and the view it leads to, also if it is refused or too late."""

from collections.abc import Callable
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from iprescribe_tui.client import Client, SignedOut, StaleView, StepRejected
from iprescribe_tui.flow.actions import (
    Action,
    AskSupport,
    Back,
    Resend,
    Resume,
    ResumeView,
    SignInInstead,
    SignInView,
    StartAnew,
    Submit,
    SupportView,
    UsePhone,
    View,
)
from iprescribe_tui.journey.forms import NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.views import (
    SESSION_CHANGED,
    SESSION_REPLACED,
    SESSION_STARTED_OVER,
    START,
    TOKEN_REUSED,
    BackendView,
    FormView,
    HandoffView,
    Problem,
    StepViewBase,
    WaitingView,
)
from iprescribe_tui.system.wording import duration

Outcome = tuple[View, Problem | None]
"""View after an action, and the problem with the action, if any."""

_ENDED = {
    SESSION_CHANGED: (
        "A password, second factor or recovery code was set in another session, so this one was closed to protect you. "
        "If that was not you, ask support, or start over once you are in."
    ),
    TOKEN_REUSED: (
        "This session was used a second time elsewhere, as by somebody who copied it, so it was closed to protect you."
    ),
}
_MOVED_ON = (
    "This was not sent, since the registration has moved on meanwhile: in another window, on another machine or a "
    "phone, or because a code ran out. You see where it stands now. What you typed is kept, except secrets."
)
_BEGIN_AGAIN = {
    SESSION_REPLACED: (
        "Another terminal started with this NPI before you chose a username here, so your session ended. To continue "
        "here, enter the NPI again (the session there then ends) and choose your username and password: from then on, "
        "only they open your registration. What you typed is kept."
    ),
    SESSION_STARTED_OVER: (
        "Your registration was started over in another session, which erased its answers and closed this one. If that "
        "was you, continue there. If not, ask support. To start again here, enter the NPI: the session there then "
        "ends. What you typed is kept."
    ),
}


class Applicant(Protocol):
    """NPI and username of the applicant, "" while unknown."""

    npi: str
    username: str


async def outcome_of(
    client: Client, applicant: Applicant, view: View, action: Action, notify: Callable[[str], None]
) -> Outcome:
    """Carry `action` out and return its outcome. A lost session is an outcome too; raises other `BackendError`s."""
    try:
        return await _execute(client, view, action, notify), None
    except StepRejected as rejected:
        return _after_rejection(view, action, rejected.problem)
    except StaleView as stale:
        return stale.view, _problem("moved_on", _MOVED_ON)
    except SignedOut as ended:
        if why := _BEGIN_AGAIN.get(ended.code):
            return START.model_copy(update={"prefill": {"npi": applicant.npi}}), _problem(ended.code, why)
        return _after_sign_out(applicant, view, action, _ENDED.get(ended.code, "Your session is over."))


async def demand_lists(client: Client, view: View) -> None:
    """Check that `view` can be answered: no list that its form needs is empty. Raises `BackendError`."""
    if isinstance(view, SupportView):
        await client.demand_lists(SupportRequestForm, {})
    elif isinstance(view, FormView | WaitingView):
        await client.demand_lists(view.step.form, view.options)


async def _execute(client: Client, view: View, action: Action, notify: Callable[[str], None]) -> View:
    """Carry `action` out and return the next view. Raises the client's exceptions."""
    match action:
        case StartAnew():
            return START
        case SignInInstead(username):
            return SignInView(username)
        case Back() if isinstance(view, SupportView):
            return view.behind
        case Back() if not isinstance(view, BackendView):
            return START
    if client.service is None:
        await client.connect()
    match action, view:
        case AskSupport(), _:  # the backend lists the subjects of a request
            return SupportView(view.behind if isinstance(view, SupportView) else view)
        case Submit(SupportRequestForm() as form), SupportView(behind):
            receipt = await client.request_support(form, key=_key_of(form))
            notify(f"Your request was received. Its number is {receipt.reference}.")
            return behind
        case Submit(SignInForm() as form, key), _:
            return await client.sign_in(form, key=key)
        case Resume(registration), _:
            return await client.resume(registration)
        case Submit(NpiForm() as form, key), FormView(registration=""):
            return await client.start(form, key=key)
        case Submit(form, key, despite), FormView() | WaitingView():
            return await client.submit(view, form, key=key, despite=despite)
        case Back(to), _ if isinstance(view, BackendView):
            return await client.back(view, to)
        case (UsePhone(key), FormView()) | (Resend(key), HandoffView(slots=(_, *_))):
            return await client.hand_off(key=key)
        case Resend(key), FormView() | WaitingView() | HandoffView():
            return await client.resend(view, key=key)
        case _:
            return await client.current()


def _key_of(form: SupportRequestForm) -> str:
    """Return the idempotency key of a support request: the same for the same text, in any run of the program.

    A step that is sent again after a crash is refused by its revision; a support request has none.
    """
    return str(uuid5(NAMESPACE_URL, form.model_dump_json()))


def _after_rejection(view: View, action: Action, problem: Problem) -> Outcome:
    """Return the outcome of a refused action: the view it was sent from, unless the applicant must sign in."""
    if problem.code == "already_registered" and isinstance(action, Submit):
        return SignInView(), problem.model_copy(update={"errors": {"": problem.errors.get("npi", problem.title)}})
    return problem.current or view, problem


def after_idling(applicant: Applicant, view: View, action: Action, seconds: float) -> Outcome:
    """Return the outcome of `seconds` without a key: sign-in, or NPI entry when no username exists yet."""
    text = f"Nothing was typed for {duration(seconds)}, so your session was closed to protect you."
    return _after_sign_out(applicant, view, action, text)


def _after_sign_out(applicant: Applicant, view: View, action: Action, why: str) -> Outcome:
    """Return the view after the session is lost: sign-in, or NPI entry when no username exists yet."""
    username = action.username if isinstance(action, Resume) else applicant.username
    npi = view.npi if isinstance(view, ResumeView) else applicant.npi
    if npi and not username:
        text = f"{why} There is no username yet to sign in with, so begin with the NPI again. What you typed is kept."
        return START.model_copy(update={"prefill": {"npi": npi}}), _problem("signed_out", text)
    text = f"{why} Sign in to go on where you were. What you typed is kept, except secrets."
    return SignInView(username), _problem("signed_out", text)


def arrived_by_phone(before: View, now: object) -> bool:
    """Return whether the photos from the awaited phone have moved the registration on."""
    if not isinstance(before, HandoffView) or not before.slots:
        return False
    return isinstance(now, StepViewBase) and now.step is not before.step


def _problem(code: str, text: str) -> Problem:
    return Problem(title=text, status=0, code=code, errors={"": text})
