"""Somebody who wanders through a registration without a screen, and the troubles that befall them on the way."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyotp
import pytest

from iprescribe_tui.client import BackendAddress, BackendError, BackendUnreachable, Client, StepRejected, api, transport
from iprescribe_tui.flow.actions import (
    Action,
    AskSupport,
    Back,
    Leave,
    Resume,
    ResumeView,
    SignInView,
    Submit,
    SupportView,
    View,
)
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.flow.page_state import PageState, WaitState
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.flow.sandbox_process import SandboxProcess
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.tokens import TokenStore
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    START,
    BackendView,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    OutboxMessage,
    WaitingView,
)
from iprescribe_tui.sandbox.domain.personas import PERSONAS, SEED_ACCOUNTS, SEED_IDME, Persona
from iprescribe_tui.sandbox.store.database import Store
from iprescribe_tui.system.settings import Settings
from tests import quick
from tests.backend import PASSWORD, SPECIALTY
from tests.client.faulty import Memory
from tests.faults.counts import Effects, effects, since
from tests.faults.link import Fault, Link, link_to
from tests.happy import filled

TIMEOUT: Final = 1.0
"""Seconds that a call may take; what a line does to it takes as much less of its time as this is less than 30."""

PATIENCE: Final = 120.0
"""Seconds after which somebody is stuck."""

Place = tuple[str, int]
"""A page, and the how manieth time that one has come to it."""

MOST_TRIES: Final = 12
"""So often a step is answered before one gives up."""


def in_less_time() -> None:
    """Have this process's clients pause between tries as their deadline is, and look at each photo only once."""
    quick.quick(pytest.MonkeyPatch())
    transport.BACKOFF, transport.LONGEST_BACKOFF = 0.03, 0.2
    api.RECONNECT = api.PACE = 0.1


class Sandbox(SandboxProcess):
    """The program's own sandbox, which may be killed, and which many walks can use."""

    def __init__(self, state_dir: Path) -> None:
        program = (sys.executable, "-P", str(Path(quick.__file__)))
        super().__init__(
            state_dir, command=(*program, "--state-dir", str(state_dir), *["sandbox", "--port", "0", "--parent"])
        )

    def kill(self) -> None:
        """`kill -9`; the program starts it again when it next needs it."""
        if self._child and self._child._process:
            self._child._process.kill()
            self._child._process.wait()


@dataclass
class World:
    """A sandbox, the line to it, the machine's keyring, and a phone, which reads messages and opens links."""

    sandbox: Sandbox
    link: Link
    photos: Path
    folder: Path
    phone: Client
    tokens: Memory = field(default_factory=Memory)

    async def address(self) -> BackendAddress:
        """Where the client finds the sandbox: at the near end of the line."""
        where = await self.sandbox.address()
        self.link.lead_to(where.url)
        return BackendAddress(self.link.url, where.sandbox_key)

    @property
    def settings(self) -> Settings:
        """The program's."""
        return Settings(None, None, self.folder, self.folder / "config.toml", TIMEOUT)

    def client(self) -> Client:
        """The program's client."""
        return Client(self.settings, self.tokens, self.address)

    def services(self, client: Client, who: str) -> Services:
        """What the program needs, with drafts of `who` alone."""
        drafts = Drafts(self.folder / "people" / who, self.settings.backend_name)
        return Services(self.settings, TokenStore("", find=lambda: None), drafts, client, own_sandbox=True)

    def done(self) -> Effects:
        """What the backend has done so far."""
        store = Store(f"sqlite:///{self.folder / 'sandbox' / 'sandbox.db'}")
        try:
            with store.reading() as db:
                return effects(db)
        finally:
            store.close()


@asynccontextmanager
async def world(folder: Path, photos: Path, seed: str = "") -> AsyncIterator[World]:
    """A world that ends with the block."""
    folder.mkdir()
    sandbox = Sandbox(folder)
    try:
        where = await sandbox.address()
        phone = Client(Settings(None, None, folder, folder / "config.toml"), Memory(), sandbox.address)
        with link_to(where.url, scale=TIMEOUT / 30, seed=seed) as link:
            yield World(sandbox, link, photos, folder, phone)
        await phone.aclose()
    finally:
        sandbox.stop()


