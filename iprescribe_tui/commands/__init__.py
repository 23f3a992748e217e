"""The commands beside the terminal program: one module a command, imported when it is called.

A module has `arguments(parser)`, which declares what the command takes, and `run(options, flags)`, which does it and
returns the exit status. `flags` are the settings given on the command line, for `settings.load`.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

if TYPE_CHECKING:
    from pathlib import Path

    from iprescribe_tui.answers import Answers
    from iprescribe_tui.settings import Settings

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
    """What a command's module has."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        ...

    def run(self, options: Namespace, flags: Flags) -> int:
        """Do it; the exit status."""
        ...


def command(name: str) -> Command:
    """The module of a command; `sign-out` is `sign_out`."""
    return cast("Command", import_module(f"iprescribe_tui.commands.{name.replace('-', '_')}"))


class Refused(Exception):
    """The command cannot be run like this; the message says why, and what to do. Exit status 2."""


def settings_of(flags: Flags) -> "Settings":
    """The settings that `flags` make; raises Refused."""
    from iprescribe_tui.settings import SettingsError, load

    try:
        return load(flags)
    except SettingsError as error:
        raise Refused(f"iprescribe-tui: {error}") from None


def settings_with_folder(flags: Flags) -> "Settings":
    """The settings that `flags` make, with a state folder that is the user's own; raises Refused."""
    settings = settings_of(flags)
    demand_own(settings.state_dir)
    return settings


def demand_own(state_dir: "Path") -> None:
    """Raise Refused where others could read or change what is kept in `state_dir`, or it is no folder."""
    from iprescribe_tui.state_folder import flaw_of

    if flaw := flaw_of(state_dir):
        raise Refused(f"iprescribe-tui: {flaw}")


def print_json(document: object) -> None:
    """Print a JSON document as a script reads it, what hides or steers a terminal in JSON's own escapes."""
    import json

    from iprescribe_tui.journey.checks.text import HIDDEN

    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    print("\n".join(HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], line) for line in lines), flush=True)


def answers_of(file: str, settings: "Settings") -> "Answers":
    """The answers in a file, with a way to the messages where they need one; raises Refused, a line a mistake."""
    from pathlib import Path

    from iprescribe_tui.answers import AnswersError, load
    from iprescribe_tui.mailbox import NO_MAILBOX

    try:
        answers = load(Path(file))
    except AnswersError as error:
        raise Refused("\n".join(error.lines())) from None
    if answers.needs_outbox and settings.backend and not answers.outbox_command:
        raise Refused(f"{file}: {NO_MAILBOX}")
    return answers


def refuse(message: str) -> int:
    """Print why it cannot be run like this, line by line; exit status 2."""
    from iprescribe_tui.journey.checks.text import plain

    with suppress(OSError):  # the status says it too
        for line in message.split("\n"):
            say(plain(line), sys.stderr)
    return 2


def say(message: str, stream: TextIO) -> None:
    """Print `message`; on a terminal in lines that end between words, paths and addresses whole."""
    if is_terminal(stream):
        from shutil import get_terminal_size
        from textwrap import fill

        message = fill(message, get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    print(message, file=stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is there, open, and a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
