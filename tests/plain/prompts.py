"""Somebody at the prompts: the real front end and client in this process, a real sandbox over HTTP, lines in a pipe."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TextIO

from pydantic import SecretStr

from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.front_ends.plain.front_end import PlainFrontEnd
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.prompt_page import PromptPage
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox, Walk
from tests.front_ends.harness import Machine, until_true, words_of


class HeardLines(Lines):
    """Lines that remember what was said, count their questions, and know which one is open."""

    asked = 0
    question = ""

    def __init__(self, source: int, out: TextIO) -> None:
        super().__init__(source, out)
        self.said: list[str] = []

    def say(self, text: str = "") -> None:
        self.said.append(text)
        super().say(text)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked, self.question = self.asked + 1, question
        try:
            return await super().ask(question, secret=secret)
        finally:
            self.question = ""


@dataclass
class Listener:
    """Types lines and hears what is said; `running` is the program."""

    machine: Machine
    front_end: PlainFrontEnd
    lines: HeardLines
    out: io.StringIO
    keys: int
    running: "asyncio.Task[Farewell]"
    _heard: int = 0

    @property
    def sandbox(self) -> RunningSandbox:
        """The backend."""
        return self.machine.sandbox

    @property
    def text(self) -> str:
        """All that was said."""
        return self.out.getvalue()

    @property
    def words(self) -> str:
        """The same on one line."""
        return words_of(self.text)

    @property
    def said(self) -> str:
        """What was said since the last line was typed, on one line."""
        return words_of(self.text[self._heard :])

    @property
    def question(self) -> str:
        """The question that is open, "" where none is."""
        return self.lines.question

    @property
    def page(self) -> PromptPage:
        """What is asked for."""
        assert self.front_end._page is not None
        return self.front_end._page

    @property
    def step(self) -> str:
        """The key of the step or page that was said last."""
        return str(self.page.page.value)

    async def until(self, *words: str) -> None:
        """Wait until all of `words` were said since the last line was typed, and something is asked."""
        await self._until(lambda: bool(self.question) and all(each in self.said for each in words), f"{words}")

    async def until_step(self, step: Step) -> None:
        """Wait until a step asks."""
        await self._until(lambda: bool(self.question) and self.step == step, f"step {step}")

    async def until_asked(self, asked: int) -> None:
        """Wait until more than `asked` questions were asked."""
        await self._until(lambda: bool(self.question) and self.lines.asked > asked, "another question")

    def hear_from(self, start: int) -> None:
        """Take as `said` all from a place in the text on."""
        self._heard = start

    async def _until(self, holds: Any, what: str) -> None:
        await until_true(
            holds, lambda: f"{what} did not come about; said was\n{self.text[-3000:]}", lambda: not self.running.done()
        )

    async def type(self, line: str) -> None:
        """Type a line, and wait for the next question."""
        asked = self.lines.asked
        self.send(line)
        await self.until_asked(asked)

    def send(self, line: str) -> None:
        """Type a line."""
        self._heard = len(self.text)
        os.write(self.keys, f"{line}\n".encode())

    def end_input(self) -> None:
        """No line comes any more."""
        os.close(self.keys)
        self.keys = -1

    async def end(self) -> str:
        """Wait for the program to end; its last words."""
        return (await asyncio.wait_for(self.running, 20)).text

    @property
    def field(self) -> str:
        """Which field is asked for, "" where none is."""
        titles = {name: self.page.label(name) for name in self.page.asked}
        found = [
            name
            for name, title in titles.items()
            if self.question.startswith((f"{title} (", f"{title} [", f"{title}:", f"{title},"))
        ]
        return found[0] if found else ""

    async def answer(self, values: Mapping[str, object]) -> None:
        """Answer the fields that are asked for, Enter where `values` say nothing, until they were all answered.

        What is said is all that was said meanwhile.
        """
        view, start, first = self.page.view, len(self.text), True
        seen: set[str] = set()
        while first or (self.page.view is view and self.field and self.field not in seen):
            first = False
            seen.add(self.field)
            await self.type(line(values.get(self.field, "")))
        self._heard = start


def line(value: object) -> str:
    """A value as it is typed."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@asynccontextmanager
async def at_the_prompts(machine: Machine) -> AsyncIterator[Listener]:
    """Start the program on `machine`, and end it afterwards."""
    source, keys = os.pipe()
    out = io.StringIO()
    lines = HeardLines(source, out)
    front_end = PlainFrontEnd(machine.services(), lines)
    listener = Listener(machine, front_end, lines, out, keys, asyncio.create_task(front_end.run()))
    try:
        await listener._until(lambda: bool(listener.question), "the first question")
        yield listener
    finally:
        if listener.keys >= 0:
            listener.end_input()
        with suppress(TimeoutError):
            await listener.end()
        listener.running.cancel()
        os.close(source)


@asynccontextmanager
async def gone_on_with(machine: Machine, walk: Walk) -> AsyncIterator[Listener]:
    """Somebody who left where `walk` is, has started the program again, and gone on."""
    await machine.left_at(walk)
    async with at_the_prompts(machine) as person:
        await person.type("")
        yield person


@asynccontextmanager
async def at_step(machine: Machine, step: Step, persona: str = "happy", **ways: Any) -> AsyncIterator[Listener]:
    """Somebody who has come to `step`, and left and started the program there."""
    async with gone_on_with(machine, machine.sandbox.registration_at(step, persona, **ways)) as person:
        await person.until_step(step)
        yield person
