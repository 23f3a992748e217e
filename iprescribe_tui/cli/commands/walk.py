"""`iprescribe-tui walk`: walk scenarios through the screens, and report the results."""

import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from iprescribe_tui.cli.commands import Flags, UsageError, answers_of, is_terminal, print_json, settings_of
from iprescribe_tui.front_ends.plain.output import erase_line
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.ownership import flaw_at
from iprescribe_tui.system.platforms import UNSUPPORTED, has_signals
from iprescribe_tui.system.private_files import cause_of, make_private

if TYPE_CHECKING:
    from iprescribe_tui.front_ends.automation.walk.scenario import Walked
    from iprescribe_tui.front_ends.automation.walk.walk_report import WalkOutcome

FAILED, UNANSWERED = 1, 3
"""Exit statuses: some result is unexpected; only because steps have no answer."""

_WIDE = 30


def arguments(parser: ArgumentParser) -> None:
    """Declare the scenarios, their number, and the report."""
    parser.add_argument("scenarios", nargs="*", metavar="FILE", help="a scenario's file, or the name of one that ships")
    parser.add_argument("--all", action="store_true", help="all scenarios that ship: one for each persona, and a few")
    parser.add_argument("--list", action="store_true", help="list the scenarios that ship")
    parser.add_argument("--report", metavar="DIR", type=Path, help="write a page with a picture of every screen here")
    parser.add_argument("--repeat", metavar="N", type=_count, default=1, help="walk each so many times")
    parser.add_argument("--jobs", metavar="N", type=_count, default=1, help="walk so many at a time")
    parser.add_argument(
        "--step-timeout", metavar="S", type=_count, default=60, help="seconds that a step may take (60)"
    )
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON")


def _count(text: str) -> int:
    """Return a number from 1 to 10,000. Raises `ArgumentTypeError`."""
    if text.isascii() and text.isdigit() and 0 < int(text) <= 10_000:
        return int(text)
    raise ArgumentTypeError(f"this is a number from 1 to 10000, not {text!r}")


def _check_free(folder: Path) -> None:
    """Make `folder` if it is missing. Raises `UsageError` if it is not free for a report, or others can change it."""
    from iprescribe_tui.front_ends.automation.walk.walk_report import is_free

    try:
        make_private(folder)
        free = is_free(folder)
    except FileExistsError:
        free = False
    except OSError as failed:
        raise UsageError(f"{folder} can't be used for the report: {cause_of(failed)}. Give --report another.") from None
    if flaw := flaw_at(folder.absolute(), "give --report another folder"):
        raise UsageError(f"The report can't be written there: {flaw.refusal}")
    if not free:
        raise UsageError(f"{folder} holds other things. Give --report a new folder, or one with a report in it.")


def run(options: Namespace, flags: Flags) -> int:
    """Walk, and print the results; return 0 if all are as expected. Raises `UsageError`."""
    from iprescribe_tui.front_ends.automation.walk.runner import Errand, run
    from iprescribe_tui.front_ends.automation.walk.scenario import shipped
    from iprescribe_tui.front_ends.automation.walk.walk_report import WalkOutcome, clear, write

    if options.list:
        return _list(as_json=options.json)
    if not has_signals():
        raise UsageError(UNSUPPORTED)
    files = _files(options, shipped())
    if options.report:
        _check_free(options.report)
    settings = settings_of(flags)
    read = {name: answers_of(str(file), settings) for name, file in files.items()}
    asks = any(answers.asks for answers in read.values())
    if asks and options.jobs > 1:
        raise UsageError("A scenario that says {ask} asks here, so it is walked by one job: leave out --jobs.")
    asks = asks and is_terminal(sys.stdin) and is_terminal(sys.stderr)
    if options.report:
        clear(options.report)
    started, begun = datetime.now(UTC), time.monotonic()
    errands = [
        Errand(name, number, file, settings, options.report, float(options.step_timeout), asks)
        for number in range(1, options.repeat + 1)
        for name, file in files.items()
    ]
    walks = []
    try:
        with _interruptible(), closing(run(errands, options.jobs)) as done:
            for walked in done:
                walks.append(walked)
                _say(walked, len(walks), len(errands), quiet=options.json)
    except _Interrupted as interrupted:
        return _say_interrupted(len(walks), len(errands), interrupted.number)
    walks.sort(key=lambda one: (one.number, list(files).index(one.scenario)))
    outcome = WalkOutcome(walks, settings.shown_name, started, time.monotonic() - begun)
    page = write(outcome, options.report) if options.report else None
    _sum_up(outcome, page, as_json=options.json)
    return _status(outcome)


