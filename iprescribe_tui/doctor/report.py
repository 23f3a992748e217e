"""The doctor's report: lines for a person, or a document for a script and for those who are asked for help."""

import errno
import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from iprescribe_tui.disk import write_private
from iprescribe_tui.doctor.findings import Finding, Level

WIDTH = 80
"""How many columns a report has at most."""

NARROW = 40
"""A report is not made for fewer columns than these: a narrower terminal breaks its lines by itself."""

_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILURE: "✗"}
_NAMES, _GRAVITY = 12, 8


def program() -> dict[str, str]:
    """Which program this is, and what it runs on."""
    return {
        "version": version("iprescribe-tui"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "textual": version("textual"),
    }


def document(findings: Sequence[Finding]) -> dict[str, object]:
    """The report as a JSON object: `level` is that of the gravest finding."""
    gravest = max((finding.level for finding in findings), key=list(Level).index, default=Level.OK)
    return {**program(), "level": gravest.value, "findings": [asdict(finding) for finding in findings]}


def opening(width: int = WIDTH) -> str:
    """What stands above the findings."""
    told = program()
    said = f"iprescribe-tui {told['version']} · Python {told['python']} · Textual {told['textual']}"
    return "\n".join(textwrap.fill(line, width) for line in (said, told["platform"]))


def lines(finding: Finding, *, width: int = WIDTH) -> str:
    """One finding: its mark and word, its name, what it says, and below that what to do."""
    head = f"  {_MARKS[finding.level]} {finding.level:<{_GRAVITY}}{finding.name:<{_NAMES}}"
    hanging = " " * len(head)
    filled = textwrap.fill(finding.says, width, initial_indent=head, subsequent_indent=hanging)
    if not finding.advice:
        return filled
    advice = textwrap.fill(finding.advice, width, initial_indent=f"{hanging}→ ", subsequent_indent=f"{hanging}  ")
    return f"{filled}\n{advice}"


def summary(findings: Sequence[Finding]) -> str:
    """How many findings ask for something to be done."""
    counts = [(sum(finding.level is level for finding in findings), level) for level in reversed(Level)]
    said = [f"{count} {level}{'' if count == 1 else 's'}" for count, level in counts if count and level is not Level.OK]
    return f"{' and '.join(said)}." if said else "Everything is as it should be."


def save(path: Path, text: str) -> None:
    """Write `text` to `path` for this user alone, whatever file stood there. Raises OSError."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "It is no file")
    write_private(path.resolve(), lambda out: out.write(text))
