"""What a look at something comes to, and how the looks are taken: none of them can stop or hold up the others."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from queue import Empty, SimpleQueue

from iprescribe_tui.journey.checks.text import plain


class Level(StrEnum):
    """How grave a finding is. With a warning one can register all the same."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """What was found of the thing `name` in an `area`, without any secret; `advice` is "" where there is none."""

    area: str
    name: str
    level: Level
    says: str
    advice: str = ""


@dataclass(frozen=True)
class Look:
    """A look at one thing: it may give several findings, and has so many seconds for all of them.

    `broken` is how grave it is when it gives none.
    """

    area: str
    name: str
    take: Callable[[], Iterable[Finding]]
    seconds: float = 5.0
    broken: Level = Level.WARNING


def taken(look: Look) -> Iterator[Finding]:
    """The findings as they come; one more where the look broke down or took too long."""
    found: SimpleQueue[Finding | None] = SimpleQueue()

    def take() -> None:
        try:
            for finding in look.take():
                found.put(finding)
        except Exception as error:
            # The type alone: what an exception says may quote anything.
            found.put(_broken(look, f"This could not be looked at: {type(error).__name__}."))
        found.put(None)

    threading.Thread(target=take, name=f"doctor: {look.name}", daemon=True).start()
    end = time.monotonic() + look.seconds
    while True:
        try:
            finding = found.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            yield _broken(look, f"There was no answer within {look.seconds:.0f} seconds.")
            return
        if finding is None:
            return
        yield replace(finding, says=plain(finding.says), advice=plain(finding.advice))


def _broken(look: Look, says: str) -> Finding:
    return Finding(look.area, look.name, look.broken, says, "Run the doctor again; if it stays so, report this line.")
