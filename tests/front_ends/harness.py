"""Somebody at the program's screens: the real program and client in this process, a real sandbox over HTTP."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from textual import events
from textual.app import App
from textual.pilot import Pilot

from iprescribe_tui.client import BackendAddress, Client
from iprescribe_tui.flow.actions import View
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.idle import Presence, now
from iprescribe_tui.flow.page_state import PageState
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.tokens import MemoryKeyring, TokenStore
from iprescribe_tui.front_ends.tui.app import RegistrationApp
from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Tokens
from iprescribe_tui.sandbox.domain.service import service_document
from iprescribe_tui.system.settings import Settings
from screens import screen_of
from tests.backend import RunningSandbox, Walk

PATIENCE = 40.0
"""How many seconds something may take before a test gives it up."""


class WatchedFrontEnd(ScreensFrontEnd):
    """The front end, counting how often the flow has had a page shown."""

    asked = 0

    async def show(self, page: PageState) -> None:
        self.asked += 1
        await super().show(page)


@dataclass
class Machine:
    """What stays when the program ends: its state folder, and the keyring (None where the machine has none).

    `url` is where it reaches the sandbox, if by another way, and `timeout` how many seconds a call may take.
    """

    sandbox: RunningSandbox
    state_dir: Path
    keyring: MemoryKeyring | None = field(default_factory=MemoryKeyring)
    clock: Callable[[], float] = now
    """Tells how long nobody was there."""
    url: str = ""
    timeout: float = Settings.timeout

    @property
    def name(self) -> str:
        """What drafts and tokens are filed under."""
        return Settings(None, None, self.state_dir, self.state_dir).backend_name

    @property
    def drafts(self) -> Drafts:
        """The drafts that are kept here."""
        return Drafts(self.state_dir, self.name)

    def services(self) -> Services:
        """What a front end needs, put together as the program does it, with the test's sandbox as its own."""
        settings = Settings(None, None, self.state_dir, self.state_dir / "config.toml", self.timeout)

        async def address() -> BackendAddress:
            return BackendAddress(self.url or self.sandbox.url, SecretStr(self.sandbox.key))

        tokens = TokenStore(self.name, find=lambda: self.keyring)
        return Services(
            settings, tokens, self.drafts, Client(settings, tokens, address), True, presence=Presence(self.clock)
        )

    def app(self) -> RegistrationApp:
        """The program at its screens."""
        resuming = self.drafts.remembered() is not None
        return RegistrationApp(
            lambda app: WatchedFrontEnd(app, self.services(), screen_of),
            own_sandbox=True,
            backend="the sandbox",
            resuming=resuming,
        )

    async def left_at(self, walk: Walk) -> None:
        """Keep what the program would have kept, had `walk` been walked in it."""
        tokens = Tokens(access_token=SecretStr(walk.token()), refresh_token=SecretStr(walk.refresh), expires_in=600)
        await TokenStore(self.name, find=lambda: self.keyring).save(walk.id, tokens)
        self.drafts.remember(walk.id, npi=walk.npi, username=walk.user, step=str(walk.view.get("step", "")))


class IdleClock:
    """A clock in seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        self.seconds += 60 * minutes + seconds


class OneView(WatchedFrontEnd):
    """The front end, which shows one view and asks no backend."""

    view: View
    service: ServiceDocument

    async def run(self) -> None:
        """Ask, and ask again."""
        self.client.service = self.service
        while True:
            await self.flow._ask(self.view, None)


def app_showing(view: View, state_dir: Path, service: ServiceDocument | None = None) -> RegistrationApp:
    """The program as it stands at `view` of a backend that says `service` of itself."""
    settings = Settings(None, None, state_dir, state_dir / "config.toml")

    async def nowhere() -> BackendAddress:
        raise AssertionError("nobody asks the backend here")

    def load(app: RegistrationApp) -> ScreensFrontEnd:
        tokens = TokenStore(settings.backend_name, find=MemoryKeyring)
        drafts = Drafts(state_dir, settings.backend_name)
        front_end = OneView(app, Services(settings, tokens, drafts, Client(settings, tokens, nowhere), True), screen_of)
        front_end.view, front_end.service = view, service or service_document("native")
        return front_end

    return RegistrationApp(load, own_sandbox=True, backend="the sandbox", resuming=False)


def shows(app: RegistrationApp, view: View) -> bool:
    """Whether the view's screen is up and takes keys."""
    return isinstance(app.screen, StepScreen) and app.screen.view is view and app._early is None


