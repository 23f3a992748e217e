"""Prompts that accept commands in place of an answer."""

from collections.abc import Awaitable, Callable

from iprescribe_tui.flow.actions import Action, Leave, TimedOut
from iprescribe_tui.front_ends.plain.lines import Left, Lines

Do = Callable[[], Awaitable[None]]

ELSEWHERE = frozenset({"<", "/file", "/street", "/again", "/resend", "/messages", "/qr", "/signin", "/new", "/save"})
"""Commands of some pages; elsewhere they are not values either, unless after a backslash."""


class Answered(Exception):
    """Answer of a command to the whole page."""

    def __init__(self, answer: Action) -> None:
        super().__init__()
        self.answer = answer


class Prompts:
    """Prompts on `lines`; `commands` can be typed at each of them, and have a description.

    `in_time` is called at each line and returns whether the session is still open; a late line answers nothing.
    """

    def __init__(self, lines: Lines, in_time: Callable[[], bool]) -> None:
        self.lines = lines
        self.is_late = False
        self._in_time = in_time
        self.commands: dict[str, tuple[str, Do]] = {}

    def command(self, name: str, description: str, do: Do) -> None:
        """Add the command `name` to the prompts of this page."""
        self.commands[name] = (description, do)

    def answers(self, name: str, description: str, answer: Action) -> None:
        """Add a command that answers the page."""

        async def do() -> None:
            raise Answered(answer)

        self.command(name, description, do)

    async def read(self, question: str, *, secret: bool = False) -> str:
        """Return the line typed at `question`, after any commands. Raises `Answered` and what commands raise."""
        while True:
            line = await self._line(question, secret=secret)
            command = self.commands.get(line.strip().casefold())
            if command is None and line.strip().casefold() in ELSEWHERE:
                self.lines.say(f"{line.strip()} does nothing here. ? says what can be typed.")
                continue
            if command is None:  # a late value is kept before it is rejected
                return line[1:] if line.startswith("\\") and self._is_escaped(line) else line
            self.leave_late()
            await command[1]()

    async def enter(self, question: str) -> None:
        """Wait for Enter alone; anything else typed is rejected. Raises `Answered`."""
        while (await self.read(question)).strip():
            self.leave_late()
            self.lines.say("Nothing is asked here. Press Enter alone, or type ? to see what else can be typed.")
            self.lines.drop_typed_ahead()
        self.leave_late()

    async def aside(self, question: str) -> str:
        """Return the line typed at a question outside the form. Raises `Answered` at `!` and at the end of input."""
        line = (await self._line(question)).strip().casefold()
        self.leave_late()
        if line == "!":
            raise Answered(Leave())
        return line

    async def _line(self, question: str, *, secret: bool = False) -> str:
        try:
            line = await self.lines.ask(question, secret=secret)
        except Left:
            raise Answered(Leave()) from None
        self.is_late = not self._in_time()
        return line

    def leave_late(self) -> None:
        """Raise `Answered` if the last line came after the session's end: someone else may have typed it."""
        if self.is_late:
            self.lines.drop_typed_ahead()
            raise Answered(TimedOut())

    def _is_escaped(self, line: str) -> bool:
        """Return whether a line is a command after backslashes, one of which must be removed."""
        return line.lstrip("\\").strip().casefold() in self.commands.keys() | ELSEWHERE
