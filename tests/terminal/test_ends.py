"""However the program ends it leaves nothing running and the terminal as it was; where it cannot run it says so."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.terminal.arrive import at, program, sign_in
from tests.terminal.terminal import COMMAND, Terminal, children_of, environment, until_gone
from tests.terminal.walk import Applicant, until_step, walk


def test_the_sandbox_ends_when_the_program_is_killed(tmp_path: Path) -> None:
    with Terminal(COMMAND, home=tmp_path) as terminal:
        walk(terminal, Applicant(), to=Step.ACCOUNTS_INTRO)
        sandbox = children_of(terminal.pid)
        assert sandbox
        terminal.kill()
    until_gone(sandbox, 10)


@pytest.mark.parametrize("gone", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda gone: gone.name)
def test_a_signal_ends_it_in_good_order(gone: signal.Signals, tmp_path: Path) -> None:
    """As `kill` and a closed window do: what was typed is kept, and the shell's terminal works."""
    with Terminal(COMMAND, home=tmp_path) as terminal:
        walk(terminal, Applicant(), to=Step.CREDENTIALS)
        sandbox = children_of(terminal.pid)
        terminal.type("amelia.h")
        terminal.until("amelia.h")
        os.kill(terminal.pid, gone)
        assert terminal.finish() == 128 + gone
    assert terminal.not_restored() == []
    assert "Your place is kept: Choose a username and password." in " ".join(terminal.outside.split())
    until_gone(sandbox, 5)
    drafts = [file.read_text() for file in (tmp_path / ".local").rglob("credentials.json")]
    assert [draft for draft in drafts if '"amelia.h"' in draft], "the username is kept"


@pytest.mark.parametrize("key", ["f10", "ctrl+q"])
def test_leaving_at_the_first_screen(key: str, tmp_path: Path) -> None:
    """Even before anything is loaded: nothing is said, for nothing was begun."""
    with Terminal(COMMAND, home=tmp_path) as terminal:
        terminal.until("Enter your NPI")
        terminal.press(key)
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []
    assert terminal.outside.strip() == ""


SMALLER = [(60, 20), (40, 12)]


def drawn_smaller(terminal: Terminal) -> bool:
    """Whether the program has drawn itself anew: framed as before, scrolled to where typing goes on."""
    lines = terminal.text.splitlines()
    framed = "SANDBOX" in lines[0] and "▸ Continue" in terminal.text
    return framed and "City" in terminal.text and terminal.scrolls


def test_a_window_made_smaller_and_larger_again_loses_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """In a small window the form scrolls; every field can still be reached, filled and sent."""
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.press(*"Lakeside", "tab", *"400 Lake St", "tab", "tab")
        for size in SMALLER:
            terminal.resize(*size)
            terminal.until_true(lambda: drawn_smaller(terminal), f"the field that is typed into, scrolled, at {size}")
        terminal.press(*"Springfield", "tab", *"IL", "tab", *"62701", "tab", *"2175550134")
        terminal.until("175550134")  # the rest is scrolled out of a field that is nine columns wide
        terminal.press(*["s-tab"] * 6)
        terminal.until("Lakeside", "400 Lake")
        terminal.resize(80, 24)
        terminal.until("Lakeside", "400 Lake St", "Springfield", "62701", "2175550134", "▸ Continue")
        terminal.resize(40, 12)
        terminal.until("▸ Continue")
        terminal.press(*["tab"] * 7, "enter")
        until_step(terminal, Step.IDME_LAUNCH)


@pytest.mark.parametrize("size", SMALLER, ids=str)
def test_the_first_steps_in_a_small_window(size: tuple[int, int], tmp_path: Path) -> None:
    with Terminal(COMMAND, home=tmp_path, size=size) as terminal:
        walk(terminal, Applicant(), to=Step.CREDENTIALS)
        terminal.type("amelia.h")
        terminal.until("amelia.h")
        assert not terminal.overflows


def without_terminal(home: Path, **streams: int) -> subprocess.CompletedProcess[str]:
    """The program with `streams` that are no terminals, the others being one."""
    master, slave = os.openpty()
    try:
        given = {"stdin": slave, "stdout": slave, "stderr": slave} | streams
        return subprocess.run(COMMAND, env=environment(home), text=True, timeout=60, check=False, **given)  # type: ignore[call-overload,no-any-return]  # streams by name
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stdin and stdout"])
def test_without_a_terminal_it_says_so_in_one_line(stream: str, tmp_path: Path) -> None:
    streams = dict.fromkeys(stream.split(" and "), subprocess.DEVNULL)
    done = without_terminal(tmp_path, **streams, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "needs a terminal" in done.stderr
    assert list(tmp_path.iterdir()) == []


REPORTING = (
    "import atexit, json, sys; atexit.register(lambda: open({file!r}, 'w').write(json.dumps(sorted(sys.modules)))); "
    "from iprescribe_tui.__main__ import main; sys.exit(main())"
)
SERVERS = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "argon2", "PIL"}


