"""No size of the terminal ends the program: below a usable one a line says what it needs; growing brings all back."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.terminal.arrive import arrive, at, program
from tests.terminal.terminal import COMMAND, Terminal

CTRL_C, CTRL_Z = "\x03", "\x1a"
FULL = (80, 24)
TOO_SMALL = "This window is too small. Make it at least 40 columns by 10 rows."
KEYS = "Nothing is lost. Until then, only F10 and Ctrl+Q work: they save and leave."
SMALL = {
    (100, 9): f"{TOO_SMALL}\n{KEYS}",
    (39, 24): "Make it at least 40 columns by 10 rows.\nOnly F10 works: it saves and leaves.",
    (30, 24): "Needs 40 columns by 10 rows.\nF10 saves and leaves.",
    (30, 10): "Needs 40 columns by 10 rows.\nF10 saves and leaves.",
    (30, 1): "Needs 40 columns by 10 rows.",
    (12, 3): "Needs 40x10\nF10 leaves",
    (5, 5): "40x10",
    (2, 40): "40\nx1\n0",
    (1, 1): "4",
}
STORM = [
    (30, 24),
    (1, 1),
    (200, 60),
    (7, 3),
    (80, 1),
    (1, 80),
    (40, 10),
    (39, 10),
    (40, 9),
    (130, 40),
    (2, 2),
    (60, 20),
]


def shown(terminal: Terminal, size: tuple[int, int], line: str) -> None:
    """Make the window small, and wait for its line."""
    terminal.resize(*size)
    terminal.until_true(lambda: terminal.text.strip() == line, f"{line} at {size}")
    assert not terminal.overflows


def back_to(terminal: Terminal, before: str, size: tuple[int, int] = FULL) -> None:
    """Make the window as large as it was, and wait until all is as `before`."""
    terminal.resize(*size)
    terminal.until_true(lambda: terminal.text == before, f"all as before\n{before}\n")


def rung(terminal: Terminal, *keys: str) -> None:
    """Press keys, each of which the program refuses with a bell."""
    for key in keys:
        bells = terminal.raw.count(b"\a")
        terminal.press(key)
        terminal.until_true(lambda bells=bells: terminal.raw.count(b"\a") > bells, f"a bell for {key!r}")  # type: ignore[misc]  # bound


def list_open(terminal: Terminal, sandbox: RunningSandbox) -> None:
    terminal.until("Sign in to resume")
    terminal.press("f8")
    terminal.until("Submit a request")
    terminal.press("down")
    terminal.until("The NPI, or what the registry says", "▸ Send", "Enter Take")


def help_open(terminal: Terminal, sandbox: RunningSandbox) -> None:
    terminal.until("Sign in to resume")
    terminal.press("f1")
    terminal.until("Back to the step")


def asked_to_start_over(terminal: Terminal, sandbox: RunningSandbox) -> None:
    """On Yes: an Enter that is not seen would undo everything."""
    arrive(terminal, sandbox, Step.PRACTICE)
    terminal.type("Lakeside")
    terminal.press("\x12")
    terminal.until("Everything that was answered is undone")
    terminal.press("tab")


def in_a_password(terminal: Terminal, sandbox: RunningSandbox) -> None:
    arrive(terminal, sandbox, Step.CREDENTIALS)
    terminal.type("amelia.h")
    terminal.press("tab")
    terminal.type("Un-seen 7")
    terminal.until("amelia.h", "•••••••••")


def in_the_middle_of_a_word(terminal: Terminal, sandbox: RunningSandbox) -> None:
    arrive(terminal, sandbox, Step.PRACTICE)
    terminal.type("Lakside")
    terminal.press("\x1b[D", "\x1b[D", "\x1b[D", "\x1b[D")
    terminal.until("Lakside")


PLACES = [list_open, help_open, asked_to_start_over, in_a_password, in_the_middle_of_a_word]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_window_too_small_says_how_large_it_must_be(
    place: Callable[[Terminal, RunningSandbox], None], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """From 80×24 to each small size and back, then from one small size to the next; keys there change nothing."""
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        place(terminal, sandbox)
        terminal.until_quiet()
        before = terminal.text
        for size, line in SMALL.items():
            shown(terminal, size, line)
            rung(terminal, "x", "enter")
            back_to(terminal, before)
        for size, line in SMALL.items():
            shown(terminal, size, line)
        rung(terminal, "tab", "down", "f9", "f3", "backspace", "\x1b[200~pasted\x1b[201~")
        back_to(terminal, before)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []


def test_what_is_typed_after_growing_goes_on_where_it_stopped(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.type("amelia.h")
        terminal.press("tab")
        terminal.type(PASSWORD[:9])
        terminal.until("•" * 9)
        shown(terminal, (30, 24), SMALL[30, 24])
        rung(terminal, *"lost")
        terminal.resize(*FULL)
        terminal.until("•" * 9, "amelia.h")
        terminal.type(PASSWORD[9:])
        terminal.press("f7")
        terminal.until(PASSWORD)


def test_a_page_stays_scrolled(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.resize(40, 12)
        terminal.until_true(lambda: terminal.scrolls, "a scrollbar")
        terminal.press("tab", "tab", "tab", "tab")
        shown(terminal, (30, 24), SMALL[30, 24])  # what an emulator keeps beyond the edge of 80 columns goes
        terminal.resize(40, 12)
        terminal.until("▸ Continue")
        terminal.until_quiet()
        before = terminal.text
        for size, line in SMALL.items():
            shown(terminal, size, line)
        back_to(terminal, before, (40, 12))


@pytest.mark.parametrize("size", [(30, 8), (1, 1), (3, 40), (200, 2)], ids=str)
@pytest.mark.parametrize("keys", [("f10",), ("ctrl+q",), (CTRL_C, CTRL_C)], ids=["f10", "ctrl+q", "ctrl+c"])
def test_started_in_a_window_too_small(
    size: tuple[int, int], keys: tuple[str, ...], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with Terminal(program(sandbox.url), home=tmp_path, size=size) as terminal:
        terminal.until_true(lambda: terminal.text.strip() != "", "a line")
        assert not terminal.overflows
        rung(terminal, *"10")
        terminal.resize(*FULL)
        terminal.until("Sign in to resume", "SANDBOX", "▸ Continue", "10 digits")
        terminal.resize(*size)
        terminal.until_true(lambda: "SANDBOX" not in terminal.text, "the line again")
        terminal.press(*keys)
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []


def test_the_narrowest_window_leaves_nothing_said_by_halves(tmp_path: Path) -> None:
    with Terminal(COMMAND, home=tmp_path, size=(40, 12)) as terminal:
        terminal.until(
            "Enter your NPI", "10 digits", "iPrescribe account · {} of {}".format(*Step.NPI.place), "F10 Leave"
        )
        terminal.until_true(lambda: terminal.screen.display[0].strip().endswith("SANDBOX · no real data"), "the banner")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT


def test_suspended_and_resumed_while_too_small(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Also a size that changes while another program has the terminal."""
    with Terminal(("bash", "--norc", "--noprofile", "-i"), home=tmp_path, env={"PS1": "$ "}) as terminal:
        terminal.until("$")
        terminal.type(shlex.join(program(sandbox.url)) + "\r")
        list_open(terminal, sandbox)
        terminal.until_quiet()
        before = terminal.text
        for size in (30, 24), (30, 8), FULL, (12, 3):
            if size != FULL:
                shown(terminal, size, SMALL.get(size, SMALL[30, 24]))
            shells = terminal.raw.count(b"Stopped")
            terminal.press(CTRL_Z)
            terminal.until_true(lambda shells=shells: terminal.raw.count(b"Stopped") > shells, "the shell")  # type: ignore[misc]  # bound
            terminal.resize(*FULL)
            terminal.resize(*size)
            terminal.screen.reset()
            terminal.type("fg\r")
            terminal.until_true(lambda size=size: _resumed(terminal, size, before), f"what belongs on {size}")  # type: ignore[misc]  # bound
            back_to(terminal, before)
        terminal.press("f10")
        terminal.until("$")