@dataclass
class Trouble:
    """What befalls somebody, at random; `hit` counts it."""

    seed: str
    world: World
    hit: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(f"{self.seed}/trouble")
        self._later: list[asyncio.Task[None]] = []

    def strike(self, kill: float | None) -> None:
        """Perhaps let something go wrong with what is sent next.

        The program may be killed within `kill` seconds, and not at all for None.
        """
        self._calm()
        what = self._chance.random()
        if what < 0.3:
            fault = self._chance.choice(list(Fault))
            self.hit[fault.value] += 1
            self.world.link.suffer(fault, self._chance.choice((1, 2, 5, None)))
        elif what < 0.31:
            self._soon("the sandbox killed", 0.05, self.world.sandbox.kill)
        elif what < 0.36 and kill is not None and (wanderer := asyncio.current_task()):
            self._soon("the program killed", kill, wanderer.cancel)

    def over(self, *, at_once: bool = False) -> bool:
        """Whether the line is well again, which it mostly is when somebody looks after it."""
        if at_once or self._chance.random() < 0.7:
            self.world.link.suffer(None)
        return self.world.link.fault is None

    def retries(self) -> bool:
        """Whether one presses Retry, or goes back to the step."""
        return self._chance.random() < 0.7

    def _soon(self, what: str, within: float, happens: Callable[[], object]) -> None:
        """Have something happen to the call that comes next: before it leaves, or while it is answered."""
        self.hit[what] += 1
        delay = self._chance.choice((0.0, self._chance.uniform(0, within)))

        async def later() -> None:
            await asyncio.sleep(delay)
            happens()

        self._later.append(asyncio.create_task(later()))

    def _calm(self) -> None:
        """What has not happened yet does not happen any more."""
        for task in self._later:
            task.cancel()
        self._later.clear()

    def rest(self) -> None:
        """Nothing more happens."""
        self._calm()
        self.world.link.suffer(None)


@dataclass(frozen=True)
class Walked:
    """Where a walk ended, what the backend did for it, which troubles were said; `stuck` where it did not end well."""

    end: str
    done: Effects
    troubles: Counter[str]
    stuck: str


