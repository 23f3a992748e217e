"""Report of the doctor: lines for a person, or a document for scripts and support."""

import errno
import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from iprescribe_tui.cli.doctor.findings import Finding, Level
from iprescribe_tui.system.private_files import write_private

WIDTH = 80
"""Most columns of a report."""

NARROW = 40
"""Fewest columns of a report: a narrower terminal breaks the lines itself."""

_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILURE: "✗"}
_NAMES, _GRAVITY = 12, 8


def program() -> dict[str, str]:
    """Return the program's version, and those of what it runs on."""
    return {
        "version": version("iprescribe-tui"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "textual": version("textual"),
    }


def document(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the report as a JSON object; `level` is the highest severity."""
    gravest = max((finding.level for finding in findings), key=list(Level).index, default=Level.OK)
    return {**program(), "level": gravest.value, "findings": [asdict(finding) for finding in findings]}


def opening(width: int = WIDTH) -> str:
    """Return the lines above the findings."""
    versions = program()
    opening_line = f"iprescribe-tui {versions['version']} · Python {versions['python']} · Textual {versions['textual']}"
    return "\n".join(textwrap.fill(line, width) for line in (opening_line, versions["platform"]))


def lines(finding: Finding, *, width: int = WIDTH) -> str:
    """Return a finding as lines: mark, severity, name, and text, then the advice."""
    head = f"  {_MARKS[finding.level]} {finding.level:<{_GRAVITY}}{finding.name:<{_NAMES}}"
    hanging = " " * len(head)
    filled = textwrap.fill(finding.says, width, initial_indent=head, subsequent_indent=hanging)
    if not finding.advice:
        return filled
    advice = textwrap.fill(finding.advice, width, initial_indent=f"{hanging}→ ", subsequent_indent=f"{hanging}  ")
    return f"{filled}\n{advice}"


def summary(findings: Sequence[Finding]) -> str:
    """Return a sentence that counts failures and warnings."""
    counts = [(sum(finding.level is level for finding in findings), level) for level in reversed(Level)]
    parts = [
        f"{count} {level}{'' if count == 1 else 's'}" for count, level in counts if count and level is not Level.OK
    ]
    return f"{' and '.join(parts)}." if parts else "Everything is as it should be."


def save(path: Path, text: str) -> None:
    """Write `text` to `path` for this user only, in place of any file. Raises `OSError`, also if `path` is no file."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "It is no file")
    write_private(path.resolve(), lambda out: out.write(text))
