"""The command line answers at once, refuses what cannot work in one line, and imports only what it needs."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from iprescribe_tui.cli.commands import COMMANDS
from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.checks.text import HIDDEN
from iprescribe_tui.system.platforms import UNSUPPORTED
from iprescribe_tui.system.settings import VARIABLES
from tests.longer import few

PROGRAM = [sys.executable, "-m", "iprescribe_tui"]


def run(*arguments: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The program without a terminal, in a home of its own."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=_environ(home) | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _environ(home: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("IPRESCRIBE_", "XDG_", "TEXTUAL"))
    }
    return kept | {"HOME": str(home)}


def in_terminal(*arguments: str, home: Path, program: Sequence[str] = PROGRAM, **environ: str) -> tuple[int, str]:
    """The exit status of the program in a terminal, and all that it wrote."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [*program, *arguments], _environ(home) | environ)
    said = bytearray()
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:
        pass  # Linux says so when the other side is closed
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


def test_the_version(tmp_path: Path) -> None:
    done = run("--version", home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("iprescribe-tui 0.")


@pytest.mark.parametrize(
    "arguments", [[], ["sandbox"], ["personas"], ["answers"], ["walk"]], ids=lambda given: " ".join(given) or "all"
)
def test_help_names_every_flag_but_the_childs_own(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, "--help", home=tmp_path)
    assert done.returncode == 0
    assert "--parent" not in done.stdout
    if not arguments:
        for flag in (
            "--backend",
            "--ca-bundle",
            "--timeout",
            "--config",
            "--profile",
            "--state-dir",
            "--answers",
            "sandbox",
            "walk",
        ):
            assert flag in done.stdout


def test_the_help_fits_a_screen_and_names_every_command(tmp_path: Path) -> None:
    said = run("--help", home=tmp_path).stdout
    assert len(said.splitlines()) < 24
    assert max(map(len, said.splitlines())) < 80
    assert not [name for name in COMMANDS if name not in said]


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_named_in_the_help(name: str, tmp_path: Path) -> None:
    assert name in run("--help", home=tmp_path).stdout.replace(",", "").split()


@pytest.mark.parametrize("arguments", [["--timeout", "7", "doctor"], ["doctor", "--timeout", "7"]])
def test_the_timeout_is_a_flag_before_the_environment(arguments: list[str], tmp_path: Path) -> None:
    backend = ("--backend", "https://backend.invalid")
    done = run(*backend, *arguments, "--json", home=tmp_path, IPRESCRIBE_TIMEOUT="9")
    (found,) = [each for each in json.loads(done.stdout)["findings"] if each["name"] == "timeout"]
    assert found["says"] == "7 seconds (--timeout)"


def test_the_personas(tmp_path: Path) -> None:
    done = run("personas", home=tmp_path, PYTHONUTF8="1")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 20


def test_the_personas_into_a_pipe_that_closes_or_knows_only_ascii(tmp_path: Path) -> None:
    assert run("personas", home=tmp_path, PYTHONIOENCODING="ascii").returncode == 0
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, "personas"], env=_environ(tmp_path), stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert done.stderr == ""


def into(target: str, *arguments: str, home: Path, limit: int | None = None, **environ: str) -> tuple[int, str]:
    """Return the exit status and standard error of the program whose output goes to `target`, a shell's redirection."""
    size = "" if limit is None else f"ulimit -f {limit}; "
    done = subprocess.run(
        ["sh", "-c", f'{size}exec "$@" {target}', "sh", *PROGRAM, *arguments],
        env={key: value for key, value in _environ(home).items() if key != "PYTHONUNBUFFERED"} | environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


PRINTING = (
    ["--help"],
    ["--version"],
    ["validate", "--help"],
    ["personas"],
    ["help"],
    ["help", "keys"],
    ["status"],
    ["status", "--json"],
    ["receipts"],
    ["answers", "--template"],
    ["completion", "bash"],
    ["validate", "npi", "1234567893"],
    ["validate", "photo", "none.jpg", "--kind", "selfie"],
    ["walk", "--list"],
    ["doctor"],
    ["doctor", "--json"],
    ["sandbox", "--port", "0"],
)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_output_that_is_lost_is_said_and_is_no_success(
    arguments: list[str], buffering: dict[str, str], tmp_path: Path
) -> None:
    status, said = into(">/dev/full", *arguments, home=tmp_path, limit=None, **buffering)
    assert status == 2
    assert "the output could not be written (No space left on device)" in said
    assert "a mistake in it" not in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    ("target", "limit", "why"),
    [(">{home}/out", 0, "File too large"), ("1</dev/null", None, "Bad file descriptor")],
    ids=["limit", "only for reading"],
)
def test_output_that_is_lost_otherwise_is_said_too(
    target: str, limit: int, why: str, buffering: dict[str, str], tmp_path: Path
) -> None:
    status, said = into(target.format(home=tmp_path), "personas", home=tmp_path, limit=limit, **buffering)
    assert status == 2
    assert f"the output could not be written ({why})" in said
    assert "a mistake in it" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_lost_output_changes_no_other_status(tmp_path: Path) -> None:
    assert into(">/dev/full", "--plain", home=tmp_path)[0] == Ending.LEFT
    assert "could not be written" in into(">/dev/full", "--plain", home=tmp_path, PYTHONUNBUFFERED="1")[1]
    assert into(">/dev/full 2>&1", "--profile", "x", "status", home=tmp_path) == (2, "")
    assert into(">/dev/full 2>&1", "--bakend", "x", home=tmp_path) == (2, "")
    assert into(">/dev/full 2>&1", "personas", home=tmp_path) == (2, "")
    assert into("2>/dev/full >/dev/null", "personas", home=tmp_path) == (0, "")


