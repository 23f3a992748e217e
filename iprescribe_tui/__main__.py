"""The command line, and the place where the parts are put together; what a command does not need is not imported."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, or 2 where it cannot be run like this."""
    options = _parser().parse_args(argv)
    flags = {name: getattr(options, name) for name in ("backend", "ca_bundle", "config", "profile", "state_dir")}
    from iprescribe_tui import crash

    crash.install()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # names and dashes, on a terminal that has no Unicode
    try:
        if options.command == "personas":
            return _personas()
        return _sandbox(flags, options) if options.command == "sandbox" else _terminal(flags)
    except KeyboardInterrupt:
        return 130


class _Version(argparse.Action):
    """`--version`, which looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from importlib.metadata import version

        print(f"iprescribe-tui {version('iprescribe-tui')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
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
    sandbox = commands.add_parser("sandbox", help="run the sandbox backend by itself", allow_abbrev=False)
    sandbox.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    sandbox.add_argument("--port", type=_port, default=8765, help="port to listen at, 0 for any (default: %(default)s)")
    sandbox.add_argument("--database", metavar="URL", help="SQLAlchemy URL (default: SQLite in the state folder)")
    sandbox.add_argument("--proofing", choices=("native", "hosted"), default="native", help="how identities are proven")
    sandbox.add_argument("--smtp", metavar="HOST:PORT", help="send its e-mails to this mail server too")
    sandbox.add_argument("--parent", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("personas", help="list the sandbox's made-up NPIs and what happens to each")
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return port


def _terminal(flags: dict[str, str | None]) -> int:
    """Run the full-screen program, where there is a screen."""
    import os

    if not all(_is_terminal(stream) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        return _refuse(NEEDS_TERMINAL)
    if os.environ.get("TERM") == "dumb":
        return _refuse(NEEDS_CURSOR)
    from iprescribe_tui.settings import SettingsError, load

    try:
        settings = load(flags)
    except SettingsError as error:
        return _refuse(f"iprescribe-tui: {error}")
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

    own_sandbox = settings.backend is None
    shown_name = settings.backend or "the sandbox"
    drafts = Drafts(settings.state_dir, settings.backend_name)
    ending: list[Callable[[], None]] = []

    def load(app: RegistrationApp) -> "ScreensFrontEnd":
        from iprescribe_tui.client import BackendAddress, Client
        from iprescribe_tui.front_end import ScreensFrontEnd
        from iprescribe_tui.tokens import TokenStore

        if settings.backend is None:
            from iprescribe_tui.sandbox_process import SandboxProcess

            own = SandboxProcess(settings.state_dir)
            ending.append(own.stop)
            address = own.address
        else:
            given = BackendAddress(settings.backend)

            async def address() -> BackendAddress:
                return given

        tokens = TokenStore(settings.backend_name)
        client = Client(settings, tokens, address)
        return ScreensFrontEnd(
            app,
            client,
            tokens,
            drafts,
            own_sandbox=own_sandbox,
            backend=shown_name,
            state_dir=settings.state_dir,
        )

    resuming = drafts.remembered() is not None
    app = RegistrationApp(load, own_sandbox=own_sandbox, backend=shown_name, resuming=resuming)
    try:
        farewell = app.run(mouse=False)
    finally:
        for end in ending:
            end()
    if farewell:
        from shutil import get_terminal_size
        from textwrap import fill

        print(fill(farewell, get_terminal_size().columns))
    return app.return_code or 0


def _is_terminal(stream: object) -> bool:
    """Whether a standard stream is there, open, and a terminal."""
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]  # a text stream, or None
    except ValueError:
        return False


def _sandbox(flags: dict[str, str | None], options: argparse.Namespace) -> int:
    """Run the sandbox backend until it is interrupted or, with --parent, until its standard input ends."""
    import os
    from pathlib import Path

    from iprescribe_tui.sandbox.serve import serve
    from iprescribe_tui.settings import SettingsError, load

    try:
        # The child is told its folder, so that a config file that its parent does not use cannot keep it from starting.
        state_dir = Path(flags["state_dir"]).absolute() if flags["state_dir"] else load(flags).state_dir
    except SettingsError as error:
        return _refuse(f"iprescribe-tui: {error}")
    status = serve(
        host=options.host,
        port=options.port,
        database=options.database,
        parent=options.parent,
        proofing=options.proofing,
        smtp=options.smtp,
        folder=state_dir / "sandbox",
    )
    if options.parent:
        # All is closed and written; taking the interpreter down in good order would keep the parent waiting at its end.
        os._exit(status)
    return status


def _personas() -> int:
    """Print the personas."""
    import os

    from iprescribe_tui.sandbox.personas import personas_table

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a text stream, unless a test replaced it
    try:
        print(personas_table(), flush=True)
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _refuse(message: str) -> int:
    from iprescribe_tui.journey.checks.text import plain

    print(plain(message), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