class Wanderer:
    """A front end for the loop: answers as the seed says, by what is shown and how often that was refused."""

    def __init__(self, persona: Persona, seed: str, world: World, trouble: Trouble | None = None) -> None:
        self.troubles: Counter[str] = Counter()
        self._persona, self._seed, self._world, self._trouble = persona, seed, world, trouble
        self._visits: Counter[str] = Counter()
        self._at: Place = "", 0
        self._refused: Counter[Place] = Counter()
        self._asked_support: set[Place] = set()
        self._left: set[Place] = set()
        self._secret = ""
        self._end = ""
        self._last: View = START
        self._page: PageState | None = None
        self._client = world.client()
        self._method = self._pick("method", ("text", "call", "app"))
        self._role = self._pick("role", (*["doctor_or_dentist"] * 9, "student"))

    # -- the walk

    async def walk(self) -> Walked:
        """Until an end, starting the program again whenever it was left or killed."""
        before, stuck = self._world.done(), ""
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._end:
                    await self._run_program()
        except TimeoutError:
            stuck = f"stuck at {page_of(self._last).value}"
        except Exception as error:
            stuck = f"{type(error).__name__} at {page_of(self._last).value}: {error}"
        finally:
            if self._trouble:
                self._trouble.rest()
            await self._client.aclose()
        return Walked(self._end, since(before, self._world.done()), self.troubles, stuck)

    async def _run_program(self) -> None:
        """One run of the program, from its start until it is left or killed."""
        self._client = self._world.client()
        services = self._world.services(self._client, self._seed.replace("/", "-"))
        running = asyncio.create_task(RegistrationFlow(services, self).run())
        try:
            await running
        except asyncio.CancelledError:
            if not running.cancelled() or (task := asyncio.current_task()) is None or task.cancelling():
                raise
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self._client.aclose()

    # -- what the loop asks for

    async def show(self, page: PageState) -> None:
        """They see it."""
        self._page = page

    async def read(self) -> Action:
        """What this person answers."""
        assert self._page
        view, problem = self._page.view, self._page.problem
        self._last = view
        at = self._place(view)
        if problem and problem.code != "signed_out":
            self._refused[at] += 1
        if isinstance(view, WaitingView | HandoffView):
            self._strike(0.05)
            return await self._answer(view, at)
        answer = await self._answer(view, at)
        self._strike(self._may_be_killed(view, answer))
        return answer

    async def confirm_retry(self, error: BackendError) -> bool:
        """Look after the line; then press Retry, or go back to the step and answer again."""
        self.troubles[error.title] += 1
        return self._trouble is None or self._trouble.over() or self._trouble.retries()

    def waiting(self, state: WaitState | None) -> None:
        """The program says that what is waited for cannot be asked after: look after the line."""
        if state and state.trouble and self._trouble:
            self.troubles[state.trouble.title] += 1
            self._trouble.over(at_once=True)

    def idle(self, seconds_left: float | None) -> None:
        """Nobody is."""

    # -- what befalls

    def _strike(self, kill: float | None) -> None:
        if self._trouble:
            self._trouble.strike(kill)

    def _may_be_killed(self, view: View, answer: Action) -> float | None:
        """Within how many seconds after `answer` the program may be killed, so that the twin still does the same.

        Who did not see that something was refused sends it again, as a person does, and then two were refused. And
        nothing tells whether a request to support, or a first NPI, was sent before the program ended.
        """
        if not isinstance(answer, Submit) or not isinstance(view, FormView) or not view.registration:
            return None
        if view.step is Step.RECOVERY_CODE:  # whoever comes back to it gets another
            return None
        certain = not self._persona.quirks and view.step not in (Step.NPI, Step.MFA_CODE)
        return 0.05 if certain else 0.0

    # -- what is decided

    def _place(self, view: View) -> Place:
        """Where somebody is: the page, and how often they have come to it."""
        page = page_of(view).value
        if isinstance(view, BackendView) and page != self._at[0]:
            self._visits[page] += 1
            self._at = page, self._visits[page]
        return self._at if isinstance(view, BackendView) else (page, 0)

    def _pick(self, what: str, among: tuple[Any, ...]) -> Any:
        """A choice that the twin makes too."""
        return random.Random(f"{self._seed}/{what}").choice(among)

    def _likely(self, what: str, at: Place, chance: float) -> bool:
        return random.Random(f"{self._seed}/{what}/{at}/{self._refused[at]}").random() < chance

    async def _answer(self, view: View, at: Place) -> Action:
        match view:
            case DoneView() | EndedView() | LockedView():
                return self._ends({DoneView: "done", EndedView: "ended"}.get(type(view), "locked"))
            case ResumeView(registration, _, username):
                return Resume(registration, username)
            case SupportView(behind):
                return self._written_to_support(behind)
            case SignInView():
                return self._signed_in(at)
        if self._refused[at] > MOST_TRIES:
            return self._ends(f"refused at {at[0]}")
        if at not in self._asked_support and self._likely("support", at, 0.05) and self._refused[at] == 0:
            return AskSupport()
        if at not in self._left and self._likely("leave", at, 0.06) and view.registration:
            self._left.add(at)
            return Leave()
        if isinstance(view, WaitingView | HandoffView):
            return await self._wait(view)
        if view.can_go_back and at[1] < 3 and self._likely("back", at, 0.06):
            return Back()
        return Submit(await self._filled_in(view, self._refused[at]))

    def _ends(self, end: str) -> Leave:
        self._end = end
        return Leave()

    def _written_to_support(self, behind: View) -> Action:
        page, visit = at = self._place(behind)
        self._asked_support.add(at)
        message = f"Where do I go on from {page}, visit {visit}?"
        form = {"category": "npi", "message": message, "contact": f"{self._user}@example.com"}
        return Submit(SupportRequestForm.check(form, self._context(SupportRequestForm, {})))

    def _signed_in(self, at: Place) -> Action:
        account = next((one for one in SEED_ACCOUNTS if one.npi == self._persona.npi), None)
        if self._refused[at] > 2 and account is None:
            return self._ends("sign_in")
        form = {"username": self._user, "password": PASSWORD}
        if account:
            form = {"username": account.username, "password": account.password}
        return Submit(SignInForm.check(form))

    async def _wait(self, view: WaitingView | HandoffView) -> Action:
        """Open the link that is waited for, and wait until that is noticed; leave where there is nothing to open."""
        newest = await self._newest(lambda message: bool(message.link))
        if (view.resend_at is None and newest is None) or any("expired" in each.text for each in view.notices):
            return self._ends("waiting")
        if newest:
            with suppress(StepRejected):  # it was opened already
                await self._world.phone.follow(newest)
        await asyncio.Event().wait()
        raise AssertionError

    async def _newest(self, wanted: Callable[[OutboxMessage], object]) -> OutboxMessage | None:
        while True:
            with suppress(BackendUnreachable):  # the sandbox was just killed
                return next(filter(wanted, await self._world.phone.outbox()), None)

    def _context(self, form: type[StepForm], options: Any) -> Any:
        assert self._client.service
        return self._client.service.context(form, options, date.today())

    # -- what is typed

    @property
    def _user(self) -> str:
        return f"user{self._persona.npi}"

    async def _filled_in(self, view: FormView, refused: int) -> StepForm:
        """The form of a step as this person fills it in, another way once it was refused."""
        self._secret = view.reveal["totp_secret"].get_secret_value() if "totp_secret" in view.reveal else self._secret
        form = view.step.form
        values = await self._typed(view, refused)
        if view.step is Step.NPI or not form.model_fields:
            return form.check(values)
        return form.check(values, self._context(form, view.options))

    async def _typed(self, view: FormView, refused: int) -> dict[str, Any]:
        step = view.step
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            wrong = refused == 0 and self._likely("wrong code", self._place(view), 0.2)
            return {"code": "000000" if wrong else await self._code(step)}
        if step is Step.PHONE_MATCH:
            methods = tuple(option.value for option in view.options.get("method", ())) or ("text", "call")
            return {"phone": self._phone("312", refused), "method": methods[refused % len(methods)], "permission": True}
        if step is Step.LICENSE_REVIEW:
            typed = {"npi": self._persona.npi, "license_number": "SB099999", "issuing_state": "IL"}
            return {**typed, "specialty": SPECIALTY, **view.prefill}
        return self._usual(step, refused)

    def _usual(self, step: Step, refused: int) -> dict[str, Any]:
        own: dict[str, Any] = {
            "npi": self._persona.npi,
            "username": self._user,
            "email": f"{self._user}@example.com",
            "role": self._role,
            "specialty": SPECIALTY,
            "first_name": "Amelia",
            "last_name": "Hartwell",
            **{slot: str(self._world.photos / f"{slot}.jpg") for slot in ("front", "back")},
            "photo": str(self._world.photos / "face.jpg"),
        }
        if seed := {"idme_existing": SEED_IDME[0], "idme_verified": SEED_IDME[1]}.get(self._persona.key):
            own |= {"account": "have"}
            own |= {"email": seed.email, "password": seed.password} if step is Step.IDME_SIGN_IN else {}
        if step is Step.MFA_CHOICE:
            own["method"] = self._method
        if step is Step.MFA_PHONE:
            own["phone"] = self._phone("217", refused)
        return filled(step, own)

    def _phone(self, area: str, refused: int) -> str:
        """A number that nobody else here has, another one after each refusal."""
        return f"{area}-555-01{(PERSONAS.index(self._persona) + len(PERSONAS) * refused) % 99:02}"

    async def _code(self, step: Step) -> str:
        if (
            step is Step.MFA_CODE
            and self._method == "app"
            and self._persona.key not in ("idme_existing", "idme_verified")
        ):
            return pyotp.TOTP(self._secret).now()
        message = await self._newest(lambda message: bool(message.code))
        return message.code if message else "000000"
