"""`iprescribe-tui walk` on the command line: what it takes, what it says, and its exit status."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from iprescribe_tui.front_ends.automation.walk.scenario import shipped
from tests.automation.walks.walking import scenario
from tests.longer import few
from tests.terminal.terminal import COMMAND, Terminal, children_of, until_gone
from tests.test_command_line import run

REFUSED = '[npi]\nnpi = "1000000013"\n[expect]\nend = "refused"\n'


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give scenarios"),
        (["happy", "--all"], "give scenarios"),
        (["/nowhere.toml"], "There is no such file."),
        (["happy", "happy"], "two scenarios are called happy"),
        (["happy", "--jobs", "0"], "a number from 1"),
        (["happy", "--repeat", "x"], "a number from 1"),
    ],
)
def test_what_cannot_be_walked_is_refused(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = run("walk", *arguments, home=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_wrong_in_scenarios_is_named_before_any_is_walked(tmp_path: Path) -> None:
    file = scenario(tmp_path, "[nip]\n[expect]\nend = 'x'")
    done = run("walk", "organization", str(file), home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 2
    assert run("walk", "happy", "--backend", "https://x.example.com", home=tmp_path).returncode == 2
    asks = scenario(tmp_path, '[npi]\nnpi = "{ask}"')
    assert "{ask}" in run("walk", str(asks), "--jobs", "2", home=tmp_path).stderr
    outbox = scenario(tmp_path, '[mfa_code]\ncode = "{outbox}"')
    done = run("--backend", "https://registration.example.com", "walk", str(outbox), home=tmp_path)
    assert done.returncode == 2
    assert "outbox_command" in done.stderr


def test_a_report_does_not_go_into_a_folder_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    done = run("walk", "organization", "--report", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    assert "holds other things" in done.stderr


def test_the_list_of_those_that_ship(tmp_path: Path) -> None:
    done = run("walk", "--list", home=tmp_path, PYTHONUTF8="1")
    assert [line.split()[0] for line in done.stdout.splitlines() if line[0] != " "] == list(shipped())
    assert max(map(len, done.stdout.splitlines())) < 80
    assert json.loads(run("walk", "--list", "--json", home=tmp_path).stdout).keys() == shipped().keys()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (REFUSED, 0),
        (REFUSED.replace("refused", "done"), 1),
        ('[npi]\nnpi = "1000000012"', 3),
    ],
    ids=["as expected", "not as expected", "a step has no answer"],
)
def test_the_exit_status(text: str, status: int, tmp_path: Path) -> None:
    done = run("walk", str(scenario(tmp_path, text)), "--json", home=tmp_path)
    assert done.returncode == status, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] is (status == 0)


@pytest.mark.matrix
def test_several_jobs_and_repeats_with_a_report_and_nothing_left_behind(tmp_path: Path) -> None:
    report, home, temporary = tmp_path / "report", tmp_path / "home", tmp_path / "tmp"
    for folder in (home, temporary):
        folder.mkdir()
    command = ("walk", "organization", "not_found", "--repeat", "3", "--jobs", "2", "--report", str(report))
    for _ in range(2):  # a second time into the same folder
        done = run(*command, home=home, TMPDIR=str(temporary), PYTHONUTF8="1")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert "6 of 6 as expected" in done.stdout
        assert done.stdout.splitlines()[-1] == f"The report: {report / 'index.html'}"
    names = [(one["scenario"], one["number"]) for one in json.loads((report / "walks.json").read_text())["walks"]]
    assert names == [(name, number) for number in (1, 2, 3) for name in ("organization", "not_found")]
    assert len(list(report.rglob("*.svg"))) == 12
    run("walk", "organization", "--report", str(report), home=home, TMPDIR=str(temporary))
    assert len(list(report.rglob("*.svg"))) == 2
    assert list(temporary.iterdir()) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_terminal_gets_a_bar_and_is_asked(tmp_path: Path) -> None:
    file = scenario(tmp_path, '[npi]\nnpi = "{ask}"\n[expect]\nend = "refused"')
    with Terminal((*COMMAND, "walk", "organization", str(file), "deactivated"), home=tmp_path) as terminal:
        terminal.until("1 of 3", "NPI:")
        terminal.type("1000000013")
        terminal.press("enter")
        assert terminal.finish() == 0
    assert "3 of 3 as expected" in terminal.words
    assert "━" in terminal.raw.decode()


def test_the_terminal_program_loads_neither_walks_nor_answers() -> None:
    program = (
        "import sys, iprescribe_tui.__main__;"
        "import iprescribe_tui.front_ends.tui.app, iprescribe_tui.front_ends.tui.front_end;"
        "print([name for name in sys.modules if name.startswith('iprescribe_tui.front_ends.automation')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


MATRIX = pytest.mark.matrix
SIGNALS = pytest.mark.parametrize(
    "number", few([signal.SIGINT, signal.SIGTERM, signal.SIGHUP]), ids=["Ctrl+C", "terminated", "hung up"]
)
AT_ONCE = 2.0
"""Seconds: the rest of a walk takes several, and a question waits for as long as the person does."""


def break_off(terminal: Terminal, number: signal.Signals, temporary: Path) -> None:
    """Interrupt walks of which one is done; all is gone at once."""
    started = children_of(terminal.pid)
    begun = time.monotonic()
    if number is signal.SIGINT:
        terminal.press("\x03", "\x03")  # a hurried person
        terminal.until("Interrupted after")
        terminal.press("\x03")
    else:
        os.kill(terminal.pid, number)
    assert terminal.finish() == 128 + number
    until_gone(started, begun + AT_ONCE - time.monotonic())
    assert started
    assert "Interrupted after 1 of 3." in terminal.words
    assert "Traceback" not in terminal.words
    assert "✗" not in terminal.words
    assert list(temporary.iterdir()) == []
    assert terminal.not_restored() == []


@SIGNALS
@pytest.mark.parametrize("jobs", ["2", pytest.param("1", marks=MATRIX), pytest.param("3", marks=MATRIX)])
def test_one_can_break_it_off(number: signal.Signals, jobs: str, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = (*COMMAND, "walk", "not_found", "happy", "happy_two", "--jobs", jobs)
    with Terminal(command, home=tmp_path, env={"TMPDIR": str(temporary)}) as terminal:
        terminal.until("1 of 3")
        break_off(terminal, number, temporary)


ASKING = {
    "NPI:": '[npi]\nnpi = "{ask}"',
    "Password:": '[npi]\nnpi = "1000000012"\n[accounts_intro]\n[credentials]\nusername = "amy.h"\npassword = "{ask}"',
}


@SIGNALS
@pytest.mark.parametrize("question", ["Password:", pytest.param("NPI:", marks=MATRIX)])
def test_one_can_break_it_off_while_it_asks(number: signal.Signals, question: str, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    asks = scenario(tmp_path, ASKING[question])
    command = (*COMMAND, "walk", "not_found", str(asks), "happy")
    with Terminal(command, home=tmp_path, env={"TMPDIR": str(temporary)}) as terminal:
        terminal.until("1 of 3", question)
        break_off(terminal, number, temporary)


@SIGNALS
def test_one_can_break_it_off_before_it_asks(number: signal.Signals, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    asks = scenario(tmp_path, ASKING["NPI:"])
    command = (*COMMAND, "walk", "not_found", "happy", str(asks))
    with Terminal(command, home=tmp_path, env={"TMPDIR": str(temporary)}) as terminal:
        terminal.until("1 of 3")
        break_off(terminal, number, temporary)


def test_no_walk_outlives_a_program_that_is_killed(tmp_path: Path) -> None:
    with Terminal((*COMMAND, "walk", "not_found", "happy", "happy_two", "--jobs", "2"), home=tmp_path) as terminal:
        terminal.until("1 of 3")
        started = children_of(terminal.pid)
        os.kill(terminal.pid, signal.SIGKILL)
        until_gone(started, 10)


def test_walks_that_are_cut_off_from_outside_are_said_to_be(tmp_path: Path) -> None:
    command = (*COMMAND, "walk", "not_found", "happy", "happy_two", "--jobs", "2")
    with Terminal(command, home=tmp_path) as terminal:
        terminal.until("1 of 3")
        for child in children_of(terminal.pid):
            os.kill(child, signal.SIGKILL)
        assert terminal.finish() == 1
    assert "A process that walks was ended from outside" in terminal.raw.decode()