def _status(outcome: "WalkOutcome") -> int:
    """Return the exit status: 0 if all results are as expected, else `UNANSWERED` or `FAILED`."""
    if not outcome.wrong:
        return 0
    return UNANSWERED if all(walked.unanswered for walked in outcome.wrong) else FAILED


class _Interrupted(KeyboardInterrupt):
    """Ctrl+C, or another signal `number` that ends programs."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise `_Interrupted` at the first signal that ends the program, and ignore further ones until it has ended."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heard = [number for number in ending if signal.getsignal(number) is not signal.SIG_IGN]  # unless ignored (nohup)

    def interrupt(number: int, _: object) -> None:
        for other in heard:
            signal.signal(other, signal.SIG_IGN)
        raise _Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        if not isinstance(sys.exception(), _Interrupted):
            for number, handler in before.items():
                signal.signal(number, handler)


def _say_interrupted(count: int, total: int, number: int) -> int:
    """Print the progress made; return the exit status for signal `number`, as shells define it."""
    with suppress(OSError):  # the terminal may be gone
        if is_terminal(sys.stderr):
            erase_line(sys.stderr)
        print(f"Interrupted after {count} of {total}. No report was written.", file=sys.stderr, flush=True)
    return 128 + number


def _files(options: Namespace, ships: dict[str, Path]) -> dict[str, Path]:
    """Return the requested scenarios, by name. Raises `UsageError`."""
    if options.all == bool(options.scenarios):
        raise UsageError("iprescribe-tui walk: give scenarios (files, or names from --list), or --all.")
    if options.all:
        return ships
    files: dict[str, Path] = {}
    for given in options.scenarios:
        file = ships.get(given, Path(given))
        name = given if given in ships else plain(file.stem)
        if name in files:
            raise UsageError(f"iprescribe-tui walk: two scenarios are called {name}. Rename one, or use --repeat.")
        files[name] = file
    return files


def _list(*, as_json: bool) -> int:
    """Print the names of the scenarios that ship, and what each is about."""
    from textwrap import fill

    from iprescribe_tui.front_ends.automation.answers import load
    from iprescribe_tui.front_ends.automation.walk.scenario import shipped

    about = {name: load(file).about for name, file in shipped().items()}
    if as_json:
        print_json(about)
    else:
        wide = max(map(len, about))
        for name, description in about.items():
            print(fill(description, 79, initial_indent=f"{name:<{wide}}  ", subsequent_indent=" " * (wide + 2)))
    return 0


def _say(walked: "Walked", number: int, total: int, *, quiet: bool) -> None:
    """Print a line for a finished walk and, on a terminal, a bar below it."""
    if is_terminal(sys.stderr):
        erase_line(sys.stderr)
    if not quiet:
        name = walked.scenario if walked.number == 1 else f"{walked.scenario} · {walked.number}"
        print(f"{'✓' if walked.ok else '✗'} {name:<28} {walked.end:<10} {walked.seconds:6.1f} s")
        for line in walked.wrong:
            print(f"    {plain(line)}")
        sys.stdout.flush()
    if is_terminal(sys.stderr) and number < total:
        done = _WIDE * number // total
        print(f"{'━' * done}{'─' * (_WIDE - done)} {number} of {total}", end="", file=sys.stderr, flush=True)


def _sum_up(outcome: "WalkOutcome", page: Path | None, *, as_json: bool) -> None:
    """Print how many walks were as expected, and where the report is."""
    if as_json:
        from iprescribe_tui.front_ends.automation.walk.walk_report import document

        print_json(document(outcome))
        return
    count = len(outcome.walks)
    print(f"{count - len(outcome.wrong)} of {count} as expected, in {outcome.seconds:.0f} s.")
    if page:
        print(f"The report: {page}")
