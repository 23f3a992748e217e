"""What is refused, and how a persona ends, is said line by line in the words of screens, form and API."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iprescribe_tui.flow.actions import ResumeView
from iprescribe_tui.front_ends.plain.front_end import PlainFrontEnd
from iprescribe_tui.front_ends.plain.lines import Left, Lines
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import PERSONAS
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import RunningSandbox, Walk
from tests.front_ends.applicant import put_photos
from tests.front_ends.harness import Machine, until_true, words_of
from tests.front_ends.test_personas import MAGIC, STORIES, Turn, chapters
from tests.front_ends.test_steps import ACCOUNTS, BAD, Bad, refused_there
from tests.plain.person import answers_at

BUTTONS: Mapping[str, tuple[tuple[str, ...], ...]] = {"happy_two": ((), ("/2",), ())}
"""Where a story presses buttons, what is typed line by line instead, turn by turn."""


class Heard(Lines):
    """Keeps what is said, and has a person's `reply` instead of a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.replies: asyncio.Queue[str] = asyncio.Queue()
        self.question = ""

    def start(self) -> None:
        """There is no terminal."""

    def say(self, text: str = "") -> None:
        self.said.append(text)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.question = question
        try:
            reply = await self.replies.get()
        finally:
            self.question = ""
        if reply == "\x04":
            raise Left
        self.said.append(question)
        return reply


@dataclass
class Listener:
    """Somebody at the prompts."""

    machine: Machine
    front_end: PlainFrontEnd
    lines: Heard
    heard: int = 0
    done: list[str] = field(default_factory=list)

    @property
    def sandbox(self) -> RunningSandbox:
        """The backend."""
        return self.machine.sandbox

    @property
    def words(self) -> str:
        """What was said since the turn began."""
        return words_of(" ".join([*self.lines.said[self.heard :], self.lines.question]))

    async def until(self, *shows: str) -> None:
        """Wait until all of `shows` were said."""
        wanted = [show.replace("1 Allow", "1. Allow").casefold() for show in shows]
        await until_true(
            lambda: all(each in self.words.casefold() for each in wanted), lambda: f"{shows} not in\n{self.words}"
        )

    def has_gone_on(self) -> bool:
        """Whether the question at the start was answered."""
        page = self.front_end._page
        return page is None or not isinstance(page.view, ResumeView)

    async def question(self) -> str:
        """Wait for a question."""
        await until_true(lambda: bool(self.lines.question), lambda: f"no question after\n{self.words}")
        return self.lines.question

    async def reply(self, line: str) -> None:
        """Answer the question that stands."""
        self.lines.question = ""
        self.lines.replies.put_nowait(line)
        await asyncio.sleep(0)

    async def take(self, turn: Turn, typed: list[str], npi: str) -> None:
        """Take a turn: type what it says, and then as everybody does, until its words were said."""
        if turn.step is None:
            self.heard = len(self.lines.said)
        turn.first(self)  # type: ignore[arg-type]  # it needs the sandbox alone
        shows = [show.casefold().replace("1 allow", "1. allow") for show in turn.shows]
        skips = turn.step is not None and not re.search(r"<ctrl\+u>|<shift\+tab>", turn.types or "")
        for _ in range(60):
            said = all(show in self.words.casefold() for show in shows)
            if said and shows and not typed:
                return
            if not typed and not shows:
                return
            if turn.types == "" and not typed:
                await self.until(*turn.shows)
                return
            question = await self.question()
            if typed and not (skips and "[" in question):
                await self.reply(typed.pop(0))
            else:
                await self.reply(self.usual(question, npi))
            await until_true(
                lambda: bool(self.lines.question) or all(show in self.words.casefold() for show in shows),
                lambda: f"nothing came after\n{self.words}",
            )
        raise AssertionError(self.words)

    def usual(self, question: str, npi: str) -> str:
        """What everybody answers."""
        page = self.front_end._page
        step = page.page if page and isinstance(page.page, Step) else None
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            return str(self.sandbox.newest()["code"])
        if step is Step.PHONE_LINK:
            self.sandbox.follow(self.sandbox.newest())
        if step is Step.PRACTICE and question.startswith("Practice name") and "/file" not in self.done:
            self.done.append("/file")
            return "/file"
        if step is Step.SELFIE:
            return "face.jpg"
        if step is Step.MFA_CHOICE:
            return "1"
        answers = {**answers_at(step), "NPI": npi} if step else {}
        found = next((answer for begins, answer in answers.items() if begins in question), "")
        return "" if "[" in question and step is not Step.NPI_MATCH else found


