"""Command line, and assembly of the terminal program; modules are imported only when needed."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from iprescribe_tui.cli.command_line import SETTINGS, parser_of
from iprescribe_tui.cli.commands import (
    Flags,
    UsageError,
    answers_of,
    command,
    is_terminal,
    refuse,
    say,
    settings_with_folder,
)

if TYPE_CHECKING:
    from argparse import Namespace

    from iprescribe_tui.front_ends.automation.answers import Answers
    from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
    from iprescribe_tui.system.settings import Settings

NEEDS_TERMINAL = (
    "iprescribe-tui needs a terminal: it fills the screen and reads keys. Run it in one, without redirecting its input "
    "or output (with ssh: ssh -t), or let it ask line by line with --plain."
)

LEAKING = ("TEXTUAL", "SSLKEYLOGFILE")
"""Prefixes of environment variables hidden from every part of the program.

TEXTUAL_LOG records every key, TEXTUAL_SCREENSHOT saves what is on the screen, and the file in SSLKEYLOGFILE lets
others decrypt recorded network traffic.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: a command's own, or 2 after a usage error."""
    from iprescribe_tui.front_ends.plain.output import guarded

    given = sys.argv[1:] if argv is None else argv
    return guarded(lambda: _main(given))


def _main(given: Sequence[str]) -> int:
    options = parser_of(given).parse_args(given)
    flags = {name: getattr(options, name) for name in SETTINGS}
    from iprescribe_tui.system import crash, hardening

    crash.install()
    hardening.no_core_dumps()
    for name in [name for name in os.environ if name.startswith(LEAKING)]:
        del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # for names and dashes on a terminal without Unicode
    if options.command and options.answers:
        return refuse("iprescribe-tui: --answers fills in the screens. Leave it out, or the command.")
    try:
        if not options.command:
            return _register(flags, options)
        hardening.not_traceable()
        return crash.status(command(options.command).run(options, flags))
    except UsageError as refused:
        return refuse(str(refused))
    except KeyboardInterrupt:
        return 130


def _register(flags: Flags, options: "Namespace") -> int:
    """Run the full-screen program, or the prompts if there is no full screen; answers can replace a person.

    Returns the exit status. Raises `Refused` (wrong usage).
    """
    from iprescribe_tui.system.platforms import UNSUPPORTED, has_signals

    terminal = all(is_terminal(stream) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))
    asks = options.plain or terminal
    if not asks and not options.answers:
        return refuse(NEEDS_TERMINAL)
    if not has_signals():
        return refuse(UNSUPPORTED)
    settings = settings_with_folder(flags)
    answers = answers_of(options.answers, settings) if options.answers else None
    if options.plain or not terminal or not _can_move_cursor(os.environ.get("TERM", "")):
        from iprescribe_tui.front_ends.plain.run import run
        from iprescribe_tui.system import hardening

        hardening.not_traceable()
        source = None
        if answers:
            from iprescribe_tui.front_ends.automation.answers_source import source_of

            source = partial(source_of, answers)
        farewell = run(settings, source, asks=asks)
        if farewell.text:
            say(farewell.text, sys.stdout)
        return farewell.status
    # Collecting garbage while all is being imported and laid out is wasted; the app turns it on after the first paint.
    gc.disable()
    return _run(settings, answers)


def _can_move_cursor(term: str) -> bool:
    """Return whether a terminal of type `term` can position its cursor, as a full screen needs."""
    try:
        import curses
    except ImportError:  # Windows, whose terminals have no such type
        return term != "dumb"
    if term in ("", "dumb", "unknown"):
        return False
    try:
        curses.setupterm(term)
    except curses.error as error:
        return "could not find" in str(error)  # unknown type: most can; other errors mean printers
    return curses.tigetstr("cup") is not None


def _run(settings: "Settings", answers: "Answers | None") -> int:
    """Run the app and return the exit status; anything that the first paint does not need is built after it."""
    from iprescribe_tui.flow.drafts import Drafts
    from iprescribe_tui.flow.ending import Ending
    from iprescribe_tui.front_ends.tui.app import RegistrationApp

    ending: list[Callable[[], None]] = []

    def load(app: RegistrationApp) -> "ScreensFrontEnd":
        from iprescribe_tui.flow.services import build_services
        from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
        from iprescribe_tui.system import hardening
        from screens import screen_of

        hardening.not_traceable()  # after the first paint, which would come later; before there is a field to type into
        own = build_services(settings)
        ending.append(own.stop)
        if not answers:
            return ScreensFrontEnd(app, own, screen_of)
        from iprescribe_tui.front_ends.automation.answers_source import source_of

        return ScreensFrontEnd(app, own, screen_of, source_of(answers, own))

    app = RegistrationApp(
        load,
        own_sandbox=settings.backend is None,
        backend=settings.shown_name,
        resuming=Drafts(settings.state_dir, settings.backend_name).remembered() is not None,
    )
    try:
        farewell = app.run_guarded()
    finally:
        for end in ending:
            end()
        gc.freeze()  # the rest goes with the process: another collection would take half a second
    if farewell:
        say(farewell, sys.stdout)
    return Ending.CRASHED if app.return_code is None else app.return_code


if __name__ == "__main__":
    sys.exit(main())
