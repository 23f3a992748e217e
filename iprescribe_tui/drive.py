"""The one loop that every front end runs: show where the applicant is, take an answer, carry it out."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from iprescribe_tui.client import BackendError, Client, SignedOut, StaleView, StepRejected
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.protocol import (
    START,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    WaitingView,
)
from iprescribe_tui.journey.steps import Step

Shown = FormView | WaitingView | HandoffView | LockedView | EndedView | DoneView


@dataclass(frozen=True)
class ResumeView:
    """Asked at the start: go on with the registration that this machine remembers?"""

    registration: str
    npi: str
    username: str
    step: str
    left_at: str


@dataclass(frozen=True)
class SignInView:
    """The iPrescribe username and password are asked for, to go on where that registration is."""

    username: str = ""


@dataclass(frozen=True)
class SupportView:
    """A request to the support is being written; `behind` is where the applicant goes on afterwards."""

    behind: "Shown | ResumeView | SignInView"


AnyView = Shown | ResumeView | SignInView | SupportView


@dataclass(frozen=True)
class Submit:
    """The filled-in form; `key` makes sending it twice the same as sending it once."""

    form: StepForm
    key: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True)
class Back:
    """One step back, or to one of the ways that the view offers."""

    to: Step | None = None


@dataclass(frozen=True)
class Resend:
    """A new code or link."""


@dataclass(frozen=True)
class UsePhone:
    """Let a phone take the photos of this step."""


@dataclass(frozen=True)
class Resume:
    """Go on with a remembered registration."""

    registration: str
    username: str = ""


@dataclass(frozen=True)
class StartAnew:
    """Begin with an NPI."""


@dataclass(frozen=True)
class SignInInstead:
    """Go on with a registration that this machine does not hold the tokens of."""

    username: str = ""


@dataclass(frozen=True)
class AskSupport:
    """Write a request to the support."""


@dataclass(frozen=True)
class LookAgain:
    """Ask the backend where the applicant is."""


@dataclass(frozen=True)
class Leave:
    """Save and leave."""


Answer = Submit | Back | Resend | UsePhone | Resume | StartAnew | SignInInstead | AskSupport | LookAgain | Leave


class FrontEnd(Protocol):
    """What shows views and takes answers: Textual screens, plain prompts, a file."""

    async def ask(self, view: AnyView, problem: Problem | None) -> Answer:
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
    while True:
        answer = await _answer(client, front, view, problem)
        if arrived_by_phone(view, answer):
            await front.tell("The photos from your phone have arrived and were accepted.")
        if isinstance(answer, Leave):
            return
        view, problem = (
            await _carried_out(client, front, view, answer) if isinstance(answer, Answer) else (answer, None)
        )
        if isinstance(view, DoneView | EndedView) and not view.can_go_back:
            with suppress(BackendError, StepRejected):
                await client.sign_out()  # nothing is left to do with these tokens


async def _answer(client: Client, front: FrontEnd, view: AnyView, problem: Problem | None) -> Answer | Shown:
    """The applicant's answer, or the new view if what is waited for happens first."""
    if not isinstance(view, WaitingView | HandoffView | LockedView):
        return await front.ask(view, problem)
    asking: asyncio.Task[Answer | Shown] = asyncio.create_task(front.ask(view, problem))
    waiting: asyncio.Task[Answer | Shown] = asyncio.create_task(client.wait(view))
    try:
        first, _ = await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if asking in first:
            return asking.result()
        if waiting.exception() is None:
            return waiting.result()
        return await asking
    finally:
        for task in (asking, waiting):
            task.cancel()
        await asyncio.gather(asking, waiting, return_exceptions=True)


async def _carried_out(
    client: Client, front: FrontEnd, view: AnyView, answer: Answer
) -> tuple[AnyView, Problem | None]:
    """The view after `answer`, and what was wrong with it; asks again as long as the backend cannot be reached."""
    while True:
        try:
            return await _perform(client, front, view, answer), None
        except StepRejected as rejected:
            return _after_rejection(view, answer, rejected.problem)
        except StaleView as stale:
            return stale.view, None
        except SignedOut:
            return _after_sign_out(view, answer)
        except BackendError as error:
            if not await front.retry(error):
                return view, None


def _after_rejection(view: AnyView, answer: Answer, problem: Problem) -> tuple[AnyView, Problem]:
    """Where a refused answer leaves the applicant: where they were, unless they must sign in."""
    if problem.code == "already_registered" and isinstance(answer, Submit):
        return SignInView(), problem.model_copy(update={"errors": {"": problem.errors.get("npi", problem.title)}})
    return problem.current or view, problem


def _after_sign_out(view: AnyView, answer: Answer) -> tuple[AnyView, Problem]:
    """Where one goes on whose tokens are gone: to the sign-in, or to the NPI where there is nothing to sign in with."""
    username = answer.username if isinstance(answer, Resume) else ""
    if isinstance(view, ResumeView) and not username:
        says = "There is no username yet to sign in with, so begin with the NPI again. What you typed is kept."
        return START.model_copy(update={"prefill": {"npi": view.npi}}), _problem("signed_out", says)
    return SignInView(username), _problem("signed_out", "Your session is over. Sign in to go on where you were.")


def arrived_by_phone(before: AnyView, now: object) -> bool:
    """Whether the phone that was waited for has brought the journey on."""
    if not isinstance(before, HandoffView) or not before.slots:
        return False
    return isinstance(now, StepViewBase) and now.step is not before.step


def _problem(code: str, says: str) -> Problem:
    return Problem(title=says, status=0, code=code, errors={"": says})


async def _perform(client: Client, front: FrontEnd, view: AnyView, answer: Answer) -> AnyView:
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
        case Submit(SupportRequestForm() as form, key), SupportView(behind):
            receipt = await client.request_support(form, key=key)
            await front.tell(f"Your request was received. Its number is {receipt.reference}.")
            return behind
        case Submit(SignInForm() as form, key), _:
            return await client.sign_in(form, key=key)
        case Resume(registration), _:
            return await client.resume(registration)
        case Submit(NpiForm() as form, key), FormView(registration=""):
            return await client.start(form, key=key)
        case Submit(form, key), FormView() | WaitingView():
            return await client.submit(view, form, key=key)
        case Back(to), _ if isinstance(view, Shown):
            return await client.back(view, to)
        case (UsePhone(), FormView()) | (Resend(), HandoffView(slots=(_, *_))):
            return await client.hand_off()
        case Resend(), FormView() | WaitingView() | HandoffView():
            return await client.resend(view)
        case _:
            return await client.current()
