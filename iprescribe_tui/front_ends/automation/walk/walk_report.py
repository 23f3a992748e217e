"""Report of walks: JSON and JUnit XML for machines, and one page with every picture for people."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # XML is written only, never parsed  # nosec B405

from iprescribe_tui.front_ends.automation.walk.html_report import page
from iprescribe_tui.front_ends.automation.walk.scenario import Walked
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.private_files import make_private, write_private

MARK = "walks.json"
"""File that marks a folder as a report's."""


@dataclass(frozen=True)
class WalkOutcome:
    """All walks of one command, in the order requested; `seconds` is the time of the whole command."""

    walks: Sequence[Walked]
    backend: str
    started: datetime
    seconds: float

    @property
    def wrong(self) -> list[Walked]:
        """Walks with unexpected results."""
        return [walked for walked in self.walks if not walked.ok]


def is_free(folder: Path) -> bool:
    """Return whether a report can be written into `folder`: it is new, empty, or holds a report."""
    return not os.path.exists(folder) or (
        os.path.isdir(folder) and (not any(folder.iterdir()) or os.path.isfile(folder / MARK))
    )


def clear(folder: Path) -> None:
    """Remove the pictures of the previous report in `folder`, if there is one."""
    if os.path.isfile(folder / MARK):
        shutil.rmtree(folder / "pictures", ignore_errors=True)


def write(outcome: WalkOutcome, folder: Path) -> Path:
    """Write the report, for this user only, and return its page; the pictures must be in `folder` already.

    Raises `OSError`.
    """
    make_private(folder)
    _write(folder / MARK, json.dumps(document(outcome), indent=1, ensure_ascii=False) + "\n")
    _write(folder / "junit.xml", junit(outcome))
    pictures = {
        snapshot.picture: (folder / snapshot.picture).read_text(encoding="utf-8")
        for walked in outcome.walks
        for snapshot in walked.snapshots
        if snapshot.picture
    }
    file = folder / "index.html"
    shown = page(outcome.walks, outcome.backend, outcome.started, outcome.seconds, pictures)
    _write(file, shown)
    return file


def _write(file: Path, text: str) -> None:
    writable = text.encode("utf-8", "backslashreplace").decode()
    write_private(file, lambda out: out.write(writable))


def document(outcome: WalkOutcome) -> dict[str, Any]:
    """Return the walks as a JSON object, without the text of screens, which the pictures show."""
    return {
        "ok": not outcome.wrong,
        "backend": outcome.backend,
        "started": outcome.started.isoformat(timespec="seconds"),
        "seconds": round(outcome.seconds, 3),
        "walks": [
            {
                **{key: value for key, value in asdict(walked).items() if key != "snapshots"},
                "ok": walked.ok,
                "looks": [
                    {key: value for key, value in asdict(snapshot).items() if key != "text"}
                    for snapshot in walked.snapshots
                ],
            }
            for walked in outcome.walks
        ],
    }


def junit(outcome: WalkOutcome) -> str:
    """Return the walks as JUnit XML, one test case each."""
    counts = {"tests": str(len(outcome.walks)), "failures": str(len(outcome.wrong)), "errors": "0"}
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        {
            "name": "iprescribe-tui walk",
            **counts,
            "time": f"{outcome.seconds:.3f}",
            "timestamp": outcome.started.isoformat(timespec="seconds"),
        },
    )
    for walked in outcome.walks:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {"classname": walked.scenario, "name": f"walk {walked.number}", "time": f"{walked.seconds:.3f}"},
        )
        if not walked.ok:
            failure = ElementTree.SubElement(case, "failure", {"message": walked.wrong[0]})
            failure.text = "\n".join(walked.wrong)
    for element in suites.iter():  # XML cannot represent control characters
        element.attrib.update({key: plain(value) for key, value in element.attrib.items()})
        element.text = plain(element.text, multiline=True) if element.text else element.text
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
