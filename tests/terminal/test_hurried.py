"""What a hurried person sends, in a real terminal: it leads where the screen says, and changes no answer."""

from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.terminal.arrive import at
from tests.terminal.terminal import Terminal
from tests.terminal.walk import step_on, until_step


def until_line(terminal: Terminal, label: str, value: str) -> None:
    """Wait until the field shows `value`."""
    terminal.until_true(lambda: terminal.line(label) == value, f"{label}: {value}")


def test_a_street_with_a_name_and_a_zip_code_as_the_city(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write("Lakeside", "tab", "PO Box 12, 400 Lake St", "tab")
        terminal.until('F4 keeps "400 Lake St".')
        terminal.press("f4")
        until_line(terminal, "Street", "400 Lake St")
        terminal.press("s-tab")
        terminal.write("ctrl+u", "Office of Dr. Po, 450 S 900 E", "tab")
        until_line(terminal, "Street", "Office of Dr. Po, 450 S 900 E")
        terminal.press("tab")
        terminal.write("62701", "tab")
        terminal.until('"62701" is a ZIP Code.')
        terminal.press("s-tab")
        terminal.write("ctrl+u", "Springfield", "tab", "IL", "tab", "62701", "tab", "2175550134", "tab", "enter")
        until_step(terminal, Step.IDME_LAUNCH)


def test_tab_from_the_last_field_and_enter_goes_on(sandbox: RunningSandbox, tmp_path: Path) -> None:
    password = "violet lantern over quiet harbor"
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.write("amelia.h", "tab", password, "tab", password, "tab")
        terminal.press("enter")
        terminal.until_true(lambda: step_on(terminal) is not Step.CREDENTIALS, "another step")
        until_step(terminal, Step.PERSONAL)


@pytest.mark.parametrize("key", ["esc", "f9"])
def test_a_list_that_is_open_closes_first(key: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("amelia@example.com", "tab", "tab", "dermat")
        terminal.until("Dermatology Physician")
        terminal.press(key)
        terminal.until_true(lambda: "Dermatology Physician" not in terminal.words, "the list closed")
        assert step_on(terminal) is Step.PERSONAL
        assert terminal.line("E-mail") == "amelia@example.com"
        terminal.press(key)
        until_step(terminal, Step.CREDENTIALS)


@pytest.mark.parametrize("typed", ["219\u221209\u22129871", "219.09.9871", "２１９-０９-９８７１"], ids=ascii)
def test_an_ssn_as_other_programs_write_it(typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.SSN, sandbox, tmp_path) as terminal:
        terminal.write(typed, "enter")
        until_step(terminal, Step.ATTRIBUTES_REVIEW)
        terminal.until("***-**-9871")