def lines_of(turn: Turn, npi: str) -> list[str]:
    """What a turn types at the screens, as lines."""
    typed = (turn.types or "").format(npi=npi).replace("<ctrl+u>", "").replace("<shift+tab>", "")
    typed = typed.replace("<f3>", "/file\n").replace("<f5>", "/resend\n").removesuffix("\n")
    if not typed:
        return [""] if turn.types == "\n" else []
    return ["yes" if line == " " else line for line in re.split(r"[\t\n]", typed)]


@asynccontextmanager
async def at_the_prompts(machine: Machine) -> AsyncIterator[Listener]:
    """Start the program line by line, and leave it afterwards."""
    lines = Heard()
    front_end = PlainFrontEnd(machine.services(), lines)
    running = asyncio.create_task(front_end.run())
    try:
        yield Listener(machine, front_end, lines)
    finally:
        lines.replies.put_nowait("\x04")
        with suppress(TimeoutError):
            await asyncio.wait_for(running, 10)


async def tell(name: str, persona: str, machine: Machine) -> None:
    story = {**STORIES, **MAGIC}[name]
    put_photos(machine.state_dir.parent)
    npi, walk = PERSONA_NPIS[persona], None
    buttons = iter(BUTTONS.get(name, ()))
    for chapter in chapters(story):
        step = chapter[0].step
        assert step is not None
        if step is not Step.NPI:
            walk = walk or machine.sandbox.start(npi)
            walk.look()
            await machine.left_at(walk.to(step))
        async with at_the_prompts(machine) as person:
            if step is not Step.NPI:
                await person.question()
                await person.reply("")
                await until_true(person.has_gone_on, lambda: "no step")
            for turn in chapter:
                pressed = next(buttons, None)
                await person.take(turn, lines_of(turn, npi) if pressed is None else list(pressed), npi)
            if story.registers and turn is story.turns[-1]:
                await person.take(Turn(step, None, ("You are registered", npi, "Reference")), [], npi)


@pytest.mark.parametrize("persona", ["not_found", "ssn_refused_once"])
async def test_a_persona_is_told_what_the_screens_tell(
    persona: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await tell(persona, persona, Machine(sandbox, tmp_path / "state"))


@pytest.mark.matrix
@pytest.mark.parametrize("persona", [persona.key for persona in PERSONAS])
async def test_every_persona_is_told_what_the_screens_tell(
    persona: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await tell(persona, persona, Machine(sandbox, tmp_path / "state"))


@pytest.mark.matrix
@pytest.mark.parametrize("typed", MAGIC)
async def test_what_anybody_may_type(typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    await tell(typed, "happy", Machine(sandbox, tmp_path / "state"))


@pytest.mark.parametrize("step", [step for step in BAD if step is not Step.NPI])
async def test_bad_input_gets_the_same_words_from_form_api_screen_and_prompt(
    step: Step, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The screen's are compared with the API's in `tests.front_ends.test_steps`, by the same table."""
    machine = Machine(sandbox, tmp_path / "state")
    walk = sandbox.start(account=ACCOUNTS.get(step, "create")).to(step)
    await machine.left_at(walk)
    good = walk.answers_to(step)
    bads = {bad.name: bad for bad in BAD[step]}
    async with at_the_prompts(machine) as person:
        assert await person.question() == "Press Enter to continue:"
        await person.reply("")
        for _ in range(40):
            if not bads:
                break
            question = await person.question()
            page = person.front_end._page
            assert page is not None
            name = asked_for(question, person.lines.said, {each: page.label(each) for each in page.asked})
            if bad := bads.pop(name, None):
                person.heard = len(person.lines.said)
                await person.reply(bad.typed.replace("\n", " "))
                await person.until(f"{page.label(name)}: {words_of(refused_there(walk, step, bad))}")
                assert bad.words in person.words
                assert said_by_form(walk, step, bad, page.context) == refused_there(walk, step, bad)
            else:
                value = good.get(name, "")
                await person.reply("yes" if value is True else str(value))
        assert not bads, f"{bads} were not asked for in\n{person.words}"


def asked_for(question: str, said: list[str], labels: Mapping[str, str]) -> str:
    """Which field a question is for."""
    direct = [name for name, label in labels.items() if re.match(rf"{re.escape(label)}(,| \(| \[|:)", question)]
    if direct:
        return max(direct, key=lambda name: len(labels[name]))
    listed = [name for line in reversed(said) for name, label in labels.items() if line.rstrip(":") == label]
    return listed[0]


def said_by_form(walk: Walk, step: Step, bad: Bad, context: object) -> str:
    try:
        step.form.check(walk.answers_to(step) | {bad.name: bad.typed}, context)  # type: ignore[arg-type]
    except FormRejected as rejected:
        return rejected.errors[bad.name]
    raise AssertionError(f"{bad.name} was taken")
