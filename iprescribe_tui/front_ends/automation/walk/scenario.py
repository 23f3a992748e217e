"""Scenarios: answers with expected results; those that ship, and the judgment of a walk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from iprescribe_tui.front_ends.automation.answers import Expected
from iprescribe_tui.front_ends.automation.answers.loader import shipped_folder

SnapshotMoment = Literal["filled in", "refused", "last"]


@dataclass(frozen=True)
class Snapshot:
    """Page as seen `at` seconds after the walk began: its `errors`, and `text`, all of its text.

    `took` has the seconds since the page appeared; `picture` is a path in the report, "" for none.
    """

    page: str
    heading: str
    moment: SnapshotMoment
    at: float
    took: float
    errors: tuple[str, ...]
    text: str
    picture: str = ""


@dataclass(frozen=True)
class Walked:
    """Result of one walk: its end, the pages seen, and unexpected results.

    `unanswered` is the page for which the scenario had no answer, "" if there was none.
    """

    scenario: str
    number: int
    about: str
    end: str
    seconds: float
    snapshots: tuple[Snapshot, ...]
    wrong: tuple[str, ...]
    unanswered: str = ""

    @property
    def ok(self) -> bool:
        """True if everything was as expected."""
        return not self.wrong


def shipped() -> dict[str, Path]:
    """Return the scenarios that ship, by name."""
    return {file.stem: file for file in sorted(shipped_folder().glob("*.toml"))}


def judge(expected: Expected, end: str, snapshots: Sequence[Snapshot], unused: Sequence[str]) -> Iterator[str]:
    """Yield each unexpected result of a walk that ended with `end`; `unused` are pages with answers left."""
    if end != expected.end:
        message = f" There it says: {' '.join(snapshots[-1].errors)}" if snapshots and snapshots[-1].errors else ""
        where = f" at {snapshots[-1].page}" if snapshots else ""
        yield f"It should end with {expected.end}; it ended with {end}{where}.{message}"
    way = tuple(page for page, _ in groupby(snapshot.page for snapshot in snapshots))
    if expected.way and way != expected.way:
        yield _other_way(expected.way, way)
    for page in unused:
        yield f"{page} has more answers than were asked for."
    for page, reason in (("locked", expected.locked), ("ended", expected.ended)):
        if reason and not _seen(snapshots, page, reason):
            yield f'{page} should say "{reason}".'
    for page, seen in expected.step.items():
        errors = [error for snapshot in snapshots if snapshot.page == page for error in snapshot.errors]
        for text in seen.error:
            if not any(text in error for error in errors):
                instead = f" It says: {' '.join(errors)}" if errors else " It says that nothing is wrong."
                yield f'{page} should refuse with "{text}".{instead}'
        for text in seen.shows:
            if not _seen(snapshots, page, text):
                yield f'{page} should show "{text}".'


def _seen(snapshots: Sequence[Snapshot], page: str, text: str) -> bool:
    return any(text in snapshot.text for snapshot in snapshots if snapshot.page == page)


def _other_way(expected: Sequence[str], way: Sequence[str]) -> str:
    """Return a message on the first difference between two paths."""
    at = next((i for i, pair in enumerate(zip(expected, way, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        at = min(len(expected), len(way))
    after = f"After {way[at - 1]}" if at else "First"
    comes = way[at] if at < len(way) else "nothing"
    should = expected[at] if at < len(expected) else "nothing"
    return f"{after} comes {comes}; {should} should come there."
