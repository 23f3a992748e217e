"""Frame of every screen: banner, progress, and key bar."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from textual.content import Content
from textual.widgets import Static

from iprescribe_tui.journey.steps import SANDBOX, Stage

SANDBOX_SHORT = "SANDBOX · no real account · no real data"
_WARNINGS = (SANDBOX, SANDBOX_SHORT, "SANDBOX · no real data", "SANDBOX")
_PRODUCTS = ("iPrescribe registration", "iPrescribe", "")
STAGES = tuple(Stage)

NARROW = 64
"""Columns below which key labels are shortened and set closer, so that the keys to continue and leave fit."""

_IN_SHORT = {"Save and leave": "Leave", "Use a phone": "Phone"}


class PositionLike(Protocol):
    """Position of a step in its stage, as in `journey.views.Position`."""

    @property
    def stage(self) -> Stage:
        """Stage of the step."""
        ...

    @property
    def number(self) -> int:
        """Number of the step in its stage, counted from 1."""
        ...

    @property
    def total(self) -> int:
        """Number of steps in the stage."""
        ...


class KnownPosition(NamedTuple):
    """Position known before the contract is loaded, or only by its stage; `total` is 0 in that case."""

    stage: Stage
    number: int
    total: int


class Banner(Static):
    """First line: the product, the sandbox's warning, and the backend's `address` ("" for the built-in sandbox)."""

    def __init__(self, *, sandbox: bool, address: str) -> None:
        super().__init__(markup=False, id="banner")
        self.sandbox, self.address = sandbox, address
        self.set_class(sandbox, "-sandbox")

    def show_sandbox(self, sandbox: bool) -> None:
        """Show or hide the sandbox's warning once the backend has told which it is."""
        self.sandbox = sandbox
        self.set_class(sandbox, "-sandbox")
        self.refresh()

    def render(self) -> Content:
        width = self.content_size.width
        if self.address:
            right = warned(self.address, width, sandbox=self.sandbox)
            left = next(each for each in _PRODUCTS if not each or len(each) + 3 + len(right) <= width)
            return spread(left, right, width - 1) if left else Content(right.rjust(width))
        name, warning = next(
            (
                (name, warning)
                for warning in _WARNINGS
                for name in _PRODUCTS[:2]
                if len(name) + 1 + len(warning) <= width
            ),
            ("", _WARNINGS[-1]),
        )
        return spread(name, warning, width - 1 if width > len(warning) + 12 else width)


class OpensAt(Static):
    """Host that an address opens at, on a line of its own, so that no part of the address can pass for it."""

    def __init__(self, host: str, after: str = "") -> None:
        super().__init__(markup=False, classes="opens-at")
        self.host, self.after = host, after

    def render(self) -> Content:
        """Draw the host, cut in the middle if need be, and `after` if it fits."""
        label = "Opens at: "
        width = self.content_size.width
        after = self.after if len(label) + len(self.host) + len(self.after) <= width else ""
        return Content.assemble(label, (shortened(self.host, width - len(label)), "bold"), after)


class ProgressTrack(Static):
    """Second line: the four stages as a track, then the stage and the position in it as text."""

    def __init__(self, position: PositionLike | None) -> None:
        super().__init__(markup=False, id="progress")
        self.position, self.ended = position, False

    def finish(self) -> None:
        """Show all stages as done."""
        self.ended = True
        self.refresh()

    def render(self) -> Content:
        """Draw a full dot for each stage begun, and a heavy line up to the step."""
        position = self.position
        text = str(position.stage) if position else ""
        if position and position.total:
            text += f" · {position.number} of {position.total}"
        text = "Complete" if self.ended else text
        leg = max(2, (self.content_size.width - 32) // len(STAGES))
        reached = len(STAGES) * leg if self.ended else 0
        if position:
            reached = STAGES.index(position.stage) * leg + (leg - 1) * position.number // (position.total + 1)
        line = "".join(
            ("●" if column <= reached and text else "○") if column % leg == 0 else "━" if column <= reached else "─"
            for column in range(len(STAGES) * leg)
        )
        return Content.assemble(
            (line[: reached + 1], "$accent"), (line[reached + 1 :], "$text-muted"), "  ", (text, "bold")
        )


class Rail(Static):
    """Side column of wide terminals: the four stages, with the current one marked."""

    def __init__(self, position: PositionLike | None, ended: bool = False) -> None:
        super().__init__(rail(position, ended), markup=False, id="rail")

    def finish(self) -> None:
        """Show all stages as done."""
        self.update(rail(None, ended=True))


def rail(position: PositionLike | None, ended: bool) -> Content:
    """Return one line per stage: done, current with its step, or to come."""
    here = STAGES.index(position.stage) if position else -1
    lines = []
    for index, stage in enumerate(STAGES):
        if ended or index < here:
            lines.append(Content.assemble(("✓ ", "$accent"), stage))
        elif position and index == here:
            lines.append(Content.assemble(("▸ ", "bold $accent"), (stage, "bold")))
            if position.total:
                lines.append(Content(f"  step {position.number} of {position.total}"))
        else:
            lines.append(Content.assemble(("  " + stage, "$text-muted")))
    return Content("\n").join(lines)


class KeyBar(Static):
    """Last line: keys and what they do, as many as fit, the most needed first."""

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__(markup=False, id="keys")
        self.keys = keys

    def say_enter(self, label: str) -> None:
        """Set the label of Enter in its place; "" removes it."""
        others = [key for key in self.keys if key[0] != "Enter"]
        at = next((i for i, key in enumerate(self.keys) if key[0] == "Enter"), 0)
        keys = [*others[:at], ("Enter", label), *others[at:]] if label else others
        if keys != list(self.keys):
            self.keys = keys
            self.refresh()

    def render(self) -> Content:
        return fitting(self.keys, self.content_size.width)


def fitting(keys: Sequence[tuple[str, str]], width: int) -> Content:
    """Return as many of `keys` (key, label) as fit into `width` columns; the first is cut to fit."""
    parts: list[Content] = []
    gap = 1 if width < NARROW else 2
    used = 0
    for index, (key, label) in enumerate(keys):
        label = _IN_SHORT.get(label, label) if width < NARROW else label
        room = width - len(key) - 1
        if not index and len(label) > room > 0:
            label = f"{label[: room - 1]}…"
        needed = len(key) + 1 + len(label) + gap
        if used + needed > width + gap:
            continue
        parts.append(Content.assemble((key, "bold $accent"), f" {label}"))
        used += needed
    spread_out = sum(len(part) + 2 for part in parts) <= width + 2
    return Content("  " if spread_out else " ").join(parts)


def warned(address: str, width: int, *, sandbox: bool) -> str:
    """Return the longest sandbox warning and address that fit into `width`; the end of the host is always kept."""
    host = urlsplit(address).netloc
    warnings = [f"{each} · " for each in _WARNINGS] if sandbox else [""]
    both = (f"{warning}{each}" for warning in warnings for each in (address, host))
    fits = next((each for each in both if len(each) <= width), None)
    return fits or f"{warnings[-1]}{shortened(host, width - len(warnings[-1]))}"


def shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` columns; a longer text loses its middle and keeps more of its end.

    The end of a host says who owns it.
    """
    if len(text) <= width:
        return text
    start = max(0, width - 1) // 4
    return f"{text[:start]}…{text[len(text) - max(0, width - 1 - start) :]}"


def spread(left: str, right: str, width: int) -> Content:
    """Return two texts at the two ends of a line."""
    gap = max(1, width - len(left) - len(right))
    return Content.assemble((left, "bold"), " " * gap, right)
