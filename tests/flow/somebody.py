"""Somebody at either front end, who does the same at both: at the screens by keys, at the prompts by lines."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest
from pydantic import SecretStr

from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.front_ends.plain.front_end import PlainFrontEnd
from iprescribe_tui.front_ends.tui.dialogs import TroubleScreen
from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
from iprescribe_tui.journey.steps import Step
from tests.backend import Walk
from tests.front_ends import harness
from tests.front_ends.harness import Machine
from tests.plain import prompts


class Somebody(Protocol):
    """What the tests of the flow have somebody do and see."""

    @property
    def front_end(self) -> ScreensFrontEnd | PlainFrontEnd:
        """What they are at."""
        ...

    @property
    def flow(self) -> RegistrationFlow:
        """The flow of their registration."""
        ...

    def value(self, name: str) -> str | bool:
        """What stands in a field."""
        ...

    async def until_says(self, *words: str) -> None:
        """Wait until all of `words` are said, and something is asked."""
        ...

    async def until_step(self, step: Step) -> None:
        """Wait until a step asks."""
        ...

    async def until_true(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds."""
        ...

    async def enter(self, name: str, value: str) -> None:
        """Type a value into a field, and send nothing."""
        ...

    async def answer(self, *values: str) -> None:
        """Type values into the fields, one after another, send them, and wait for what comes of it."""
        ...

    async def start_back(self) -> None:
        """Go a step back, and do not wait for it."""
        ...

    async def go_back(self) -> None:
        """Go a step back."""
        ...

    async def start_over(self) -> None:
        """Start over, and confirm it."""
        ...

    async def be_in_trouble(self) -> None:
        """Go a step back while the backend is away, and be told so."""
        ...

    async def stir(self) -> None:
        """Do the next thing, whatever it is, as who comes back after a while."""
        ...

    async def start_sign_in(self, password: str) -> None:
        """Keep the username that stands there, type the password, and do not wait for what comes of it."""
        ...

    async def leave(self) -> str:
        """Leave; what is printed at the end."""
        ...


class AtTheScreens:
    """At the screens."""

    def __init__(self, person: harness.Person) -> None:
        self._person = person
        self.front_end = person.front_end
        self.flow = person.front_end.flow
        self.until_says, self.until_step, self.until_true = person.until, person.until_step, person.until_true
        self.enter = person.enter

    def value(self, name: str) -> str | bool:
        return _open(self._person.row(name).value)

    async def answer(self, *values: str) -> None:
        await self._person.answered("\t".join(values) + "\n")

    async def start_back(self) -> None:
        await self._person.type("<f9>")

    async def go_back(self) -> None:
        await self._person.answered("<f9>")

    async def start_over(self) -> None:
        await self._person.type("<f11>")
        await self._person.until("Start over?")
        await self._person.answered("\t\n")

    async def be_in_trouble(self) -> None:
        await self._person.type("<f9>")
        await self._person.until_true(lambda: isinstance(self._person.app.screen, TroubleScreen), "the trouble")

    async def stir(self) -> None:
        await self._person.press("x")

    async def start_sign_in(self, password: str) -> None:
        await self._person.until_true(
            lambda: self._person.ready and not self._person.row("username").blank, "the username filled in"
        )
        await self._person.type(f"{password}\n")

    async def leave(self) -> str:
        text = self.front_end.farewell().text
        await self._person.type("<f10>")
        return text


class AtThePrompts:
    """At the prompts."""

    def __init__(self, person: prompts.Listener) -> None:
        self._person = person
        self.front_end = person.front_end
        self.flow = person.front_end.flow
        self.until_says, self.until_step, self.until_true = person.until, person.until_step, person._until

    def value(self, name: str) -> str | bool:
        return _open(self._person.page.values[name])

    async def enter(self, name: str, value: str) -> None:
        while self._person.field != name:
            await self._person.type("")
        await self._person.type(value)

    async def answer(self, *values: str) -> None:
        for value in values or ("",):
            await self._person.type(value)

    async def start_back(self) -> None:
        self._person.send("<")

    async def go_back(self) -> None:
        await self._person.type("<")

    async def start_over(self) -> None:
        await self._person.type("/over")
        await self._person.type("yes")

    async def be_in_trouble(self) -> None:
        await self._person.type("<")
        assert "Enter tries again" in self._person.question

    async def stir(self) -> None:
        await self._person.type("")

    async def start_sign_in(self, password: str) -> None:
        assert self._person.field == "username"
        await self._person.type("")
        self._person.send(password)

    async def leave(self) -> str:
        self._person.send("!")
        return await self._person.end()


Start = Callable[[Machine], AbstractAsyncContextManager[Somebody]]


@asynccontextmanager
async def _at_the_screens(machine: Machine) -> AsyncIterator[Somebody]:
    async with harness.at_the_screens(machine) as person:
        yield AtTheScreens(person)


@asynccontextmanager
async def _at_the_prompts(machine: Machine) -> AsyncIterator[Somebody]:
    async with prompts.at_the_prompts(machine) as person:
        yield AtThePrompts(person)


at_both = pytest.mark.parametrize("start", [_at_the_screens, _at_the_prompts], ids=["screens", "prompts"])
"""Has a test run at each front end: `start` starts the program there."""


@asynccontextmanager
async def resumed(start: Start, machine: Machine, walk: Walk, step: Step) -> AsyncIterator[Somebody]:
    """Somebody who left where `walk` is, has started the program again, and has come to `step`."""
    await machine.left_at(walk)
    async with start(machine) as person:
        await person.answer()
        await person.until_step(step)
        yield person


def _open(value: str | bool | SecretStr) -> str | bool:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
