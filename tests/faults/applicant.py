"""An applicant before the program's one loop, without a screen: answers each step, and presses Retry when told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, cast

import pyotp

from iprescribe_tui.client import BackendError, Client
from iprescribe_tui.flow.actions import (
    Action,
    AskSupport,
    Back,
    Leave,
    LookAgain,
    Resend,
    SignInInstead,
    SignInView,
    Submit,
    SupportView,
    UsePhone,
)
from iprescribe_tui.flow.page_state import PageState, WaitState
from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import DoneView, FormView, HandoffView, StepViewBase, WaitingView
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from tests.backend import PASSWORD, RunningSandbox, Walk, picture

SUPPORT = {"category": "something", "message": "Which number is mine?", "contact": "217-555-0134"}

Course = Literal["new account", "own account", "code generator"]
"""The ways that together come to every step."""

ASIDES: dict[Step, Callable[[], Action]] = {
    Step.ACCOUNTS_INTRO: AskSupport,
    Step.PERSONAL: Back,
    Step.MFA_CODE: Resend,
    Step.DOCUMENT: UsePhone,
    Step.SELFIE: LookAgain,
    Step.SSN: SignInInstead,
}
"""What is done once besides answering, so that every call is made."""


@dataclass
class Applicant:
    """A `page_state.FrontEnd` that answers, until `leaves_at` is come to.

    `pass_time` makes a code old enough for another one; `resends`: they have a code sent again. `retried` counts how
    often Retry was pressed, `came_to` lists the steps, and `arrived` hears of each when it is shown.
    """

    client: Client
    folder: Path
    clock: Callable[[], datetime]
    course: Course = "new account"
    leaves_at: Step = Step.DONE
    pass_time: Callable[[Step], None] = lambda step: None
    arrived: Callable[[Step], None] = lambda step: None
    resends: bool = False
    retried: int = 0
    came_to: list[Step] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _page: PageState | None = None
    _done: set[Step] = field(default_factory=set)
    _totp: str = ""

    async def show(self, page: PageState) -> None:
        """Look at it."""
        self._page = page

    async def read(self) -> Action:
        """The answer to the page."""
        assert self._page
        view, problem = self._page.view, self._page.problem
        if problem:
            self.refused.append(f"{problem.code}: {dict(problem.errors) or problem.title}")
            assert len(self.refused) < 3, self.refused
        if isinstance(view, SupportView):
            return Submit(SupportRequestForm.check({**SUPPORT, "category": self._category()}))
        if isinstance(view, SignInView):
            return Submit(SignInForm.check({"username": self._walk.user, "password": PASSWORD}))
        if isinstance(view, DoneView) or (isinstance(view, StepViewBase) and view.step is self.leaves_at):
            return Leave()
        assert isinstance(view, StepViewBase), view
        if isinstance(view, HandoffView):
            return Back()
        if self.came_to[-1:] != [view.step]:
            self.came_to.append(view.step)
            self.arrived(view.step)
        if aside := self._aside(view.step):
            return aside
        assert isinstance(view, FormView | WaitingView)
        return await self._answer(view)

    def _aside(self, step: Step) -> Action | None:
        """What is done before the step is answered, once."""
        if step in self._done:
            return None
        self._done.add(step)
        self.pass_time(step)
        kind = ASIDES.get(step)
        return kind() if kind and (self.resends or kind is not Resend) else None

    def _category(self) -> str:
        assert self.client.service
        return self.client.service.lists["support_categories"][0].value

    async def confirm_retry(self, error: BackendError) -> bool:
        """Retry."""
        self.retried += 1
        assert self.retried < 5, error
        return True

    def waiting(self, state: WaitState | None) -> None:
        """Wait."""

    def idle(self, seconds_left: float | None) -> None:
        """Never."""

    @property
    def _walk(self) -> Walk:
        """What they answer; no sandbox is needed for that."""
        account: Literal["create", "existing"] = "existing" if self.course == "own account" else "create"
        method: Literal["text", "app"] = "app" if self.course == "code generator" else "text"
        return Walk(cast("RunningSandbox", None), account=account, method=method)

    async def _answer(self, view: FormView | WaitingView) -> Action:
        step = view.step
        if secret := view.reveal.get("totp_secret"):
            self._totp = secret.get_secret_value()
        if step is Step.PHONE_LINK:
            newest = (await self.client.outbox())[0]
            await self.client.follow(newest)
            await asyncio.Event().wait()  # until the loop has seen that it was opened
        if self.client.service is None:
            await self.client.connect()
        assert self.client.service
        context = self.client.service.context(step.form, view.options, date.today())
        return Submit(step.form.check(await self._answers_to(view), context))

    async def _answers_to(self, view: FormView | WaitingView) -> dict[str, object]:
        step = view.step
        if step is Step.IDME_SIGN_IN:
            return {"email": SEED_IDME[0].email, "password": SEED_IDME[0].password}
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            if self._totp and step is Step.MFA_CODE:
                return {"code": pyotp.TOTP(self._totp).at(self.clock())}
            return {"code": (await self.client.outbox())[0].code}
        if step is Step.DOCUMENT:
            return {"kind": "drivers_license", "front": self._photo("front"), "back": self._photo("back")}
        if step is Step.SELFIE:
            return {"photo": self._photo("photo")}
        if step is Step.LICENSE_REVIEW:
            return {"npi": self._walk.npi, **view.prefill}
        return self._walk.plain_answers(step)

    def _photo(self, slot: str) -> str:
        file = self.folder / f"{slot}.jpg"
        file.write_bytes(picture(slot))
        return str(file)


def courses() -> Sequence[Course]:
    """All of them."""
    return ("new account", "own account", "code generator")
