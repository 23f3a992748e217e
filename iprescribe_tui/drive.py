"""The one loop that every front end runs: show where the applicant is, take an answer, carry it out."""

import asyncio
from contextlib import suppress
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from iprescribe_tui.client import BackendError, Client, SignedOut, StaleView, StepRejected
from iprescribe_tui.journey.forms import NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.offering import without_refused_address
from iprescribe_tui.journey.protocol import (
    SESSION_CHANGED,
    SESSION_REPLACED,
    START,
    TOKEN_REUSED,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    Problem,
    SessionPolicy,
    StepViewBase,
    WaitingView,
)
from iprescribe_tui.turns import (
    Action,
    AnyView,
    AskSupport,
    Back,
    Leave,
    LookAgain,
    Resend,
    Resume,
    ResumeView,
    Shown,
    SignInInstead,
    SignInView,
    StartAnew,
    Submit,
    SupportView,
    TimedOut,
    UsePhone,
)

CLOSES_WITHIN = 5.0
"""How many seconds the backend has to be told that a session is over; it is over here whatever becomes of that."""

_MOMENT = 0.5


class Applicant(Protocol):
    """Whose registration it is, as far as that is known; "" where it is not."""

    npi: str
    username: str


class FrontEnd(Protocol):
    """What shows views and takes answers: Textual screens, plain prompts, a file."""

    @property
    def applicant(self) -> Applicant:
        """Who answers."""
        ...

    async def ask(self, view: AnyView, problem: Problem | None) -> Action:
        """Show `view`, with what was wrong with the last answer, and return the next one."""
        ...

    async def retry(self, error: BackendError) -> bool:
        """Say that the backend could not be asked; True tries the same again, False goes back to the view."""
        ...

    async def tell(self, text: str) -> None:
        """Say something that needs no answer."""
        ...


async def drive(client: Client, front: FrontEnd, view: AnyView = START) -> None:
    """Take the applicant from `view` to the end, or until they leave."""
    problem: Problem | None = None
    unsettled: Action | None = None
    closing: asyncio.Task[None] | None = None
    try:
        while True:
            answer = await _answer(client, front, view, problem)
            if answer == unsettled:  # it may have arrived all the same: sent under the same key, it counts once
                answer = unsettled
            if arrived_by_phone(view, answer):
                await front.tell("The photos from your phone have arrived and were accepted.")
            if isinstance(answer, Leave):
                return
            if closing:
                await closing  # what was timed out is over before anything else is done
            before = view
            if isinstance(answer, TimedOut):
                # Whoever comes back is asked to sign in at once, however long the backend takes.
                closing = asyncio.create_task(_time_out(client))
                view, problem = _after_sign_out(front.applicant, view, answer, _timed_out_words(client))
            elif isinstance(answer, Action):
                view, problem = await _carried_out(client, front, view, answer)
            else:
                view, problem = answer, None
            unsettled = answer if isinstance(answer, Action) and view is before and problem is None else None
            del answer, before  # they may hold secrets, which are not needed while the next answer is waited for
            if isinstance(view, DoneView | EndedView) and not view.can_go_back:
                with suppress(BackendError, StepRejected):
                    await client.sign_out()  # nothing is left to do with these tokens
    finally:
        if closing:
            await asyncio.wait({closing}, timeout=_MOMENT)
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)


async def _time_out(client: Client) -> None:
    """End the session of somebody who is not there any more."""
    with suppress(BackendError, StepRejected, TimeoutError):
        await asyncio.wait_for(client.time_out(), CLOSES_WITHIN)


async def _answer(client: Client, front: FrontEnd, view: AnyView, problem: Problem | None) -> Action | Shown:
    """The applicant's answer, or the new view if what is waited for happens first."""
    if isinstance(view, StepViewBase):
        view = without_refused_address(view)
    while isinstance(view, WaitingView | HandoffView | LockedView):
        try:
            return await _whichever_is_first(client, front, view, problem)
        except SignedOut:
            return LookAgain()
        except StepRejected as rejected:
            problem = rejected.problem
            break
        except BackendError as error:
            if not await front.retry(error):
                break
    return await front.ask(view, problem)


async def _whichever_is_first(
    client: Client, front: FrontEnd, view: WaitingView | HandoffView | LockedView, problem: Problem | None
) -> Action | Shown:
    """The applicant's answer or the new view. Raises what waiting cannot mend."""
    asking: asyncio.Task[Action | Shown] = asyncio.create_task(front.ask(view, problem))
    waiting: asyncio.Task[Action | Shown] = asyncio.create_task(_next(client, view))
    try:
        first, _ = await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking in first else waiting.result()
    finally:
        for task in (asking, waiting):
            task.cancel()
        await asyncio.gather(asking, waiting, return_exceptions=True)


async def _next(client: Client, view: WaitingView | HandoffView | LockedView) -> Shown:
    """Return the view after `view` once it comes. Raises what waiting cannot mend."""
    after = await client.wait(view)
    await _demand_lists(client, after)
    return after


async def _demand_lists(client: Client, view: AnyView) -> None:
    """Make sure that `view` can be answered: no list that its form needs is empty. Raises BackendError."""
    if isinstance(view, SupportView):
        await client.demand_lists(SupportRequestForm, {})
    elif isinstance(view, FormView | WaitingView):
        await client.demand_lists(view.step.form, view.options)


async def _carried_out(
    client: Client, front: FrontEnd, view: AnyView, answer: Action
) -> tuple[AnyView, Problem | None]:
    """The view after `answer`, and what was wrong with it; asks again as long as the backend cannot be reached."""
    while True:
        try:
            after, problem = await _settled(client, front, view, answer)
            await _demand_lists(client, after)
        except BackendError as error:
            if not await front.retry(error):
                return view, None
        else:
            return after, problem


