"""What a hurried person sends, in a real terminal: it leads where the screen says, and changes no answer."""

from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.faults.link import Fault, link_to
from tests.terminal.arrive import at, program
from tests.terminal.terminal import KEYS, Terminal
from tests.terminal.walk import HAPPY, step_on, until_step

CTRL = {f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "adefkuvwxy"}
BELL = b"\x07"
EDITING = [*CTRL, *("backspace", "delete", "left", "home", "up", "down", "tab", "s-tab", "space", "enter")]
LEADING_ON = ["f3", "f4", "f5", "f6", "f8", "f9", "f11", "esc"]
SENT = {**KEYS, **CTRL, "delete": "\x1b[3~", "left": "\x1b[D", "home": "\x1b[H", "f11": "\x1b[23~"}


def standing(terminal: Terminal, label: str) -> str:
    """What stands in a field, without the hint beside it."""
    return terminal.line(label).partition("  ")[0]


def until_line(terminal: Terminal, label: str, value: str) -> None:
    """Wait until the field shows `value`."""
    terminal.until_true(lambda: standing(terminal, label) == value, f"{label}: {value}")


def until_rung(terminal: Terminal, key: str) -> None:
    """Press a key, and wait for the bell."""
    rung = terminal.raw.count(BELL)
    terminal.press(SENT[key])
    terminal.until_true(lambda: terminal.raw.count(BELL) > rung, f"the bell at {key}")


def test_a_street_with_a_name_and_a_zip_code_as_the_city(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write("Lakeside", "tab", "PO Box 12, 400 Lake St", "tab")
        terminal.until('F4 keeps "400 Lake St".')
        terminal.press("f4")
        until_line(terminal, "Street", "400 Lake St")
        terminal.press("s-tab")
        terminal.write("ctrl+u", "Office of Dr. Po, 450 S 900 E", "tab", "tab", "62701", "tab")
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


def test_no_key_changes_a_page_while_the_backend_is_asked(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with link_to(sandbox.url) as link, Terminal(program(link.url), home=tmp_path) as terminal:
        until_step(terminal, Step.NPI)
        terminal.write(HAPPY, SENT["home"])
        until_line(terminal, "NPI", HAPPY)
        link.suffer(Fault.HANG)
        terminal.press("enter")
        terminal.until("Waiting for")
        for key in [*EDITING, *LEADING_ON]:
            until_rung(terminal, key)
        assert standing(terminal, "NPI") == HAPPY
        terminal.press("f1")
        terminal.until("Back to the step")
        terminal.press("f1")
        until_line(terminal, "NPI", HAPPY)
        link.suffer(None)
        until_step(terminal, Step.ACCOUNTS_INTRO)