EVIL = "x\x1b[2J\x1b]52;c;AA\x07\x9b31m\u202eelif\x08"


def planted_receipt(home: Path) -> list[str]:
    """A receipt that somebody else put here."""
    folder = home / "state" / "receipts"
    folder.mkdir(parents=True, mode=0o700)
    folder.parent.chmod(0o700)
    lines = f"Username   {EVIL}\nNPI        {EVIL}\nReference  IP-1{EVIL}\nCompleted  2026\n{EVIL}\n"
    (folder / "IP-1.txt").write_text(lines, encoding="utf-8")
    return ["--state-dir", str(home / "state")]


def planted_scenario(home: Path) -> list[str]:
    """A scenario with a name of that kind."""
    file = home / f"{EVIL}.toml"
    file.write_text("about = 'No step is answered.'\n[npi]\nnpi = 'x'\n", encoding="utf-8")
    return ["walk", str(file)]


@pytest.mark.parametrize("in_a_terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize(
    "arguments",
    few(
        [
            [f"--no-{EVIL}"],
            [EVIL],
            ["status", f"--no-{EVIL}"],
            ["validate", EVIL, "1"],
            ["validate", "name", EVIL],
            ["validate", "photo", EVIL, "--kind", "selfie"],
            ["validate", "photo", EVIL, "--kind", "selfie", "--json"],
            ["walk", "--repeat", EVIL],
            ["walk", "--repeat", f"1{EVIL}"],
            ["walk", f"{EVIL}.toml"],
            ["walk", "happy", "--report", f"/dev/null/{EVIL}"],
            ["walk", "happy", "--report", f"{{home}}/{EVIL}"],
            ["answers", "--check", EVIL],
            ["answers", "--check", EVIL, "--json"],
            ["completion", EVIL],
            ["help", EVIL],
            ["doctor", f"--{EVIL}"],
            ["--backend", f"https://{EVIL}.example.com", "status"],
            ["--backend", "https://example.com", "--profile", EVIL, "status"],
            ["--ca-bundle", EVIL, "status"],
            ["--timeout", EVIL, "status"],
            ["--config", EVIL, "status"],
            ["--state-dir", f"{{home}}/{EVIL}", "status"],
            ["--state-dir", f"{{home}}/{EVIL}", "status", "--json"],
            ["--state-dir", f"{{home}}/{EVIL}", "receipts", EVIL],
            ["--state-dir", f"{{home}}/{EVIL}", "sign-out"],
            ["--state-dir", f"{{home}}/{EVIL}", "doctor"],
            ["--state-dir", f"{{home}}/{EVIL}", "doctor", "--json"],
            ["sandbox", "--host", EVIL],
            ["sandbox", "--database", f"sqlite:////nowhere/{EVIL}"],
            planted_receipt,
            planted_scenario,
        ],
        6,
    ),
    ids=lambda given: given.__name__ if callable(given) else " ".join(given).replace(EVIL, "EVIL"),
)
def test_no_command_sends_on_what_steers_a_terminal(
    arguments: list[str] | Callable[[Path], list[str]], in_a_terminal: bool, tmp_path: Path
) -> None:
    if callable(arguments):
        given = arguments(tmp_path)
        calls = [[*given, "receipts", *how] for how in ((), ("--json",), (f"IP-1{EVIL}",))]
        calls = [given] if arguments is planted_scenario else calls
    else:
        calls = [[one.replace("{home}", str(tmp_path)) for one in arguments]]
    for call in calls:
        if in_a_terminal:
            said = in_terminal(*call, home=tmp_path)[1].replace("\r\n", "\n").replace("\r\x1b[K", "")
        else:
            done = run(*call, home=tmp_path)
            said = done.stdout + done.stderr
            if "--json" in call:
                json.loads(done.stdout)
        left = said.replace("\n", "").replace("\t", "")
        assert HIDDEN.findall(left) == [], said
        assert said


def test_text_goes_out_as_it_is_where_it_steers_nothing(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "tcsh"):
        done = run("completion", shell, home=tmp_path)
        assert done.returncode == 0
        assert "\\x" not in done.stdout
        assert len(done.stdout.splitlines()) > 10


