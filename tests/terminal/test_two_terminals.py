"""Two terminals at one registration, on one machine."""

from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.terminal.arrive import arrive, program
from tests.terminal.terminal import Terminal, files_with
from tests.terminal.walk import END

TYPED = "Lakeside, as typed first"


def complete_in_another_terminal(sandbox: RunningSandbox, home: Path) -> None:
    """Start the program once more, and see there that all is done."""
    with Terminal(program(sandbox.url), home=home) as second:
        second.until("Continue where you left off?")
        second.press("enter")
        second.until("Sign in to go on where you were")
        second.type(PASSWORD)
        second.press("enter")
        second.until(END)
        second.press("f10")
        assert second.finish() == Ending.REGISTERED


@pytest.mark.parametrize("goes_on", ["types", "leaves"])
def test_an_old_step_leaves_no_draft_once_the_registration_is_complete(
    goes_on: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as first:
        walk = arrive(first, sandbox, Step.PRACTICE)
        assert walk
        first.type(TYPED)
        first.until_true(lambda: bool(files_with(tmp_path / ".local", [f'"{TYPED}"'])), "the draft")
        walk.look()
        walk.to(Step.DONE)
        complete_in_another_terminal(sandbox, tmp_path)
        assert files_with(tmp_path / ".local", [TYPED]) == []
        if goes_on == "types":
            first.write("tab", "400 Lake St")
            first.until_true(lambda: first.line("Street").startswith("400 Lake St"), "the street")
        first.press("f10")
        first.finish()
    assert files_with(tmp_path / ".local", [TYPED, "400 Lake St", walk.id]) == []