def test_the_terminal_process_never_loads_the_server(tmp_path: Path) -> None:
    """It would start later, and a mistake there could stop what the applicant sees."""
    report = tmp_path / "modules"
    with Terminal((sys.executable, "-c", REPORTING.format(file=str(report))), home=tmp_path) as terminal:
        walk(terminal, Applicant(), to=Step.CREDENTIALS)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    loaded = {name.partition(".")[0] for name in json.loads(report.read_text())}
    assert {"textual", "httpx", "iprescribe_tui"} <= loaded
    assert not loaded & SERVERS


def test_the_first_paint_waits_for_neither_checks_nor_network_nor_keyring(tmp_path: Path) -> None:
    shown = "import sys, iprescribe_tui.front_ends.tui.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", shown], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "textual" in loaded
    assert not loaded & (SERVERS | {"httpx", "pydantic", "keyring", "phonenumbers", "qrcode"})


REFUSED = "1000000996"
"""An NPI that the sandbox's registry does not have."""


def refused(terminal: Terminal, sandbox: RunningSandbox, *, plain: bool) -> None:
    terminal.until("NPI (10 digits):" if plain else "Sign in to resume")
    terminal.type(REFUSED)
    terminal.press("enter")
    terminal.until("is not in the NPI registry")


def ended(terminal: Terminal, sandbox: RunningSandbox, *, plain: bool) -> None:
    walk = sandbox.start("1000000319").to(Step.SELFIE)
    walk.go_on()
    if plain:
        terminal.until("NPI (10 digits):")
        terminal.press(*"/signin", "enter")
        for question, answer in (("Username:", walk.user), ("Password", PASSWORD)):
            terminal.until(question)
            terminal.type(answer)
            terminal.press("enter")
    else:
        sign_in(terminal, walk.user)
    terminal.until("could not be", "Reference")


def unreachable(terminal: Terminal, sandbox: RunningSandbox, *, plain: bool) -> None:
    terminal.until("NPI (10 digits):" if plain else "Sign in to resume")
    terminal.type("1000000012")
    terminal.press("enter")
    terminal.until("The backend cannot be reached")


ENDINGS = {
    refused: (Ending.REFUSED, ""),
    ended: (Ending.ENDED, ""),
    unreachable: (Ending.UNREACHABLE, "http://127.0.0.1:1"),
}


@pytest.mark.parametrize("plain", [False, True], ids=["screens", "plain"])
@pytest.mark.parametrize("to", ENDINGS, ids=lambda to: to.__name__)
def test_the_exit_status_tells_how_it_ended(
    to: Callable[..., None], plain: bool, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    status, url = ENDINGS[to]
    command = (*program(url or sandbox.url), *(["--plain"] if plain else []))
    with Terminal(command, home=tmp_path) as terminal:
        to(terminal, sandbox, plain=plain)
        terminal.press(*(["!", "enter"] if plain else ["f10"]))
        assert terminal.finish() == status


@pytest.mark.parametrize("plain", [False, True], ids=["screens", "plain"])
def test_who_leaves_after_a_refusal_was_mended_has_left(plain: bool, sandbox: RunningSandbox, tmp_path: Path) -> None:
    command = (*program(sandbox.url), *(["--plain"] if plain else []))
    with Terminal(command, home=tmp_path) as terminal:
        refused(terminal, sandbox, plain=plain)
        terminal.press(*([] if plain else ["ctrl+u"]))
        terminal.type("1000000012")
        terminal.press("enter")
        terminal.until("Amelia")
        terminal.press(*(["!", "enter"] if plain else ["f10"]))
        assert terminal.finish() == Ending.LEFT


@pytest.mark.parametrize("gone", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda gone: gone.name)
def test_a_signal_ends_the_prompts_with_its_number(gone: signal.Signals, tmp_path: Path) -> None:
    with Terminal((*COMMAND, "--plain"), home=tmp_path) as terminal:
        terminal.until("NPI (10 digits):")
        os.kill(terminal.pid, gone)
        assert terminal.finish() == 128 + gone
    assert terminal.not_restored() == []