async def _settled(client: Client, front: FrontEnd, view: AnyView, answer: Action) -> tuple[AnyView, Problem | None]:
    """Return the view after `answer`, and what was wrong with it. Raises BackendError but for a session's end."""
    try:
        return await _perform(client, front, view, answer), None
    except StepRejected as rejected:
        return _after_rejection(view, answer, rejected.problem)
    except StaleView as stale:
        return stale.view, _problem("moved_on", _MOVED_ON)
    except SignedOut as ended:
        if ended.code == SESSION_REPLACED:
            return _after_replacement(front.applicant)
        return _after_sign_out(front.applicant, view, answer, _ENDED.get(ended.code, "Your session is over."))


_ENDED = {
    SESSION_CHANGED: (
        "A password, second factor or recovery code was set in another session, so this one was closed to protect you. "
        "If that was not you, ask support, or start over once you are in."
    ),
    TOKEN_REUSED: (
        "This session was used a second time elsewhere, as by somebody who copied it, so it was closed to protect you."
    ),
}


def _after_rejection(view: AnyView, answer: Action, problem: Problem) -> tuple[AnyView, Problem]:
    """Where a refused answer leaves the applicant: where they were, unless they must sign in."""
    if problem.code == "already_registered" and isinstance(answer, Submit):
        return SignInView(), problem.model_copy(update={"errors": {"": problem.errors.get("npi", problem.title)}})
    return problem.current or view, problem


_MOVED_ON = (
    "This was not sent, since the registration has moved on meanwhile: in another window, on another machine or a "
    "phone, or because a code ran out. You see where it stands now. What you typed is kept, except secrets."
)


def _after_sign_out(
    applicant: Applicant, view: AnyView, answer: Action, why: str = "Your session is over."
) -> tuple[AnyView, Problem]:
    """Where one goes on whose tokens are gone: to the sign-in, or to the NPI where there is nothing to sign in with."""
    username = answer.username if isinstance(answer, Resume) else applicant.username
    npi = view.npi if isinstance(view, ResumeView) else applicant.npi
    if npi and not username:
        says = f"{why} There is no username yet to sign in with, so begin with the NPI again. What you typed is kept."
        return START.model_copy(update={"prefill": {"npi": npi}}), _problem("signed_out", says)
    says = f"{why} Sign in to go on where you were. What you typed is kept, except secrets."
    return SignInView(username), _problem("signed_out", says)


def _after_replacement(applicant: Applicant) -> tuple[AnyView, Problem]:
    """Return the NPI's view after another terminal started with the same NPI, with why and what to do."""
    return START.model_copy(update={"prefill": {"npi": applicant.npi}}), _problem(SESSION_REPLACED, _REPLACED)


_REPLACED = (
    "Another terminal started with this NPI before you chose a username here, so your session ended. To continue here, "
    "enter the NPI again (the session there then ends) and choose your username and password: from then on, only they "
    "open your registration. What you typed is kept."
)


def _timed_out_words(client: Client) -> str:
    idle = client.service.sessions.idle if client.service else SessionPolicy().idle
    return f"Nothing was typed for {in_words(idle)}, so your session was closed to protect you."


def in_words(seconds: float) -> str:
    """A time as people say it, to the minute where it has two at least."""
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def arrived_by_phone(before: AnyView, now: object) -> bool:
    """Whether the phone that was waited for has brought the journey on."""
    if not isinstance(before, HandoffView) or not before.slots:
        return False
    return isinstance(now, StepViewBase) and now.step is not before.step


def _problem(code: str, says: str) -> Problem:
    return Problem(title=says, status=0, code=code, errors={"": says})


async def _perform(client: Client, front: FrontEnd, view: AnyView, answer: Action) -> AnyView:
    """Carry `answer` out; raises what the client raises."""
    match answer:
        case StartAnew():
            return START
        case SignInInstead(username):
            return SignInView(username)
        case Back() if isinstance(view, SupportView):
            return view.behind
        case Back() if not isinstance(view, Shown):
            return START
    if client.service is None:
        await client.connect()
    match answer, view:
        case AskSupport(), _:  # what a request may be about, the backend says
            return SupportView(view.behind if isinstance(view, SupportView) else view)
        case Submit(SupportRequestForm() as form), SupportView(behind):
            receipt = await client.request_support(form, key=_key_of(form))
            await front.tell(f"Your request was received. Its number is {receipt.reference}.")
            return behind
        case Submit(SignInForm() as form, key), _:
            return await client.sign_in(form, key=key)
        case Resume(registration), _:
            return await client.resume(registration)
        case Submit(NpiForm() as form, key), FormView(registration=""):
            return await client.start(form, key=key)
        case Submit(form, key, despite), FormView() | WaitingView():
            return await client.submit(view, form, key=key, despite=despite)
        case Back(to), _ if isinstance(view, Shown):
            return await client.back(view, to)
        case (UsePhone(key), FormView()) | (Resend(key), HandoffView(slots=(_, *_))):
            return await client.hand_off(key=key)
        case Resend(key), FormView() | WaitingView() | HandoffView():
            return await client.resend(view, key=key)
        case _:
            return await client.current()


def _key_of(form: SupportRequestForm) -> str:
    """What makes a request to the support the same as one sent before, whichever run of the program sends it.

    A step that is sent again after a crash is refused by its revision; a request to the support has none.
    """
    return str(uuid5(NAMESPACE_URL, form.model_dump_json()))