def _resumed(terminal: Terminal, size: tuple[int, int], before: str) -> bool:
    return terminal.text.strip() == SMALL.get(size, SMALL[30, 24]) if size != FULL else terminal.text == before


def test_a_storm_of_sizes_ends_as_it_began(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """With a list open, and what it highlights not taken."""
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        list_open(terminal, sandbox)
        terminal.until_quiet()
        before = terminal.text
        for _ in range(20):
            for size in STORM:
                terminal.resize(*size)
                terminal.drain(0)
        back_to(terminal, before)
        terminal.press("enter")
        terminal.until("The NPI, or what the registry says")


@pytest.mark.parametrize("size", [(65535, 65535), (65535, 24), (80, 65535), (0, 0)], ids=str)
def test_absurd_sizes(size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path) -> None:
    """As a line without a window reports them; where it reports none, 80 by 24 is presumed."""
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume", "▸ Continue", "10 digits")
        columns, rows = size
        set_size(terminal, columns, rows)
        terminal.until_quiet()
        terminal.resize(*FULL)
        terminal.until("Sign in to resume", "▸ Continue")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT


def set_size(terminal: Terminal, columns: int, rows: int) -> None:
    """Make the terminal report a size that no screen of a test has."""
    terminal.child.setwinsize(rows, columns)


@pytest.mark.parametrize(
    "exported", [{"COLUMNS": "30", "LINES": "8"}, {"COLUMNS": "900000", "LINES": "90000"}], ids=str
)
def test_the_size_is_the_terminals_whatever_the_shell_has_exported(
    exported: dict[str, str], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with Terminal(program(sandbox.url), home=tmp_path, env=exported) as terminal:
        terminal.until("Sign in to resume", "SANDBOX", "▸ Continue", "F10 Save and leave")
        assert not terminal.overflows
        assert "F10" in terminal.text.splitlines()[23]
