"""The command line: the flags, and the commands with what each of them takes."""

import argparse
from collections.abc import Iterable

from iprescribe_tui.commands import COMMANDS, command

SETTINGS = ("backend", "ca_bundle", "config", "profile", "state_dir")
"""The flags that are settings, by their names in `settings.load`."""


class _Version(argparse.Action):
    """`--version`, which looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from importlib.metadata import version

        print(f"iprescribe-tui {version('iprescribe-tui')}")
        parser.exit()


def parser_of(given: Iterable[str]) -> argparse.ArgumentParser:
    """The parser for a command line; only the command that it names says what it takes."""
    parser = argparse.ArgumentParser(
        prog="iprescribe-tui",
        description="Register a prescriber for iPrescribe and ID.me. With no backend given, a sandbox on this machine "
        "is used, where no real account is made.",
        allow_abbrev=False,
    )
    parser.add_argument("--backend", metavar="URL", help='where to register: https://…, or "sandbox" for the own one')
    parser.add_argument("--ca-bundle", metavar="FILE", help="trust the certificates in this PEM file, and no others")
    parser.add_argument("--config", metavar="FILE", help="read this config file")
    parser.add_argument("--profile", metavar="NAME", help="use [profile.NAME] of the config file")
    parser.add_argument("--state-dir", metavar="DIR", help="keep drafts, and the sandbox's data, in this folder")
    parser.add_argument("--answers", metavar="FILE", help="fill the screens in from this file, as far as it goes")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, allow_abbrev=False)
        if name in given:
            command(name).arguments(subparser)
    return parser
