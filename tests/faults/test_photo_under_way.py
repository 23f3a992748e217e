"""The program ends while a photo is being looked at, which may take long: neither waits for the other."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.process import started_apart
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.backend import RunningSandbox
from tests.tally import Tally
from tests.terminal.arrive import at
from tests.terminal.terminal import Terminal, children_of, until_gone

ENDS_WITHIN = 2.0
"""Seconds; a photo may take 30."""

ENDS: dict[str, Callable[[Terminal], object]] = {
    "SIGHUP": lambda terminal: os.kill(terminal.pid, signal.SIGHUP),
    "Ctrl-Q": lambda terminal: terminal.press("ctrl+q"),
}


@pytest.mark.matrix
@pytest.mark.parametrize("how", ENDS)
def test_the_program_ends_though_a_photo_is_not_done_with(
    how: str, sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    write_sample_photos(tmp_path)["selfie"].rename(tmp_path / "me.jpg")
    with at(Step.SELFIE, sandbox, tmp_path) as terminal:
        terminal.type("~/me.jpg")
        terminal.press("tab")
        terminal.until_true(lambda: bool(children_of(terminal.pid)), "a process that looks at the photo")
        looking = children_of(terminal.pid)
        os.kill(looking[0], signal.SIGSTOP)
        ENDS[how](terminal)
        until_gone([terminal.pid, *looking], ENDS_WITHIN)
        assert terminal.finish() == (129 if how == "SIGHUP" else Ending.LEFT)
    assert terminal.not_restored() == []
    tally("faults", f"{how} while a photo is looked at", tried=1, recovered=1, lost=0, doubled=0)


def test_the_look_at_a_photo_ends_when_nobody_is_there_to_hear_of_it(tmp_path: Path) -> None:
    """As when the program is killed, which leaves nobody to end it."""
    photo = write_sample_photos(tmp_path)["selfie"].read_bytes()
    request = json.dumps({"task": "barcode", "size": len(photo)}).encode()
    with started_apart("iprescribe_tui.photos.worker_main") as looking:
        said, _ = looking.communicate(request + b"\n" + photo, timeout=60)
    assert looking.returncode
    assert said.count(b"\n") == 1, "what holds it, and no answer"