def test_without_a_terminal_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = run(home=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "needs a terminal" in done.stderr


SYSTEMS = {
    "no SIGHUP": "del signal.SIGHUP",
    "no handlers of signals": "del asyncio.SelectorEventLoop.add_signal_handler",
}
"""What Windows lacks, taken away before the program starts."""


@pytest.mark.parametrize("lacking", SYSTEMS)
@pytest.mark.parametrize("arguments", [[], ["--plain"], ["walk", "happy"]], ids=" ".join)
def test_a_system_that_it_does_not_run_on_is_told_so_in_a_sentence(
    arguments: list[str], lacking: str, tmp_path: Path
) -> None:
    start = (
        f"import asyncio, signal, sys; {SYSTEMS[lacking]}; from iprescribe_tui.__main__ import main; sys.exit(main())"
    )
    status, said = in_terminal(*arguments, home=tmp_path, program=[sys.executable, "-c", start], TERM="xterm-256color")
    assert status == 2
    assert " ".join(said.split()) == UNSUPPORTED
    assert_broken_between_words(said)
    assert not (tmp_path / ".local").exists()


def test_with_its_streams_closed_it_ends_too(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -m iprescribe_tui <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], env=_environ(tmp_path), timeout=60).returncode == 2


def assert_broken_between_words(said: str) -> None:
    """No line is longer than the terminal is wide, unless it is a single word; addresses and paths stay whole."""
    assert all(len(line) <= 80 or " " not in line for line in said.splitlines())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--backend", "http://registration.example.com:8765"], "Write the address like https://registration.ex"),
        (["--backend", "https://example.com:0"], "--backend: port 0"),
        (["--backend", "https://*.com"], "'*.com' is not the name or the IP address"),
        (["--backend", "https://host<x>"], "'host<x>' is not the name"),
        (["--backend", "https://[v1.x]"], "'v1.x' is not the name"),
        (["--timeout", "0"], "--timeout: the timeout must be a number of seconds from 1 to 600"),
        (["--timeout", "inf"], "--timeout: the timeout must be"),
        (["--timeout", "30s"], "--timeout: the timeout must be"),
        (["--config", "/nonexistent.toml"], "no config file"),
        (["--profile", "x"], "no profile"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_before_the_screen(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    status, said = in_terminal(*arguments, home=tmp_path, TERM="xterm-256color")
    assert status == 2
    assert says in " ".join(said.split())
    assert "\x1b" not in said
    assert_broken_between_words(said)


@pytest.mark.parametrize(
    "arguments", [["--bakend", "x"], ["sandbox", "--port", "70000"], ["sandbox", "--proofing", "x"], ["nonsense"]]
)
def test_a_command_that_is_none_is_refused(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, home=tmp_path)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_answers_file_is_for_the_screens(tmp_path: Path) -> None:
    done = run("--answers", "x.toml", "status", home=tmp_path)
    assert done.returncode == 2
    assert "--answers fills in the screens" in done.stderr


def test_a_setting_may_stand_before_a_command_or_behind_it(tmp_path: Path) -> None:
    folder = str(tmp_path / "elsewhere")
    before = run("--state-dir", folder, "status", "--json", home=tmp_path)
    behind = run("status", "--json", "--state-dir", folder, home=tmp_path)
    assert before.stdout == behind.stdout
    assert json.loads(behind.stdout)["state_dir"] == folder


@pytest.mark.parametrize(
    ("imports", "absent"),
    [
        ("iprescribe_tui.__main__", ("textual", "pydantic", "asyncio", "iprescribe_tui.system.settings")),
        ("iprescribe_tui.system.settings", ("httpx", "keyring", "truststore", "platformdirs", "pydantic", "tomllib")),
        ("iprescribe_tui.client", ("httpx", "truststore", "keyring", "textual")),
        ("iprescribe_tui.flow.tokens", ("httpx", "keyring", "textual")),
        ("iprescribe_tui.flow.drafts", ("httpx", "keyring", "textual", "pydantic")),
        ("iprescribe_tui.flow.sandbox_process", ("httpx", "keyring", "textual", "fastapi", "sqlalchemy")),
        ("iprescribe_tui.system.crash", ("pydantic", "textual")),
    ],
)
def test_a_module_imports_no_more_than_it_needs(imports: str, absent: tuple[str, ...]) -> None:
    program = f"import sys, {imports}; print([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


NAMES = {"too long": "a" * 300, "below a file": "file/below", "a loop": "loop", "below a loop": "loop/below"}
"""Names that the system itself cannot ask about."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "too long" else pytest.mark.matrix) for name in NAMES]
)
@pytest.mark.parametrize(
    "what", ["--ca-bundle", "--config", "--state-dir", "--report", "extends", "answers", "scenario"]
)
def test_a_path_that_cannot_be_is_refused_in_words(what: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    path = str(tmp_path / NAMES[name])
    answers = tmp_path / "answers.toml"
    answers.write_text(f'extends = "{NAMES[name]}"\n')
    command = {
        "--report": ("walk", "--report", path, "happy"),
        "extends": ("answers", "--check", str(answers)),
        "answers": ("answers", "--check", path),
        "scenario": ("walk", path),
    }
    done = run(*command.get(what, (what, path, "sign-out")), home=tmp_path)
    assert done.returncode in (1, 2)
    assert "iprescribe_tui/" not in done.stderr  # as a crash says
    assert len((done.stdout + done.stderr).splitlines()) <= 3
    assert NAMES[name].partition("/")[0][:39] in done.stdout + done.stderr
