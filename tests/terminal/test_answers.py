"""An answers file in a real terminal: it takes a person from the start to a step, visibly, and hands over there."""

import time
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.front_ends.automation.answers.loader import shipped_folder
from tests.terminal.terminal import COMMAND, Terminal, files_with
from tests.terminal.walk import IDME_PASSWORD, PASSWORD, SSN, fill

WITHIN = 60.0
"""Seconds from the start to the hand-over at the latest; `tests.bench.answers` measures how many it takes."""


def partial(home: Path, until: str = "ssn") -> Path:
    """The answers of everybody, up to a step; one value comes from the environment."""
    whole = (shipped_folder() / "happy.toml").read_text(encoding="utf-8")
    file = home / "answers.toml"
    file.write_text(whole[: whole.index(f"[{until}]")].replace('"217-555-0134"', '"{env:PHONE}"'))
    file.chmod(0o600)
    return file


def test_from_the_start_to_the_ssn_and_on_by_hand(tmp_path: Path) -> None:
    begun = time.monotonic()
    command = (*COMMAND, "--answers", str(partial(tmp_path)))
    with Terminal(command, home=tmp_path, env={"PHONE": "217-555-0134"}) as terminal:
        terminal.until("Your Social Security number", "Your turn: the answers file has no answer here.")
        assert time.monotonic() - begun < WITHIN
        for seen in (b"Lakeside Family Medicine", b"217-555-0134", b"amelia.hartwell"):
            assert seen in terminal.raw, "what is filled in is seen"
        fill(terminal, SSN)
        terminal.until("Is all of this right?", f"***-**-{SSN[-4:]}")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []
    assert not [secret for secret in (PASSWORD, IDME_PASSWORD) if secret.encode() in terminal.raw]
    (tmp_path / "answers.toml").unlink()
    assert files_with(tmp_path, [PASSWORD, IDME_PASSWORD, SSN]) == []


@pytest.mark.parametrize("key", ["f10", pytest.param("ctrl+q", marks=pytest.mark.matrix)])
def test_one_can_leave_while_it_runs(key: str, tmp_path: Path) -> None:
    command = (*COMMAND, "--answers", str(partial(tmp_path)))
    with Terminal(command, home=tmp_path, env={"PHONE": "217-555-0134"}) as terminal:
        terminal.until("Choose a username and password")
        terminal.press(key)
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []


def test_a_file_that_is_wrong_is_refused_before_the_screen(tmp_path: Path) -> None:
    file = partial(tmp_path)
    file.chmod(0o644)
    with Terminal((*COMMAND, "--answers", str(file)), home=tmp_path) as terminal:
        assert terminal.finish() == 2
    said = terminal.raw.decode()
    assert "chmod 600" in said
    assert "The environment has no variable PHONE." in said
    assert "\x1b" not in said
    assert PASSWORD not in said
