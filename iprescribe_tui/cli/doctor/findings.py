"""Findings, and the execution of checks: none can stop or delay the others."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from queue import Empty, SimpleQueue

from iprescribe_tui.journey.checks.text import plain


class Level(StrEnum):
    """Severity of a finding. A warning does not prevent a registration."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """Result about the thing `name` in an `area`, without secrets; `advice` is "" if nothing needs doing."""

    area: str
    name: str
    level: Level
    says: str
    advice: str = ""


@dataclass(frozen=True)
class Check:
    """Check of one thing, with any number of findings and a time limit in `seconds` for all of them.

    `broken` is the severity if the check fails to run.
    """

    area: str
    name: str
    run: Callable[[], Iterable[Finding]]
    seconds: float = 5.0
    broken: Level = Level.WARNING


def run_check(check: Check) -> Iterator[Finding]:
    """Run a check in a thread and yield its findings as they come, with one more if it crashed or timed out."""
    found: SimpleQueue[Finding | None] = SimpleQueue()

    def run() -> None:
        try:
            for finding in check.run():
                found.put(finding)
        except Exception as error:
            # The type only: an exception's message may quote anything.
            found.put(_broken(check, f"This could not be looked at: {type(error).__name__}."))
        found.put(None)

    threading.Thread(target=run, name=f"doctor: {check.name}", daemon=True).start()
    end = time.monotonic() + check.seconds
    while True:
        try:
            finding = found.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            yield _broken(check, f"There was no answer within {check.seconds:.0f} seconds.")
            return
        if finding is None:
            return
        yield replace(finding, says=plain(finding.says), advice=plain(finding.advice))


def _broken(check: Check, message: str) -> Finding:
    return Finding(
        check.area, check.name, check.broken, message, "Run the doctor again; if it stays so, report this line."
    )