@dataclass
class Person:
    """Types and reads; `app` is the program that runs."""

    machine: Machine
    app: RegistrationApp
    pilot: Pilot[Any]

    @property
    def sandbox(self) -> RunningSandbox:
        """The backend."""
        return self.machine.sandbox

    @property
    def front_end(self) -> WatchedFrontEnd:
        """The front end, once it is loaded."""
        assert isinstance(self.app.front_end, WatchedFrontEnd)
        return self.app.front_end

    @property
    def screen(self) -> StepScreen:
        """The step's screen that is shown, or lies under a dialog."""
        assert self.front_end.shown is not None
        return self.front_end.shown

    @property
    def text(self) -> str:
        """What stands on the terminal, line by line."""
        return screen_text(self.app)

    @property
    def words(self) -> str:
        """The same with single spaces, for texts that are broken into lines."""
        return words_of(self.text)

    @property
    def ready(self) -> bool:
        """Whether a screen is up that takes an answer."""
        front_end = self.app.front_end
        shown = front_end.shown if front_end else None
        if shown is None or self.app.screen is not shown or shown.drawn_at is None:
            return False
        return shown.is_mounted and not shown.busy

    def row(self, name: str) -> FieldRow:
        """The row of a field."""
        return self.screen.query_one(f"#{name}-row", FieldRow)

    def under(self, name: str) -> str:
        """What stands under a field, in one line and without its mark."""
        row = self.row(name)
        return words_of(str(row.under.render())).removeprefix("✗ ") if row.under.display else ""

    async def until(self, *words: str, gone: Iterable[str] = ()) -> None:
        """Wait until all of `words` show, and none of `gone`."""
        await self.until_true(
            lambda: all(each in self.words for each in words) and not any(each in self.words for each in gone),
            f"{words} without {tuple(gone)}",
        )

    async def until_true(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds, as long as the program runs."""
        await until_true(
            holds, lambda: f"{what} did not come about; there is\n{self.text}", lambda: self.app.is_running
        )

    async def until_step(self, step: str) -> None:
        """Wait until the step's screen takes an answer."""
        await self.until_true(lambda: self.ready and getattr(self.screen, "step", None) == step, f"step {step}")
        await self.settle()

    async def settle(self) -> None:
        """Wait until every widget has handled what came to it."""
        for _ in range(3):
            await self.pilot.pause(0)

    async def press(self, *keys: str) -> None:
        """Press keys by Textual's names, one right after the other, as type-ahead arrives."""
        press_at(self.app, *keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text; a tab goes to the next field, a line break continues, <f5> is a key by its name."""
        parts = re.findall(r"<[a-z0-9+]+>|.", text, re.DOTALL)
        await self.press(*(part[1:-1] if len(part) > 1 else NAMES.get(part, part) for part in parts))

    async def fill(self, *values: str) -> None:
        """Type values into fields one after another, from where the focus is."""
        await self.type("\t".join(values))

    async def enter(self, name: str, value: str) -> None:
        """Type `value` into a field in place of what stands there; paste it where no keys have its characters."""
        await self.go_to(name)
        await self.press("end", "ctrl+u")
        if value.isprintable():
            await self.press(*(NAMES.get(character, character) for character in value))
        else:
            self.app.post_message(events.Paste(value))
            await self.settle()

    async def press_continue(self) -> None:
        """Tab to the button, and press it."""
        await self.go_to_continue()
        await self.press("enter")

    async def go_to_continue(self) -> None:
        """Tab to the button."""
        button = self.screen.query_one("#continue")
        for _ in range(30):
            if self.app.focused is button:
                return
            await self.press("tab")

    async def go_to(self, name: str) -> None:
        """Tab to a field."""
        wanted = self.row(name).input
        for _ in range(30):
            if self.app.focused is wanted:
                return
            await self.press("tab")
        raise AssertionError(f"no tab leads to {name}:\n{self.text}")

    async def answered(self, text: str = "\n") -> None:
        """Type something that ends in an answer, and wait until the next one is asked for."""
        asked = self.front_end.asked
        await self.type(text)
        await self.until_true(lambda: self.ready and self.front_end.asked > asked, "the next question")
        await self.settle()


CHARACTERS = {"space": " ", "tab": "\t", "enter": "\r"}
NAMES = {" ": "space", "\t": "tab", "\n": "enter"}


@asynccontextmanager
async def at_the_screens(machine: Machine, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Person]:
    """Start the program on `machine`, and end it afterwards."""
    app = machine.app()
    async with app.run_test(size=size) as pilot:
        person = Person(machine, app, pilot)
        await person.until_true(lambda: person.ready and app._early is None, "the first screen")
        yield person


@asynccontextmanager
async def resumed(machine: Machine, walk: Walk, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Person]:
    """Somebody who left where `walk` is, has started the program again, and gone on."""
    await machine.left_at(walk)
    async with at_the_screens(machine, size) as person:
        await person.answered()
        yield person


@asynccontextmanager
async def resumed_at(machine: Machine, step: Step, persona: str = "happy", **ways: Any) -> AsyncIterator[Person]:
    """Somebody who has come to `step`, and left and started the program there."""
    async with resumed(machine, machine.sandbox.registration_at(step, persona, **ways)) as person:
        await person.until_step(step)
        yield person


async def until_true(
    holds: Callable[[], bool], otherwise: Callable[[], str], goes_on: Callable[[], bool] = lambda: True
) -> None:
    """Wait until a condition holds; `otherwise` is said where it never does, or what it needs does not go on."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert goes_on(), otherwise()
        assert time.monotonic() < deadline, otherwise()
        await asyncio.sleep(0.01)


def press_at(app: App[Any], *keys: str) -> None:
    """Send keys to an app, all at once."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else CHARACTERS.get(key)))


def screen_text(app: App[Any]) -> str:
    """What an app shows, line by line, without spaces at the ends of lines."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def words_of(text: str) -> str:
    """A text on one line, with single spaces."""
    return " ".join(text.split())
