"""The command line, and the place where the terminal program is put together; what is not needed is not imported."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from iprescribe_tui.commands import COMMANDS, Flags, Refused, command, is_terminal, refuse, say, settings_of

if TYPE_CHECKING:
    from iprescribe_tui.front_end import ScreensFrontEnd
    from iprescribe_tui.settings import Settings

NEEDS_TERMINAL = (
    "iprescribe-tui needs a terminal: it fills the screen and reads keys. "
    "Run it in one, without redirecting its input or output (with ssh: ssh -t)."
)
NEEDS_CURSOR = (
    "iprescribe-tui cannot fill a terminal that says TERM=dumb. Use another terminal, or set TERM to what this one is, "
    "such as xterm-256color."
)
_SETTINGS = ("backend", "ca_bundle", "config", "profile", "state_dir")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: a command's own, or 2 where it cannot be run like this."""
    given = sys.argv[1:] if argv is None else argv
    options = _parser(given).parse_args(given)
    flags = {name: getattr(options, name) for name in _SETTINGS}
    from iprescribe_tui import crash

    crash.install()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # names and dashes, on a terminal that has no Unicode
    try:
        return command(options.command).run(options, flags) if options.command else _terminal(flags)
    except Refused as refused:
        return refuse(str(refused))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read this has enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Version(argparse.Action):
    """`--version`, which looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from importlib.metadata import version

        print(f"iprescribe-tui {version('iprescribe-tui')}")
        parser.exit()


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
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
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, allow_abbrev=False)
        if name in given:
            command(name).arguments(subparser)
    return parser


def _terminal(flags: Flags) -> int:
    """Run the full-screen program, where there is a screen."""
    if not all(is_terminal(stream) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        return refuse(NEEDS_TERMINAL)
    if os.environ.get("TERM") == "dumb":
        return refuse(NEEDS_CURSOR)
    settings = settings_of(flags)
    # TEXTUAL_LOG records every key, and TEXTUAL_SCREENSHOT pictures what is on the screen.
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]
    # Collecting garbage while all is being imported and laid out is wasted; the app turns it on after the first paint.
    import gc

    gc.disable()
    return _run(settings)


def _run(settings: "Settings") -> int:
    """Put the parts together and take the applicant through; what the first paint does not need is made after it."""
    from iprescribe_tui.app import RegistrationApp
    from iprescribe_tui.drafts import Drafts

    ending: list[Callable[[], None]] = []

    def load(app: RegistrationApp) -> "ScreensFrontEnd":
        from iprescribe_tui.front_end import ScreensFrontEnd
        from iprescribe_tui.parts import parts

        own = parts(settings)
        ending.append(own.stop)
        return ScreensFrontEnd(app, own)

    app = RegistrationApp(
        load,
        own_sandbox=settings.backend is None,
        backend=settings.shown_name,
        resuming=Drafts(settings.state_dir, settings.backend_name).remembered() is not None,
    )
    try:
        farewell = app.run(mouse=False)
    finally:
        for end in ending:
            end()
    if farewell:
        say(farewell, sys.stdout)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
