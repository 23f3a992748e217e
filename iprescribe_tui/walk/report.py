"""Writes what came of walks: for machines as JSON and JUnit XML, for people as one page with every picture in it."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # XML is written, none is read  # nosec B405

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.walk.page import page
from iprescribe_tui.walk.scenario import Walked

MARK = "walks.json"
"""The file by which a folder is known to hold a report."""


@dataclass(frozen=True)
class Outcome:
    """All walks of one command, in the order in which they were asked for; `seconds` is how long all of it took."""

    walks: Sequence[Walked]
    backend: str
    started: datetime
    seconds: float

    @property
    def wrong(self) -> list[Walked]:
        """The walks that are not as expected."""
        return [walked for walked in self.walks if not walked.ok]


def is_free(folder: Path) -> bool:
    """Whether a report can be written into `folder`: it is new or empty, or holds a report."""
    return not os.path.exists(folder) or (
        os.path.isdir(folder) and (not any(folder.iterdir()) or os.path.isfile(folder / MARK))
    )


def clear(folder: Path) -> None:
    """Take away the pictures of the report that `folder` holds, if any: others take their place."""
    if os.path.isfile(folder / MARK):
        shutil.rmtree(folder / "pictures", ignore_errors=True)


def write(outcome: Outcome, folder: Path) -> Path:
    """Write the report; its page. Pictures are in the folder already."""
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps(document(outcome), indent=1, ensure_ascii=False) + "\n"
    (folder / MARK).write_text(said, encoding="utf-8", errors="backslashreplace")
    (folder / "junit.xml").write_text(junit(outcome), encoding="utf-8")
    pictures = {
        look.picture: (folder / look.picture).read_text(encoding="utf-8")
        for walked in outcome.walks
        for look in walked.looks
        if look.picture
    }
    file = folder / "index.html"
    shown = page(outcome.walks, outcome.backend, outcome.started, outcome.seconds, pictures)
    file.write_text(shown, encoding="utf-8", errors="backslashreplace")
    return file


def document(outcome: Outcome) -> dict[str, Any]:
    """The walks as JSON; what could be read on screens is left to the pictures."""
    return {
        "ok": not outcome.wrong,
        "backend": outcome.backend,
        "started": outcome.started.isoformat(timespec="seconds"),
        "seconds": round(outcome.seconds, 3),
        "walks": [
            {
                **{key: value for key, value in asdict(walked).items() if key != "looks"},
                "ok": walked.ok,
                "looks": [
                    {key: value for key, value in asdict(look).items() if key != "words"} for look in walked.looks
                ],
            }
            for walked in outcome.walks
        ],
    }


def junit(outcome: Outcome) -> str:
    """The walks as JUnit XML, a test case each."""
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
    for element in suites.iter():  # XML has no way to write control characters
        element.attrib.update({key: plain(value) for key, value in element.attrib.items()})
        element.text = plain(element.text, multiline=True) if element.text else element.text
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
