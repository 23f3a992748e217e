"""A disk that fills up while somebody registers: it is said where and why, and freed, nothing typed is lost."""

from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.disks import FULL, Disk
from tests.terminal.terminal import COMMAND, Terminal
from tests.terminal.walk import HAPPY, PASSWORD, fill, until_step


def at_credentials(terminal: Terminal) -> None:
    terminal.until("Sign in to resume")
    fill(terminal, HAPPY)
    until_step(terminal, Step.ACCOUNTS_INTRO)
    terminal.press("enter")
    until_step(terminal, Step.CREDENTIALS)


def unbroken(text: str) -> str:
    return "".join(text.split())


def test_it_is_said_at_once_and_at_the_end_what_is_not_kept(disk: Disk, tmp_path: Path) -> None:
    state = disk.folder / "state"
    with Terminal([*COMMAND, "--state-dir", str(state)], home=tmp_path) as terminal:
        at_credentials(terminal)
        disk.fill()
        terminal.type("amelia.h")
        terminal.until("What you type cannot be kept", FULL)
        assert terminal.words.count(FULL) == 1, "not at every key"
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []
    said = " ".join(terminal.outside.split())
    assert f'Not kept on this machine: what you typed at "{Step.CREDENTIALS.heading}".' in said
    assert FULL in said
    assert unbroken(str(state)) in unbroken(terminal.outside)
    assert not list((state / "drafts").rglob("*.json.*")), "half a file"


def test_freed_while_it_runs_nothing_is_lost(disk: Disk, tmp_path: Path) -> None:
    state = disk.folder / "state"
    with Terminal([*COMMAND, "--state-dir", str(state)], home=tmp_path) as terminal:
        at_credentials(terminal)
        disk.fill()
        fill(terminal, "amelia.h", PASSWORD, PASSWORD)
        terminal.until("cannot save anything now", FULL, "Retry")
        assert unbroken(str(state / "sandbox")) in unbroken(terminal.text.replace("│", ""))
        disk.free()
        terminal.press("enter")
        until_step(terminal, Step.PERSONAL)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert "Not kept" not in terminal.outside
    assert "Your place is kept" in terminal.outside


@pytest.mark.parametrize("leave", ["!", "signal"])
def test_line_by_line_it_is_said_too(leave: str, disk: Disk, tmp_path: Path) -> None:
    state = disk.folder / "state"
    with Terminal([*COMMAND, "--plain", "--state-dir", str(state)], home=tmp_path) as terminal:
        terminal.until("Enter your NPI")
        terminal.write(HAPPY, "enter")
        terminal.until("Amelia")
        terminal.press("enter")
        terminal.until("Username")
        disk.fill()
        terminal.write("amelia.h", "enter")
        terminal.until("not shown while you type")
        if leave == "!":
            terminal.write("!", "enter")
        else:
            terminal.press("\x03")
        terminal.finish()
    said = " ".join(terminal.raw.decode().split())
    assert f'Not kept on this machine: what you typed at "{Step.CREDENTIALS.heading}".' in said
    assert FULL in said
    assert unbroken(str(state)) in unbroken(said)
    assert "Traceback" not in said
