"""One view, asked line by line: its words, its fields one after another, and the commands that every prompt takes."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from pydantic import SecretStr

from iprescribe_tui.client.photos import fault_of
from iprescribe_tui.drive import Answer, AnyView, AskSupport, Back, Leave, Resend, Submit
from iprescribe_tui.journey.checks.address import judge_address
from iprescribe_tui.journey.checks.password import password_rules
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.choosing import matching, several_mean
from iprescribe_tui.journey.fields import CHOOSE, NOT_OFFERED, Asked, CheckContext, Choice, Control, Option
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.protocol import Problem, ServiceDocument, StepViewBase, View
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.pages import help_parts, license_values, page_of
from iprescribe_tui.plain.lines import Left, Lines

Value = str | bool | SecretStr
Do = Callable[[], Awaitable[None]]

SHOWN = 9
"""As many entries of a long list are shown at a time."""

ADDRESS = ("street", "suite", "city", "state", "zip_code")


class Answered(Exception):
    """A command gave the answer to the whole page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Refilled(Exception):
    """A command filled fields in; what is still missing is asked for."""


class Page:
    """The form of `view`. `keep` is told what stands in fields that are not secret, after each of them."""

    def __init__(
        self,
        view: AnyView,
        service: ServiceDocument | None,
        lines: Lines,
        typed: Mapping[str, str | bool],
        keep: Callable[[Mapping[str, str | bool]], None],
    ) -> None:
        self.view = view
        self.page = page_of(view)
        self.service = service
        self.lines = lines
        self.asked = self.page.form.asked()
        self.commands: dict[str, tuple[str, Do]] = {}
        self._keep = keep
        prefill = view.prefill if isinstance(view, StepViewBase) else {}
        self.values: dict[str, Value] = {name: typed.get(name, prefill.get(name, "")) for name in self.asked}
        self._given: set[str] = set()
        self._refused: dict[str, Value] = {}
        self._add_commands()

    @property
    def step_view(self) -> StepViewBase | None:
        """The view, where it is one of a step."""
        return self.view if isinstance(self.view, StepViewBase) else None

    @property
    def context(self) -> CheckContext:
        """What the form is checked against."""
        own = self.step_view.options if self.step_view else {}
        if self.service is None:
            return CheckContext(options=dict(own), today=date.today())
        return self.service.context(self.page.form, own, date.today())

    # -- commands

    def command(self, name: str, says: str, do: Do) -> None:
        """Let `name` be typed at every prompt of this page."""
        self.commands[name] = (says, do)

    def answers(self, name: str, says: str, answer: Answer) -> None:
        """A command that answers the page."""

        async def do() -> None:
            raise Answered(answer)

        self.command(name, says, do)

    def _add_commands(self) -> None:
        view = self.step_view
        self.command("?", "read what this step is about", self._help)
        if not isinstance(self.view, View) or self.view.can_go_back:
            self.answers("<", "go back", Back())
        self.answers("!", "save and leave", Leave())
        if view and view.resend_at:
            self.answers("/resend", "send a new code or link", Resend())
        if view and view.on_file:
            self.command("/file", f"use {view.on_file_label}", self._use_on_file)
        if "street" in self.asked:
            self.command("/street", "keep the street beside a PO Box", self._keep_street)
        for number, (says, answer) in enumerate(self._ways(), 1):
            self.answers(f"/{number}", says, answer) if isinstance(answer, Back) else self._fills(number, says, answer)
        self.answers("/support", "write to support", AskSupport())
        if isinstance(self.view, View) and self.view.registration:
            self.command("/over", "start over with the NPI", self._start_over)

    def _ways(self) -> list[tuple[str, Back | dict[str, str]]]:
        """What else can be done here: change a line that is shown, go elsewhere, take a license of the registry."""
        view = self.step_view
        if view is None:
            return []
        changes: list[tuple[str, Back | dict[str, str]]] = [
            (f"change: {fact.label}", Back(STEPS[fact.mend])) for fact in view.facts if fact.mend
        ]
        changes += [(way.label, Back(STEPS[way.to])) for way in view.ways]
        licenses = view.options.get("license_number", ()) if view.step is Step.LICENSE_REVIEW else ()
        return changes + [(f"use {option.label}", license_values(option)) for option in licenses]

    def _fills(self, number: int, says: str, values: Mapping[str, str]) -> None:
        async def do() -> None:
            self.fill(values)

        self.command(f"/{number}", says, do)

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill fields in, say so, and ask for what is still missing."""
        for name in values.keys() & self.asked.keys():
            self.values[name] = values[name]
            self._given.add(name)
            self.lines.say(f"{self.label(name)}: {values[name] or 'empty'}")
        self._kept()
        raise Refilled

    async def _help(self) -> None:
        step = self.page if isinstance(self.page, Step) else None
        for part in help_parts(step, self.service):
            self.lines.say(in_commands(part))
            self.lines.say()
        self.lines.say("At every prompt of this step you can type:")
        for name, (says, _) in self.commands.items():
            self.lines.say(f"  {name}  {says}")
        self.lines.say("To give one of these as an answer, put a backslash before it: \\?")

    async def _use_on_file(self) -> None:
        if self.step_view:
            self.fill(self.step_view.on_file)

    async def _keep_street(self) -> None:
        typed = {**self.values, **self._refused}
        keep = judge_address(*(str(typed.get(name, "")) for name in ADDRESS)).keep
        if not keep:
            self.lines.say("There is no street beside a PO Box here.")
            return
        self.fill({"street": keep[0], "suite": keep[1]})

    async def _start_over(self) -> None:
        self.lines.say("Everything that was answered is undone, here and at the backend. You begin with the NPI again.")
        if (await self.lines.ask("Start over? yes or no:")).strip().casefold() in ("y", "yes"):
            raise Answered(Back(Step.NPI))

    # -- asking

    async def read(self, question: str, *, secret: bool = False) -> str:
        """The line typed at `question`, once it is no command. Raises Answered and Refilled."""
        while True:
            try:
                line = await self.lines.ask(question, secret=secret)
            except Left:
                raise Answered(Leave()) from None
            found = self.commands.get(line.strip().casefold())
            if found is None:
                return line[1:] if line.startswith("\\") and line[1:].strip().casefold() in self.commands else line
            await found[1]()

    async def answer(self, problem: Problem | None) -> Answer:
        """Ask for the fields, all or those that are wrong, until the form is right or a command answers."""
        pending = list(self.asked)
        if problem:
            pending = self._say_errors(said_by(problem)) or pending
        try:
            return await self._until_right(pending)
        except Answered as answered:
            return answered.answer

    async def _until_right(self, pending: list[str]) -> Answer:
        while True:
            try:
                for name in pending:
                    await self._ask_field(name)
                if not self.asked:
                    await self.read(f"Press Enter to {self.go_on}:")
                return Submit(self.page.form.check(self.values, self.context))
            except FormRejected as rejected:
                pending = self._say_errors(rejected.errors)
            except Refilled:
                pending = [name for name in self.asked if name not in self._given]

    @property
    def go_on(self) -> str:
        """What an Enter does where nothing is filled in."""
        return "continue" if isinstance(self.page, Step) else self.page.go_on.lower()

    def _say_errors(self, errors: Mapping[str, str]) -> list[str]:
        """Say what is wrong, each with the name of its field; the fields that are asked for again."""
        for name, message in errors.items():
            self.lines.say(f"{self.label(name)}: {message}" if name in self.asked else message)
        return [name for name in self.asked if name in errors]

    def label(self, name: str) -> str:
        """How a field is called."""
        return self.page.form.model_fields[name].title or name

    async def _ask_field(self, name: str) -> None:
        """Ask for one field until what is given can stand."""
        if name == "back" and self.values.get("kind") == "passport":
            self.values[name] = ""
            return
        asked, before = self.asked[name], self.values[name]
        while True:
            self.values[name] = await self._value(name, asked)
            message = await self._fault(name, asked)
            if not message:
                self._given.add(name)
                self._kept()
                return
            self.lines.say(f"{self.label(name)}: {message}")
            self._refused[name] = self.values[name]
            self.values[name] = before  # or else an Enter would give what was refused once more

    async def _value(self, name: str, asked: Asked) -> Value:
        match asked.control:
            case Control.TICK:
                return await self._yes_or_no(name)
            case Control.TEXT:
                return await self._several_lines(name)
            case Control.CHOICE if isinstance(asked, Choice) and (options := asked.options(name, self.context)):
                return await self._choice(name, options)
            case Control.SECRET | Control.CODE:
                return await self._secret(name, asked)
        return await self._line(name)

    async def _line(self, name: str) -> str:
        info, now = self.page.form.model_fields[name], str(self.values[name])
        hints = [info.description] if info.description else []
        if info.examples and not hints and not now:
            hints.append(f"such as {info.examples[0]}")
        if not info.is_required() and name != "back":
            hints.append("optional; a lone - empties it" if now else "optional")
        typed = await self.read(question(self.label(name), hints, f"[{now}]" if now else ""))
        if typed.strip() == "-" and not info.is_required():
            return ""
        return typed if typed.strip() else now

    async def _secret(self, name: str, asked: Asked) -> SecretStr:
        hint = self.page.form.model_fields[name].description
        policy = self.service.passwords.get(self.page) if self.service and isinstance(self.page, Step) else None
        if name == "password" and policy:
            rules = "; ".join(rule.text for rule in password_rules(policy, ""))
            self.lines.say(f"Rules for the password: {rules}.")
        given = self.values[name]
        kept = isinstance(given, SecretStr) and bool(given.get_secret_value())
        hints = [*([hint] if hint else []), "not shown while you type", *(["Enter keeps it"] if kept else [])]
        typed = await self.read(question(self.label(name), hints), secret=True)
        return given if isinstance(given, SecretStr) and kept and not typed else SecretStr(typed)

    async def _yes_or_no(self, name: str) -> bool:
        self.lines.say(self.label(name))
        while True:
            typed = (await self.read("yes or no:")).strip().casefold()
            if typed in ("y", "yes", "n", "no"):
                return typed.startswith("y")
            self.lines.say("Type yes or no.")

    async def _several_lines(self, name: str) -> str:
        now = str(self.values[name])
        if now:
            self.lines.say(f"{self.label(name)}, as it is:\n{now}")
        hint = self.page.form.model_fields[name].description
        self.lines.say(f"{self.label(name)}{f', {hint}' if hint else ''}. An empty line ends it.")
        typed: list[str] = []
        while line := await self.read(f"Line {len(typed) + 1}:"):
            typed.append(line)
        return "\n".join(typed) or now

    async def _choice(self, name: str, options: tuple[Option, ...]) -> str:
        """A number, or a part of a name; a long list is narrowed until one remains."""
        now = next((option.label for option in options if option.value == self.values[name]), "")
        listed = options
        if len(options) <= SHOWN:
            self.lines.say(f"{self.label(name)}:")
            self._list(options)
        ask = "Number, or part of the name" if len(options) <= SHOWN else f"{self.label(name)}, part of the name"
        while True:
            typed = (await self.read(f"{ask} [{now}]:" if now else f"{ask}:")).strip()
            if not typed and now:
                return str(self.values[name])
            if typed.isdecimal() and 1 <= int(typed) <= min(len(listed), SHOWN):
                return self._chosen(listed[int(typed) - 1])
            found = tuple(matching(options, typed)) if typed else ()
            if found and not several_mean(options, typed):
                return self._chosen(found[0])
            if not found:
                self.lines.say(f"{self.label(name)}: {NOT_OFFERED if typed else CHOOSE}")
                continue
            listed, ask = found, "Number, or more of the name"
            more = f" The first {SHOWN} are:" if len(found) > SHOWN else ""
            self.lines.say(f"{len(found)} are called that.{more}")
            self._list(found[:SHOWN])

    def _list(self, options: tuple[Option, ...]) -> None:
        for number, option in enumerate(options, 1):
            self.lines.say(f"  {number}. {option.label}")

    def _chosen(self, option: Option) -> str:
        self.lines.say(f"Chosen: {option.label}")
        return option.value

    async def _fault(self, name: str, asked: Asked) -> str:
        """What is wrong with a field as it stands, "" where nothing is; what is good to know of it is said."""
        try:
            self.page.form.check(self.values, self.context)
            errors: Mapping[str, str] = {}
        except FormRejected as rejected:
            errors = rejected.errors
        if message := errors.get(name, ""):
            if name in ("street", "suite"):
                verdict = judge_address(*(str(self.values.get(key, "")) for key in ADDRESS))
                if verdict.keep and verdict.field == name:
                    message += f' /street keeps "{", ".join(filter(None, verdict.keep))}".'
            return message
        if asked.control is Control.PHOTO and self.values[name]:
            policy = self.service.photos if self.service else PhotoPolicy()
            return await asyncio.to_thread(fault_of, str(self.values[name]), policy)
        if name == "zip_code":
            verdict = judge_address(*(str(self.values.get(key, "")) for key in ADDRESS))
            if verdict.ok and verdict.message:
                self.lines.say(verdict.message)
        return ""

    def _kept(self) -> None:
        self._keep(
            {
                name: value
                for name, value in self.values.items()
                if isinstance(value, str | bool) and not self.asked[name].secret
            }
        )


def said_by(problem: Problem) -> dict[str, str]:
    """What the backend refused, in its words, by field."""
    errors = dict(problem.errors) or {"": problem.detail or problem.title}
    if problem.suggestions:
        name = next(iter(errors))
        errors[name] += f" Free: {', '.join(problem.suggestions)}."
    return errors


def question(label: str, hints: list[str], now: str = "") -> str:
    """A field's question: its name, what is to be known of it, and what stands there."""
    return " ".join(filter(None, (label, f"({'; '.join(hints)})" if hints else "", now))) + ":"


_KEYS = {
    "F2": "/messages",
    "F3": "/file",
    "F4": "/street",
    "F5": "/resend",
    "F6": "/signin",
    "F8": "/support",
    "F9": "<",
    "F10": "!",
    "F11": "/over",
}


def in_commands(text: str) -> str:
    """A text that names keys of the full-screen program, with the commands that do the same here."""
    return re.sub(r"\bF\d+\b", lambda key: _KEYS.get(key[0], key[0]), text).replace("Press ", "Type ")
