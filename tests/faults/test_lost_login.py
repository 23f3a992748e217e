"""A login over ssh that breaks off with a Social Security number half typed: nothing of it stays, but the place."""

import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, running
from tests.secrets.canaries import found_in_files
from tests.tally import Tally
from tests.terminal.arrive import sign_in
from tests.terminal.terminal import Terminal, children_of, until_gone
from tests.terminal.test_remote import Ssh, needs_sshd, sshd_in, there
from tests.terminal.walk import fill, until_step

ENDS_WITHIN = 2.0
"""Seconds from the loss of the connection until nothing runs any more."""

WHOLE, HALF = "219-09-9871", "219-09-98"
STATE = Path(".local/state/iprescribe-tui")


def the_client_is_killed(terminal: Terminal, ssh: Ssh) -> None:
    terminal.kill()


def the_network_is_gone(terminal: Terminal, ssh: Ssh) -> None:
    """The other machine finds the connection dead, while the client here still waits."""
    os.kill(children_of(ssh.daemon)[0], signal.SIGKILL)


def the_sandbox_hangs_too(terminal: Terminal, ssh: Ssh) -> None:
    """The number is on its way to a sandbox that does not answer."""
    os.kill(children_of(ssh.daemon)[-1], signal.SIGSTOP)
    terminal.type(WHOLE.removeprefix(HALF))
    terminal.press("enter")
    terminal.until("Waiting for the sandbox")
    terminal.kill()


Loss = Callable[[Terminal, Ssh], None]
LOSSES: Sequence[Loss] = (the_client_is_killed, the_network_is_gone, the_sandbox_hangs_too)


@needs_sshd
@pytest.mark.matrix
def test_a_lost_login_leaves_nothing_but_the_place(tmp_path: Path, tally: Tally) -> None:
    home = tmp_path / "there"
    (home / "tmp").mkdir(parents=True)
    with running(home / STATE / "sandbox") as sandbox:
        username = sandbox.registration_at(Step.SSN).user
    with sshd_in(tmp_path / "sshd") as ssh:
        login = ssh(f"TMPDIR={home}/tmp {there(home)}")
        with Terminal(login, home=tmp_path) as terminal:
            sign_in(terminal, username)
            break_off(terminal, ssh, LOSSES[0])
        for lost, next_one in zip(LOSSES, (*LOSSES[1:], None), strict=True):
            hits = found_in_files([home], [WHOLE, HALF, PASSWORD])
            tally("canaries", "a home over ssh, after a lost login", searches=1, canaries=3, hits=len(hits))
            assert hits == []
            with closing(sqlite3.connect(home / STATE / "sandbox/sandbox.db", timeout=0)) as database:
                database.execute("BEGIN EXCLUSIVE")
            with Terminal(login, home=tmp_path) as terminal:
                resume(terminal, username)
                until_step(terminal, Step.SSN)
                tally("faults", f"ssh: {lost.__name__.replace('_', ' ')}", tried=1, recovered=1, lost=0, doubled=0)
                if next_one:
                    break_off(terminal, ssh, next_one)


def break_off(terminal: Terminal, ssh: Ssh, lost: Loss) -> None:
    """Type a part of the number, lose the connection, and see everything end on the other machine."""
    until_step(terminal, Step.SSN)
    terminal.type(HALF)
    terminal.until("•" * len(HALF))
    inside = children_of(ssh.daemon)
    assert len(inside) >= 3, "sshd's part, the program and its sandbox"
    lost(terminal, ssh)
    until_gone(inside, ENDS_WITHIN)


def resume(terminal: Terminal, username: str) -> None:
    """Go on where the last login broke off."""
    terminal.until("Continue where you left off?", username, Step.SSN.heading, "Begin")
    terminal.press("enter")
    terminal.until("Sign in to go on where you were")
    terminal.until_true(lambda: terminal.line("Username") == username, "the username filled in")
    fill(terminal, PASSWORD)
