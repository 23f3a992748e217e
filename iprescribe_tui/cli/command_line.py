"""Parser of the command line: settings, flags, and the arguments of each command."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from iprescribe_tui.cli.commands import COMMANDS, command

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

SETTINGS = ("backend", "ca_bundle", "timeout", "config", "profile", "state_dir")
"""Flags that are settings, by their names in `settings.load`."""


HELP = """\
usage: iprescribe-tui [OPTION ...] [COMMAND ...]
Register a prescriber for iPrescribe and ID.me; by default in a local sandbox.
  --backend URL         where to register: https://..., or "sandbox"
  --ca-bundle FILE      trust the certificates in this file, and no others
  --timeout SECONDS     how long the backend may take to answer: 1 to 600
  --config FILE, --profile NAME    read this file, use its [profile.NAME]
  --state-dir DIR       keep drafts, and the sandbox's data, in this folder
  --answers FILE        answer from this file, as far as it goes
  --plain               ask line by line: screen readers, dumb terminals
  --version, --help

  sandbox               run the sandbox backend by itself
  personas              list its made-up NPIs and what happens to each
  status, sign-out, receipts       what this machine keeps, and how to end it
  answers, walk         answers files; walk scenarios without a terminal
  validate KIND VALUE   check a value, photos, or a stream of them, as forms do
  doctor                look for what keeps the program from working here
  completion SHELL      print the completion for bash, zsh or tcsh
  help [TOPIC]          read a page: keys, photos, settings, glossary, ...
IPRESCRIBE_BACKEND_URL, IPRESCRIBE_CA_BUNDLE, IPRESCRIBE_TIMEOUT,
IPRESCRIBE_STATE_DIR, IPRESCRIBE_CONFIG, IPRESCRIBE_PROFILE set the same.
Exit status: 0 registered, 1 crash, 2 usage, 10 left, 11 refused, 12 ended,
13 backend unreachable, 128+n signal n
"""


class _CommandParser(argparse.ArgumentParser):
    """Parser that raises if its help cannot be written, and takes `values` in several places.

    argparse's own ignores help that it cannot write, and rejects values after a flag as unknown.
    """

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Print the help. Raises `OSError`."""
        print(self.format_help(), end="", file=file)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; those after a flag, and all after `--`, are added to a command's `values`."""
        if args is None or not any(action.dest == "values" for action in self._actions):
            return super().parse_known_args(args, namespace)
        end = args.index("--") if "--" in args else len(args)
        options, left = super().parse_known_args(args[:end], namespace)
        if not any(word.startswith("-") for word in left):
            options.values += left
            left = []
        options.values += args[end + 1 :]
        return options, left


class _Parser(_CommandParser):
    """Parser of the program itself, whose help fits a screen; commands have argparse's."""

    def format_help(self) -> str:
        """Return the help."""
        return HELP


class _Version(argparse.Action):
    """Action of `--version`, which looks the version up only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version and exit."""
        from importlib.metadata import version

        print(f"iprescribe-tui {version('iprescribe-tui')}")
        parser.exit()


def parser_of(given: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser for a command line; only commands in `given` declare their arguments."""
    parser = _Parser(prog="iprescribe-tui", allow_abbrev=False)
    _add_settings(parser, None)
    parser.add_argument("--plain", action="store_true", help="ask line by line, for screen readers and dumb terminals")
    parser.add_argument("--answers", metavar="FILE", help="answer from this file, as far as it goes")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_CommandParser)
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, allow_abbrev=False)
        if name in given:
            command(name).arguments(subparser)
            _add_settings(subparser, argparse.SUPPRESS)
    return parser


def _add_settings(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the flags that are settings: before a command, or after it."""
    settings = parser.add_argument_group("settings")
    for flag, metavar, description in (
        ("--backend", "URL", 'where to register: https://…, or "sandbox" for the own one'),
        ("--ca-bundle", "FILE", "trust the certificates in this file, and no others"),
        ("--timeout", "SECONDS", "how long the backend may take to answer: 1 to 600"),
        ("--config", "FILE", "read this config file"),
        ("--profile", "NAME", "use [profile.NAME] of the config file"),
        ("--state-dir", "DIR", "keep drafts, and the sandbox's data, in this folder"),
    ):
        settings.add_argument(flag, metavar=metavar, default=default, help=description)
