"""Leave at a step, start again: the same step, with the same values. Secrets alone are typed anew."""

import os
import shlex
import shutil
import signal
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.terminal.arrive import arrive, at, program
from tests.terminal.terminal import COMMAND, Terminal, Watched, children_of, files_with, running
from tests.terminal.walk import Applicant, fill, until_step, walk

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""

SECRET = "Zq7!vKp2#Wm9xYt4"

DRAFTS: dict[Step, tuple[tuple[str, ...], dict[str, str]]] = {
    Step.NPI: (("10000",), {"NPI": "10000"}),
    Step.CREDENTIALS: (("amelia.h", "tab", SECRET), {"Username": "amelia.h"}),
    Step.PERSONAL: (("home@example.com", "tab", "3"), {"E-mail": "home@example.com", "(•)": "3 Physician assistant"}),
    Step.PRACTICE: (
        ("Lakeside", "tab", "PO Box 12", "tab", "tab", "Springfield", "tab", "tab", "6270"),
        {"Practice name": "Lakeside", "Street": "PO Box 12", "City": "Springfield", "ZIP": "6270"},
    ),
    Step.IDME_SIGN_IN: ((SECRET, "s-tab", "ctrl+u", "home@example.com"), {"ID.me e-mail": "home@example.com"}),
    Step.IDME_SIGN_UP: (
        (SECRET, "tab", "tab", " ", "s-tab", "s-tab", "s-tab", "ctrl+u", "home@example.com"),
        {"E-mail": "home@example.com", "[x]": "I accept the ID.me Terms of Service"},
    ),
    Step.DOCUMENT: (("3", "tab", "~/front.jpg"), {"Front": "~/front.jpg", "(•)": "3 Passport"}),
    Step.SSN: (("123-12-1234",), {}),
    Step.ATTRIBUTES_REVIEW: (
        ("04/30/1975", "tab", "12 Elm St", "tab", "tab", "Spring"),
        {"Date of birth": "04/30/1975", "Home street": "12 Elm St", "City": "Spring"},
    ),
    Step.CONSENT: (("2",), {"(•)": "2 Deny"}),
}
"""What is typed at a step before leaving it, and what stands there afterwards."""

SIGNED_IN = (
    *(Step.PERSONAL, Step.PRACTICE, Step.IDME_SIGN_IN, Step.IDME_SIGN_UP, Step.DOCUMENT),
    *(Step.SSN, Step.ATTRIBUTES_REVIEW, Step.CONSENT),
)
"""Each step is left by a kill in `tests/faults/test_killed_terminal.py`; here one of each kind, half filled in."""
KILLED = {Step.PRACTICE, Step.ATTRIBUTES_REVIEW}
"""Steps at which the program does not leave, but is killed as by a crash of the machine."""

needs_keyring = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="dbus-run-session and gnome-keyring-daemon are not installed",
)


def draft(terminal: Watched, step: Step) -> None:
    """Type what is typed at `step`, and see it there."""
    typed, _ = DRAFTS.get(step, ((), {}))
    for piece in typed:
        if piece in ("tab", "s-tab", "ctrl+u"):
            terminal.press(piece)
        else:
            terminal.type(piece)
    until_drafted(terminal, step)


def until_drafted(terminal: Watched, step: Step) -> None:
    """Wait until what was typed at `step` stands there."""
    _, shown = DRAFTS.get(step, ((), {}))

    def stands() -> bool:
        return all(
            f"{label} {value}" in terminal.words if label in ("(•)", "[x]") else terminal.line(label).startswith(value)
            for label, value in shown.items()
        )

    terminal.until_true(stands, f"what was typed at {step}: {shown}")


def leave(terminal: Terminal, step: Step) -> None:
    """Leave by F10, or by a `kill -9` as soon as what was typed is kept."""
    if step not in KILLED:
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
        assert terminal.not_restored() == []
        return
    last = list(DRAFTS[step][1].values())[-1]
    terminal.until_true(lambda: bool(files_with(terminal.home, [f'"{last}"'])), f"{last} among the drafts")
    terminal.kill()


