"""Prompts at which commands can be typed in place of what is asked for."""

from collections.abc import Awaitable, Callable

from iprescribe_tui.plain.lines import Left, Lines
from iprescribe_tui.turns import Action, Leave, TimedOut

Do = Callable[[], Awaitable[None]]

ELSEWHERE = frozenset({"<", "/file", "/street", "/again", "/resend", "/messages", "/qr", "/signin", "/new", "/save"})
"""What is a command at some pages; where it is none it is no value either, unless behind a backslash."""


class Answered(Exception):
    """A command gave the answer to the whole page."""

    def __init__(self, answer: Action) -> None:
        super().__init__()
        self.answer = answer


class Prompts:
    """Asks at `lines`; `commands` are what can be typed at every prompt, with what is said of them.

    `in_time` is asked at each line whether it comes before the session is over; what comes too late answers nothing.
    """

    def __init__(self, lines: Lines, in_time: Callable[[], bool]) -> None:
        self.lines = lines
        self.is_late = False
        self._in_time = in_time
        self.commands: dict[str, tuple[str, Do]] = {}

    def command(self, name: str, says: str, do: Do) -> None:
        """Let `name` be typed at every prompt of this page."""
        self.commands[name] = (says, do)

    def answers(self, name: str, says: str, answer: Action) -> None:
        """A command that answers the page."""

        async def do() -> None:
            raise Answered(answer)

        self.command(name, says, do)

    async def read(self, question: str, *, secret: bool = False) -> str:
        """The line typed at `question`, once it is no command. Raises Answered and AskAgain."""
        while True:
            line = await self._line(question, secret=secret)
            command = self.commands.get(line.strip().casefold())
            if command is None and line.strip().casefold() in ELSEWHERE:
                self.lines.say(f"{line.strip()} does nothing here. ? says what can be typed.")
                continue
            if command is None:  # a value is kept before it is said to be late
                return line[1:] if line.startswith("\\") and self._is_escaped(line) else line
            self.leave_late()
            await command[1]()

    async def enter(self, question: str) -> None:
        """Wait for an Enter and nothing else; what is mistyped must not go on. Raises Answered."""
        while (await self.read(question)).strip():
            self.leave_late()
            self.lines.say("Nothing is asked here. Press Enter alone, or type ? to see what else can be typed.")
            self.lines.drop_typed_ahead()
        self.leave_late()

    async def aside(self, question: str) -> str:
        """What is typed at a question that is none of the form's; `!` and the end of the input leave there too."""
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
        """Nothing is done for whoever comes when the session is over: it may be somebody else."""
        if self.is_late:
            self.lines.drop_typed_ahead()
            raise Answered(TimedOut())

    def _is_escaped(self, line: str) -> bool:
        """Whether a line is a command behind backslashes, one of which is to be taken away."""
        return line.lstrip("\\").strip().casefold() in self.commands.keys() | ELSEWHERE
