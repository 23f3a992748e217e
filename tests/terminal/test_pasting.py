"""What is pasted with line ends in it, as terminals send it: between brackets, each line end a CR."""

from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.terminal.arrive import at


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"], ids=ascii)
def test_other_line_ends_are_joined_too(end: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write("Lakeside", "tab", f"\x1b[200~400 Lake St{end}Building 7{end}\x1b[201~", "tab")
        terminal.until("400 Lake St Building 7")


def test_three_lines_pasted_into_a_field_are_joined(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write("Lakeside", "tab", "\x1b[200~400 Lake St\rBuilding 7\rRoom 12\r\x1b[201~", "tab")
        terminal.until("400 Lake St Building 7 Room 12")
        terminal.write("\x1b[200~Suite 3\x1b[201~")
        terminal.until_true(lambda: terminal.line("Suite") == "Suite 3", "the suite in its own field")
