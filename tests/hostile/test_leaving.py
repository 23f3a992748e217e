"""Whatever a backend fills its answers with, up to the contract's limits: one can leave within a second."""

import copy
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import SIGNALED, Ending
from tests.hostile.counting import holding
from tests.hostile.peer import Peer, Turn, speaking
from tests.hostile.real import Answers
from tests.hostile.spoiling import Json
from tests.hostile.test_counts import LIMITS
from tests.plain.person import Plain
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, fill

WITHIN = 1.0
TRIES = 3
"""One of so many must be in time: other programs may have the processor."""

FULL: Mapping[str, object] = {
    "notices": {"level": "warning", "text": "lorem ip" * 500},
    "facts": {"label": "lorem ip" * 25, "value": "lorem ip" * 125, "mend": "practice"},
    "ways": {"label": "lorem ip" * 25, "to": "practice"},
    "prefill": "lorem ip" * 250,
}


def full(view: Json) -> Json:
    """`view` with its lists full of the longest texts."""
    for name, sample in FULL.items():
        view = holding(view, name, LIMITS[name], sample)
    return view | {"revision": 7}


def full_service(service: Json) -> Json:
    """`service` with long lists to choose from, and all the terms that there may be."""
    found = copy.deepcopy(service)
    found["lists"]["specialties"] = [
        {"value": f"v{number}", "label": f"{number} {'lorem ip' * 24}"[:200]} for number in range(LIMITS["lists.*"])
    ]
    term = {"key": "k", "title": "x", "version": "1", "text": "lorem ip" * 2500}
    return holding(found, "terms", LIMITS["terms"], term)


Keys = tuple[str, ...]

ENDLESS = "while an endless answer comes"
STATES: Mapping[str, tuple[str, Keys | None]] = {
    ENDLESS: ("practice", None),
    "while it is being drawn": ("practice", None),
    "shown": ("practice", ()),
    "scrolling": ("practice", ("\x1b[6~",) * 20),
    "help": ("practice", ("f1",)),
    "a list of 2,000": ("personal", ("tab", "down", "down")),
    "a search in it": ("personal", ("tab", *"lorem ip")),
}
"""The step that is full, and what is pressed once it shows; None: nothing is waited for."""


def in_time(leave: Callable[[Path], float], tmp_path: Path) -> None:
    """Leave as often as it may take for one to be in time; `leave` says how many seconds it took."""
    took: list[float] = []
    while not took or took[-1] >= WITHIN:
        assert len(took) < TRIES, f"leaving took {took}"
        home = tmp_path / str(len(took))
        home.mkdir()
        took.append(leave(home))


def peer_full(answers: Answers, step: str, *, endless: bool = False) -> Peer:
    """A backend that is full, and sends `step` full as well."""
    return Peer(full_service(answers.service), turns=[Turn(full(answers.views["form", step]), endless=endless)])


@pytest.mark.matrix
@pytest.mark.parametrize("state", STATES)
def test_ctrl_q_leaves_within_a_second(state: str, answers: Answers, tmp_path: Path) -> None:
    step, keys = STATES[state]

    def leave(home: Path) -> float:
        peer = peer_full(answers, step, endless=state == ENDLESS)
        with speaking(peer), Terminal(program(peer.url), home=home) as terminal:
            terminal.until("Sign in to resume")
            fill(terminal, HAPPY)
            terminal.until_true(lambda: not peer.turns, "the answer")
            if keys is not None:
                terminal.until_true(lambda: "Sign in to resume" not in terminal.text, "the step")
                terminal.write(*keys)
            began = time.monotonic()
            terminal.press("ctrl+q")
            assert terminal.finish() == Ending.LEFT
            return time.monotonic() - began

    in_time(leave, tmp_path)


@pytest.mark.parametrize("state", ["while it is being printed", "a list of 2,000", ENDLESS])
def test_ctrl_c_leaves_the_prompts_within_a_second(state: str, answers: Answers, tmp_path: Path) -> None:
    def leave(home: Path) -> float:
        step = "personal" if state == "a list of 2,000" else "practice"
        peer = peer_full(answers, step, endless=state == ENDLESS)
        with speaking(peer), Plain("--plain", "--backend", peer.url, home=home) as plain:
            plain.prompt()
            plain.child.send(f"{HAPPY}\n")
            plain.until_true(lambda: not peer.turns, "the answer")
            if state == "a list of 2,000":
                plain.prompt()
            began = time.monotonic()
            plain.child.sendintr()
            assert plain.end() == SIGNALED + signal.SIGINT
            return time.monotonic() - began

    in_time(leave, tmp_path)
