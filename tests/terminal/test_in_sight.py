"""What one changes is in sight: the choice, the line, and beside it the list, over nothing that one needs."""

from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.terminal.arrive import at, program
from tests.terminal.terminal import Terminal

MATRIX = pytest.mark.matrix
SIZES = [(80, 24), (40, 12), pytest.param((60, 20), marks=MATRIX), pytest.param((40, 10), marks=MATRIX)]
LOW = [(40, 12), pytest.param((40, 10), marks=MATRIX)]


def scroll_away(terminal: Terminal, key: str, text: str) -> None:
    """Scroll by `key` until `text` is out of sight."""
    while text in terminal.text:
        before = terminal.text
        terminal.press(key)
        terminal.until_true(lambda before=before: terminal.text != before, "another part of the page")  # type: ignore[misc]  # bound


def at_the_roles(terminal: Terminal) -> None:
    """Choose a role, then scroll until none is in sight."""
    terminal.press("tab", "2")
    terminal.until("(•) 2")
    scroll_away(terminal, "\x1b[5~", "(•)")


@pytest.mark.parametrize("size", LOW, ids=str)
@pytest.mark.parametrize(
    ("key", "chosen"), [("5", "(•) 5 Clinical staff"), ("down", "(•) 3 Physician assistant"), ("8", "(•) 8 Non-clin")]
)
def test_a_choice_that_changes_is_scrolled_into_sight(
    key: str, chosen: str, size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.resize(*size)
        at_the_roles(terminal)
        terminal.press(key)
        terminal.until(chosen)


@pytest.mark.parametrize("size", LOW, ids=str)
def test_a_line_that_is_typed_into_is_scrolled_into_sight(
    size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.resize(*size)
        terminal.type("amelia@")
        terminal.until("amelia@")
        scroll_away(terminal, "\x1b[6~", "amelia@")
        terminal.type("example")
        terminal.until("amelia@example")


def list_is_beside(terminal: Terminal, label: str, typed: str) -> bool:
    """Whether the line, the open list, the buttons, and the keys are all seen."""
    lines = [line[: terminal.columns].strip() for line in terminal.text.splitlines()]
    *page, buttons, keys = ["", "", *filter(None, lines)]
    line = [each for each in page if each.removeprefix(label).strip() == typed]
    entries = [each for each in page if typed.split()[0] in each.casefold()]
    return len(line) == 1 and len(entries) > 1 and "▸" in buttons and "Enter Take" in keys


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("email", ["amelia", pytest.param("amelia@example.com", marks=MATRIX)])
@pytest.mark.parametrize("typed", ["fam", "s", pytest.param("nurse", marks=MATRIX), pytest.param("psy", marks=MATRIX)])
def test_an_open_list_covers_neither_its_line_nor_the_buttons_nor_the_keys(
    typed: str, email: str, size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.resize(*size)
        terminal.write(email, "tab", "1", "tab", "ctrl+u", typed)
        terminal.until_true(
            lambda: list_is_beside(terminal, "Specialty", typed), "the line, its list, the buttons, the keys"
        )
        for key in ("down", "\x1b[6~", "\x1b[5~"):
            terminal.press(key)
            terminal.drain(0.2)
            terminal.until_true(lambda: list_is_beside(terminal, "Specialty", typed), f"the same after {key!r}")
        terminal.resize(80, 24)
        terminal.until_true(lambda: list_is_beside(terminal, "Specialty", typed), "the same at 80 by 24")
        terminal.press("esc")
        terminal.until_true(lambda: "Enter Take" not in terminal.text, "the list closed")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_so_does_a_list_above_a_long_text(size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        terminal.press("f8")
        terminal.until("Submit a request")
        terminal.resize(*size)
        terminal.type("a")
        terminal.until_true(lambda: list_is_beside(terminal, "About", "a"), "the line, its list, the buttons, the keys")
