"""Commands besides the registration: one module each, imported when its command is called.

A module has `arguments(parser)`, which declares its arguments, and `run(options, flags)`, which runs it and returns
the exit status. `flags` are the settings given on the command line, for `settings.load`.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

if TYPE_CHECKING:
    from pathlib import Path

    from iprescribe_tui.front_ends.automation.answers import Answers
    from iprescribe_tui.system.settings import Settings

Flags = Mapping[str, str | None]

COMMANDS = {
    "help": "read the pages that ship with the program",
    "sandbox": "run the sandbox backend by itself",
    "personas": "list the sandbox's made-up NPIs and what happens to each",
    "status": "say which registrations this machine has left unfinished",
    "sign-out": "end the sessions that this machine keeps in its keyring",
    "receipts": "list the receipts that were saved here",
    "answers": "print an answers file to begin with, or check one",
    "walk": "walk scenarios through the screens without a terminal, and report on them",
    "completion": "print the completion for bash, zsh or tcsh",
    "validate": "check a value, photos, or a stream of them, as the forms do",
    "doctor": "look for what keeps the program from working here",
}


class Command(Protocol):
    """Module of a command."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, options: Namespace, flags: Flags) -> int:
        """Run the command and return the exit status. Raises `UsageError` (wrong usage)."""
        ...


def command(name: str) -> Command:
    """Return the module of a command: `sign_out` for `sign-out`."""
    return cast("Command", import_module(f"iprescribe_tui.cli.commands.{name.replace('-', '_')}"))


class UsageError(Exception):
    """Usage error (exit status 2); the message says why, and what to do."""


def settings_of(flags: Flags) -> "Settings":
    """Return the settings that result from `flags`. Raises `UsageError`."""
    from iprescribe_tui.system.settings import SettingsError, load

    try:
        return load(flags)
    except SettingsError as error:
        raise UsageError(f"iprescribe-tui: {error}") from None


def settings_with_folder(flags: Flags) -> "Settings":
    """Return the settings from `flags`. Raises `UsageError`, also if the state folder is not the user's own."""
    settings = settings_of(flags)
    demand_own(settings.state_dir)
    return settings


def demand_own(state_dir: "Path") -> None:
    """Raise `UsageError` if others could read or change the content of `state_dir`, or if it is not a folder."""
    from iprescribe_tui.system.state_folder import flaw_of

    if flaw := flaw_of(state_dir):
        raise UsageError(f"iprescribe-tui: {flaw}")


def print_json(document: object) -> None:
    """Print a JSON document; characters that hide or steer a terminal are written as JSON escapes."""
    import json

    from iprescribe_tui.journey.checks.text import HIDDEN

    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    print("\n".join(HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], line) for line in lines), flush=True)


def answers_of(file: str, settings: "Settings") -> "Answers":
    """Return a file's answers. Raises `UsageError` with one line per mistake, or if they need an unknown outbox."""
    from pathlib import Path

    from iprescribe_tui.front_ends.automation.answers import AnswersError, load
    from iprescribe_tui.front_ends.automation.message_source import NO_MESSAGES

    try:
        answers = load(Path(file))
    except AnswersError as error:
        raise UsageError("\n".join(error.lines())) from None
    if answers.needs_outbox and settings.backend and not answers.outbox_command:
        raise UsageError(f"{file}: {NO_MESSAGES}")
    return answers


def refuse(message: str) -> int:
    """Print a usage error line by line, and return the exit status 2."""
    from iprescribe_tui.journey.checks.text import plain

    with suppress(OSError):  # the status says it too
        for line in message.split("\n"):
            say(plain(line), sys.stderr)
    return 2


def say(message: str, stream: TextIO) -> None:
    """Print `message`; on a terminal break lines between words only, so that paths and addresses stay whole."""
    if is_terminal(stream):
        from shutil import get_terminal_size
        from textwrap import fill

        message = fill(message, get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    print(message, file=stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream exists, is open, and is a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
