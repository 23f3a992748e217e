"""People who register with the program's client while others attack, and how long each of their calls takes."""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from iprescribe_tui.client import BackendAddress, BackendError, Client, transport
from iprescribe_tui.client.calls import Call
from iprescribe_tui.client.decode import Response
from iprescribe_tui.flow.actions import Action, Leave, Submit
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.flow.page_state import PageState, WaitState
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.tokens import TokenStore
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import DoneView, FormView, OutboxMessage, StepViewBase, WaitingView
from iprescribe_tui.sandbox.domain import registry
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS, Provider, Registry
from iprescribe_tui.system.settings import Settings
from tests.backend import RunningSandbox, Walk
from tests.client.faulty import Memory

STEPS_EACH: Final = 24
"""So often a person thinks before they are done."""

MOST_REFUSALS: Final = 3
_AREAS: Final = ("217", "312", "618", "309")
_PHONES: Final = 99
"""So many made-up numbers an area code has (555-0199 is refused)."""


@dataclass(frozen=True)
class Timed:
    """A call of a person: what was asked and where, for how many seconds, and what came: a status, or a failure."""

    what: str
    path: str
    seconds: float
    came: str

    @property
    def failed(self) -> bool:
        """Whether the person was stopped by this."""
        return not self.came.isdecimal() or int(self.came) >= 429


@contextmanager
def timed() -> Iterator[list[Timed]]:
    """Note the calls of all clients in this process, but those that wait for news."""
    calls: list[Timed] = []
    exchange = transport.Transport._exchange

    async def noted(self: transport.Transport, http: Any, call: Call, where: BackendAddress, host: str) -> Response:
        began, came = time.monotonic(), "cancelled"
        try:
            answer = await exchange(self, http, call, where, host)
            came = str(answer.status)
            return answer
        except Exception as error:
            came = type(error).__name__
            raise
        finally:
            if "Prefer" not in call.headers and came != "cancelled":
                calls.append(Timed(_kind(call), call.path, time.monotonic() - began, came))

    transport.Transport._exchange = noted  # type: ignore[method-assign]  # for this process alone
    try:
        yield calls
    finally:
        transport.Transport._exchange = exchange  # type: ignore[method-assign]


def _kind(call: Call) -> str:
    """What a call asks for, whoever asks."""
    path = re.sub("(registrations|outbox)/[0-9a-f]+", "\\1/…", call.path)
    return f"{call.method} {path}"


@cache
def providers() -> tuple[Provider, ...]:
    """Prescribers to whom nothing special happens, each good for one registration."""
    records = json.loads(Path(registry.__file__).with_name("providers.json").read_text())
    found = map(Registry().find, (str(record["number"]) for record in records))
    return tuple(
        each
        for each in found
        if each and each.npi not in PERSONA_NPIS.values() and each.prescriber and each.active and each.primary_licenses
    )


@dataclass
class Person:
    """Answers every step as it should be answered, after `pause()` seconds of thought (`page_state.FrontEnd`).

    `retried` counts how often the backend could not be asked, `refused` says what was refused.
    """

    number: int
    address: Callable[[], Awaitable[BackendAddress]]
    folder: Path
    photos: Path
    pause: Callable[[], float]
    tokens: Memory = field(default_factory=Memory)
    retried: int = 0
    refused: list[str] = field(default_factory=list)
    end: str = ""

    def __post_init__(self) -> None:
        self.provider = providers()[self.number]
        area, line = divmod(self.number, _PHONES)
        self.phone = f"{_AREAS[area]}-555-01{line:02}"
        self._walk = Walk(cast("RunningSandbox", None), self.provider.npi, phone=self.phone)
        settings = Settings(None, None, self.folder, self.folder / "config.toml")
        self._client = Client(settings, self.tokens, self.address)
        drafts = Drafts(self.folder / f"person-{self.number}", settings.backend_name)
        self._services = Services(settings, TokenStore("", find=lambda: None), drafts, self._client, own_sandbox=True)
        self._page: PageState | None = None

    async def register(self, within: float) -> "Person":
        """Register within so many seconds, and say in `end` what it came to."""
        try:
            async with asyncio.timeout(within):
                await RegistrationFlow(self._services, self).run()
        except (BackendError, AssertionError, TimeoutError) as failed:
            self.end = f"{type(failed).__name__}: {failed}"
        finally:
            await self._client.aclose()
        return self

    async def confirm_retry(self, error: BackendError) -> bool:
        """Try again, as long as anybody would."""
        self.retried += 1
        return self.retried < 20

    def waiting(self, state: WaitState | None) -> None:
        """Wait."""

    def idle(self, seconds_left: float | None) -> None:
        """Never."""

    async def show(self, page: PageState) -> None:
        """Look at it."""
        self._page = page

    async def read(self) -> Action:
        """Think, and answer."""
        assert self._page
        view, problem = self._page.view, self._page.problem
        if problem:
            self.refused.append(f"{problem.code} {dict(problem.errors)}")
        if isinstance(view, DoneView):
            self.end = "done"
            return Leave()
        if not isinstance(view, FormView | WaitingView) or len(self.refused) > MOST_REFUSALS:
            self.end = f"{type(view).__name__} {self.refused}"
            return Leave()
        await asyncio.sleep(self.pause())
        if view.step is Step.PHONE_LINK:
            await self._client.follow(await self._newest(lambda message: bool(message.link)))
            await asyncio.Event().wait()  # until the loop has seen that it was opened
        context = (await self._service()).context(view.step.form, view.options, date.today())
        return Submit(view.step.form.check(await self._answers_to(view), context))

    async def _service(self) -> ServiceDocument:
        """What the backend says of itself, asked for as often as it takes."""
        while self._client.service is None:
            try:
                await self._client.connect()
            except BackendError as error:
                if not await self.confirm_retry(error):
                    raise
        return self._client.service

    async def _answers_to(self, view: StepViewBase) -> dict[str, Any]:
        step, prefill = view.step, view.prefill if isinstance(view, FormView) else {}
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            return {"code": (await self._newest(lambda message: bool(message.code))).code}
        if step is Step.DOCUMENT:
            return {"kind": "drivers_license", "front": self._photo("front"), "back": self._photo("back")}
        if step is Step.SELFIE:
            return {"photo": self._photo("face")}
        if step is Step.LICENSE_REVIEW:
            return {"npi": self.provider.npi, **prefill}
        answers = self._walk.plain_answers(step)
        if step is Step.ATTRIBUTES_REVIEW:
            answers |= {"first_name": self.provider.first_name, "last_name": self.provider.last_name}
        return answers

    def _photo(self, name: str) -> str:
        return str(self.photos / f"{name}.jpg")

    async def _newest(self, wanted: Callable[[OutboxMessage], bool]) -> OutboxMessage:
        """The newest message of that kind that went to this person."""
        mine = (self._walk.email, re.sub(r"\D", "", self.phone))
        for message in await self._client.outbox():
            if wanted(message) and (message.to in mine or re.sub(r"\D", "", message.to).endswith(mine[1])):
                return message
        raise AssertionError("no message came")


def thinking(seed: str, seconds: float) -> Callable[[], float]:
    """Return what draws pauses of so many seconds on average."""
    dice = random.Random(seed)
    return lambda: dice.uniform(0.5, 1.5) * seconds