@pytest.mark.parametrize("step", SIGNED_IN, ids=str)
def test_left_without_a_keyring_and_gone_on_with_by_signing_in(
    step: Step, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        registration = arrive(terminal, sandbox, step)
        assert registration
        draft(terminal, step)
        leave(terminal, step)
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Continue where you left off?", registration.npi, registration.user, step.heading, "Begin")
        terminal.press("enter")
        terminal.until("Sign in to go on where you were")
        terminal.until_true(lambda: terminal.line("Username") == registration.user, "the username filled in")
        fill(terminal, PASSWORD)
        until_step(terminal, step)
        until_drafted(terminal, step)
    assert files_with(tmp_path / ".local", [SECRET, PASSWORD, "123-12-1234", "123121234"]) == []


def test_left_before_there_is_a_registration(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        draft(terminal, Step.NPI)
        leave(terminal, Step.NPI)
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        until_step(terminal, Step.NPI)
        until_drafted(terminal, Step.NPI)


@pytest.mark.parametrize("step", [Step.ACCOUNTS_INTRO, Step.CREDENTIALS], ids=str)
def test_left_without_a_keyring_before_there_is_a_username(step: Step, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Nobody could prove to be who began: so one begins with the NPI again, is told so, and finds what was typed."""
    with at(step, sandbox, tmp_path) as terminal:
        draft(terminal, step)
        leave(terminal, step)
        assert "begin with the NPI again" in " ".join(terminal.outside.split())
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Continue where you left off?", "not chosen yet", step.heading)
        terminal.press("enter")
        until_step(terminal, Step.NPI)
        terminal.until_true(lambda: terminal.line("NPI").startswith("1000000012"), "the NPI filled in")
        terminal.press("enter")
        until_step(terminal, Step.ACCOUNTS_INTRO)
        if step is Step.CREDENTIALS:
            terminal.press("enter")
            until_step(terminal, step)
            until_drafted(terminal, step)


class Desktop(Terminal):
    """The program in a desktop session with a Secret Service, whose contents are kept in `home`."""

    def __init__(self, command: tuple[str, ...], *, home: Path) -> None:
        unlock = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
        run = f"{unlock}; {shlex.join(command)}; status=$?; exit $status"
        super().__init__(("dbus-run-session", "--", "sh", "-c", run), home=home)

    def __exit__(self, *details: object) -> None:
        """Nothing is left of the session: its bus outlives a hang-up."""
        inside = children_of(self.pid)
        super().__exit__(*details)
        for pid in running(inside):
            os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """`kill -9` of all that runs in the session."""
        for pid in children_of(self.pid):
            os.kill(pid, signal.SIGKILL)
        super().kill()


@needs_keyring
@pytest.mark.parametrize("step", [Step.ACCOUNTS_INTRO, Step.CREDENTIALS, Step.PRACTICE, Step.SSN], ids=str)
def test_left_with_a_keyring_and_gone_on_with_at_once(step: Step, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Desktop(program(sandbox.url), home=tmp_path) as terminal:
        arrive(terminal, sandbox, step)
        draft(terminal, step)
        assert "no keyring" not in terminal.words
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
        assert "Start iprescribe-tui again, the same way, to go on." in " ".join(terminal.outside.split())
    with Desktop(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Continue where you left off?", step.heading, "Begin")
        terminal.press("enter")
        until_step(terminal, step)
        until_drafted(terminal, step)


@needs_keyring
def test_the_own_sandbox_is_gone_on_with_after_a_kill(tmp_path: Path) -> None:
    with Desktop(COMMAND, home=tmp_path) as terminal:
        walk(terminal, Applicant(), to=Step.PERSONAL)
        draft(terminal, Step.PERSONAL)
        kept = ['"physician_assistant"']
        terminal.until_true(lambda: bool(files_with(tmp_path, kept)), "the role among the drafts")
        terminal.kill()
    with Desktop(COMMAND, home=tmp_path) as terminal:
        terminal.until("Continue where you left off?", "amelia.hartwell", "Begin")
        terminal.press("enter")
        until_step(terminal, Step.PERSONAL)
        until_drafted(terminal, Step.PERSONAL)
