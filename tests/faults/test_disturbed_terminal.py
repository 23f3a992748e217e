"""The terminal is taken away for a while, or made larger and smaller, in the middle of a call: the program goes on."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.faults.effects import effects_in
from tests.faults.relay import Held, Relay, relay_to
from tests.tally import Tally
from tests.terminal.arrive import program, sign_in, walked_to
from tests.terminal.terminal import Terminal
from tests.terminal.walk import until_step

CTRL_Z = "\x1a"
SMALLEST, LARGEST = (20, 5), (200, 60)
STORM = 60
PRACTICE = ("Lakeside Clinic", "400 Lake St", "", "Springfield", "IL", "62701", "2175550134")

pytestmark = pytest.mark.matrix


@pytest.fixture
def relay(sandbox: RunningSandbox) -> Iterator[Relay]:
    with relay_to(sandbox.url) as started:
        yield started


def at_practice(terminal: Terminal, sandbox: RunningSandbox) -> None:
    """Come to the step, and type what it asks for."""
    sign_in(terminal, walked_to(sandbox, Step.PRACTICE).user)
    until_step(terminal, Step.PRACTICE)
    for value in PRACTICE:
        terminal.type(value)
        terminal.press("tab")


def there(terminal: Terminal) -> bool:
    """Whether all that was typed shows, below the header."""
    return "SANDBOX" in terminal.text and "Your practice" in terminal.text and all(v in terminal.text for v in PRACTICE)


def suspended(terminal: Terminal) -> None:
    """Press Ctrl-Z, and use the shell in between."""
    shells = terminal.raw.count(b"Stopped")
    terminal.press(CTRL_Z)
    terminal.until_true(lambda: terminal.raw.count(b"Stopped") > shells, "the shell's word that it is stopped")
    terminal.until("$")
    assert terminal.raw.rpartition(b"\x1b[?1049")[2].startswith(b"l"), "the shell's own screen"
    terminal.type("echo shell-$((40 + 2))\r")
    terminal.until("shell-42")


def back(terminal: Terminal) -> None:
    """`fg`, which gives the program a screen with nothing on it."""
    terminal.screen.reset()
    terminal.type("fg\r")


def test_away_by_ctrl_z_and_back_by_fg(sandbox: RunningSandbox, relay: Relay, tmp_path: Path, tally: Tally) -> None:
    with Terminal(("bash", "--norc", "--noprofile", "-i"), home=tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.type(shlex.join(program(relay.url)) + "\r")
        at_practice(terminal, sandbox)
        suspended(terminal)
        back(terminal)
        terminal.until_true(lambda: there(terminal), "the whole step, as it was left")
        held = Held(relay, "request", "steps/practice")
        terminal.press("enter")
        terminal.until_true(held.reached.is_set, "the call on its way")
        suspended(terminal)
        held.drop()  # as a line does that idles
        back(terminal)
        until_step(terminal, Step.IDME_LAUNCH)
        terminal.press("f8")
        terminal.until("Submit a request")
        suspended(terminal)
        back(terminal)
        terminal.until("Submit a request", "SANDBOX")
        terminal.press("f10")
        terminal.until("Your place is kept")
    judge(sandbox, tally, "Ctrl-Z and fg, a call on its way")


def test_a_storm_of_sizes(sandbox: RunningSandbox, relay: Relay, tmp_path: Path, tally: Tally) -> None:
    random = Random(5)

    def storm() -> None:
        for _ in range(STORM):
            terminal.resize(*(random.randint(*ends) for ends in zip(SMALLEST, LARGEST, strict=True)))
            terminal.drain(0)
        for size in (SMALLEST, LARGEST, (80, 24)):
            terminal.resize(*size)
        terminal.until_quiet()  # keys count once the last size is drawn

    with Terminal(program(relay.url), home=tmp_path) as terminal:
        at_practice(terminal, sandbox)
        storm()
        terminal.until_true(lambda: there(terminal), "the whole step, as it was typed")
        held = Held(relay, "answer", "steps/practice")
        terminal.press("enter")
        terminal.until_true(held.reached.is_set, "the answer on its way")
        storm()
        held.drop()
        until_step(terminal, Step.IDME_LAUNCH)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []
    judge(sandbox, tally, "a storm of sizes, the answer on its way")


def judge(sandbox: RunningSandbox, tally: Tally, fault: str) -> None:
    """Count whether the practice was taken, and once."""
    rows = [row for row in effects_in(sandbox.folder) if "'1000000012'" in row]
    taken = len(rows) == 1 and f"'{Step.IDME_LAUNCH}', " in rows[0]
    tally("faults", fault, tried=1, recovered=1, lost=0 if taken else 1, doubled=0)
    assert taken, rows
