"""One field at the prompts: its question, the accepted input, and the resulting value."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from iprescribe_tui.journey.choosing import matching, place_in, several_mean
from iprescribe_tui.journey.fields import CHOOSE, NOT_OFFERED, Asked, Control, FieldValue, Option

SHOWN = 9
"""Most entries of a list shown at a time."""


class Read(Protocol):
    """Callable that asks a question and returns the line that answers it."""

    def __call__(self, question: str, *, secret: bool = False) -> Awaitable[str]:
        """Ask. Raises what ends the page (`Answered`, `AskAgain`)."""
        ...


@dataclass(frozen=True)
class PromptField:
    """Field of a form: `now` is its current value, `options` are its choices, if any."""

    label: str
    info: FieldInfo
    asked: Asked
    options: tuple[Option, ...]
    now: FieldValue
    read: Read
    say: Callable[[str], None]

    async def ask(self) -> FieldValue:
        """Ask and return the value; Enter keeps the current one."""
        match self.asked.control:
            case Control.CHECK_BOX:
                return await self._yes_or_no()
            case Control.TEXT:
                return await self._several_lines()
            case Control.CHOICE if self.options:
                return await self._choice()
            case Control.SECRET | Control.CODE:
                return await self._secret()
        return await self._line()

    async def _line(self) -> str:
        info, now = self.info, str(self.now)
        hints = [info.description] if info.description else []
        if info.examples and not hints and not now:
            hints.append(f"such as {info.examples[0]}")
        may_be_empty = not info.is_required() and self.asked.control is not Control.PHOTO
        if may_be_empty:
            hints.append("optional, - empties it" if now else "optional")
        typed = await self.read(question(self.label, hints, now))
        if typed.strip() == "-" and may_be_empty:
            return ""
        return typed if typed.strip() else now

    async def _secret(self) -> SecretStr:
        hint = self.info.description
        kept = self.now if isinstance(self.now, SecretStr) and self.now.get_secret_value() else None
        hints = [*([hint] if hint else []), "not shown while you type", *(["Enter keeps it"] if kept else [])]
        typed = await self.read(question(self.label, hints), secret=True)
        return kept if kept and not typed else SecretStr(typed)

    async def _yes_or_no(self) -> bool:
        while True:
            asked = question(self.label, ["yes or no"], "yes" if self.now is True else "")
            typed = (await self.read(asked)).strip().casefold()
            if not typed and self.now is True:
                return True
            if typed in ("y", "yes", "n", "no"):
                return typed.startswith("y")
            self.say(f"{self.label}: Type yes or no.")

    async def _several_lines(self) -> str:
        now = str(self.now)
        if now:
            self.say(f"{self.label}, as it is:\n{now}")
        hint = f", {self.info.description}" if self.info.description else ""
        keeps = " Enter at line 1 keeps it." if now else ""
        self.say(f"{self.label}{hint}. Several lines, the last of them empty.{keeps}")
        typed: list[str] = []
        while line := await self.read(f"{self.label}, line {len(typed) + 1}:"):
            typed.append(line)
        return "\n".join(typed) or now

    async def _choice(self) -> str:
        """Return the value chosen by a number or part of a label; a long list is narrowed until one option is left."""
        now = next((option.label for option in self.options if option.value == self.now), "")
        short = len(self.options) <= SHOWN
        listed = self.options if short else ()
        if short:
            if not self.label.endswith("?"):  # such a label is the question itself, asked below
                self.say(f"{self.label}:")
            self._list(self.options)
        hint = "number, or part of the name" if short else f"part of the name, one of {len(self.options)}"
        while True:
            typed = (await self.read(question(self.label, [hint], now))).strip()
            if not typed and now:
                return str(self.now)
            if (place := place_in(typed, len(listed))) is not None:
                return self._chosen(listed[place])
            found = tuple(matching(self.options, typed)) if typed else ()
            if found and not several_mean(self.options, typed):
                return self._chosen(found[0])
            if found:
                listed, hint = found[:SHOWN], "number, or more of the name"
                first = f" The first {SHOWN}" if len(found) > SHOWN else " They"
                self.say(f"{self.label}: {len(found)} match.{first} are:")
                self._list(listed)
            else:
                self.say(f"{self.label}: {NOT_OFFERED if typed else CHOOSE}")

    def _list(self, options: tuple[Option, ...]) -> None:
        for number, option in enumerate(options, 1):
            self.say(f"  {number}. {option.label}")

    def _chosen(self, option: Option) -> str:
        self.say(f"Chosen: {option.label}")
        return option.value


def question(label: str, hints: list[str], now: str = "") -> str:
    """Return the question for a field: its label, hints, and in brackets the value that Enter keeps."""
    return " ".join(filter(None, (label, f"({'; '.join(hints)})" if hints else "", f"[{now}]" if now else ""))) + ":"
