"""The whole walk where prescribers are: in tmux, and on another machine over ssh, where there is no desktop."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import until
from tests.secrets.canaries import found
from tests.tally import Tally
from tests.terminal.terminal import (
    COMMAND,
    Terminal,
    children_of,
    environment,
    files_with,
    running,
    until_gone,
)
from tests.terminal.test_walk import APP, PHONE, fits
from tests.terminal.tmux import Tmux
from tests.terminal.walk import IDME_PASSWORD, PASSWORD, SSN, Applicant, until_step, walk

FAREWELL = "Sign in to iPrescribe with the username and password you chose."
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

needs_tmux = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
needs_sshd = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and shutil.which("ssh-keygen")), reason="sshd and ssh are not installed"
)


@needs_tmux
@pytest.mark.matrix
def test_all_22_steps_in_tmux(tmp_path: Path, tally: Tally) -> None:
    with Tmux(home=tmp_path) as tmux:
        tmux.until("Enter your NPI")
        assert tmux.ask("alternate_on") == "1"
        who = Applicant(method="3")
        assert walk(tmux, who) == APP
        sandbox = children_of(int(tmux.ask("pane_pid")))
        tmux.press("enter")
        assert tmux.finish() == 0
        assert (tmux.ask("alternate_on"), tmux.ask("mouse_any_flag"), tmux.ask("cursor_flag")) == ("0", "0", "1")
        assert FAREWELL in tmux.words, "its last words, broken between words"
        secrets = (PASSWORD, IDME_PASSWORD, SSN, *who.seen)
        hits = found(tmux.history.encode(), secrets)
        tally("canaries", "tmux's scrollback, after leaving", searches=1, canaries=len(secrets), hits=len(hits))
        assert not hits
    until_gone(sandbox, 5)


@needs_tmux
@pytest.mark.parametrize("term", ["screen", pytest.param("screen-256color", marks=pytest.mark.matrix)])
def test_what_is_typed_in_an_older_tmux(term: str, tmp_path: Path) -> None:
    """Function keys and Back arrive under the names that older configurations give the terminal."""
    with Tmux(home=tmp_path, term=term) as tmux:
        walk(tmux, Applicant(), to=Step.CREDENTIALS)
        tmux.press("f1")
        tmux.until("Back to the step")
        tmux.press("f1", *"amelia", "f9")
        until_step(tmux, "accounts_intro")
        tmux.press("enter")
        until_step(tmux, "credentials")
        assert tmux.line("Username") == "amelia"
        tmux.press("f10")
        assert tmux.finish() == Ending.LEFT


@needs_tmux
def test_a_closed_tmux_window_ends_the_program_and_its_sandbox(tmp_path: Path) -> None:
    with Tmux(home=tmp_path) as tmux:
        walk(tmux, Applicant(), to=Step.ACCOUNTS_INTRO)
        shell = int(tmux.ask("pane_pid"))
        pids = [shell, *children_of(shell)]
        assert len(running(pids)) == 3, "the shell, the program and its sandbox"
    until_gone(pids, 10)


@dataclass(frozen=True)
class Ssh:
    """How one logs in to the sshd of a test."""

    options: tuple[str, ...]
    host: str
    daemon: int

    def __call__(self, command: str) -> tuple[str, ...]:
        """The command line that runs `command` there, in a terminal."""
        return ("ssh", "-tt", *self.options, self.host, command)


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[Ssh]:
    """A real sshd on loopback, with keys made for the test: no PAM, so no desktop session and no D-Bus."""
    with sshd_in(tmp_path / "sshd") as started:
        yield started


@contextmanager
def sshd_in(folder: Path) -> Iterator[Ssh]:
    """An sshd that keeps its things in `folder`, for as long as the block runs."""
    if not os.path.isdir("/run/sshd"):
        try:
            os.mkdir("/run/sshd", 0o755)
        except OSError:
            pytest.skip("/run/sshd cannot be made: only root may")
    folder.mkdir()
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    assert SSHD
    daemon = subprocess.Popen([SSHD, "-D", "-f", folder / "config", "-E", folder / "log"], stdin=subprocess.DEVNULL)
    options = {
        "IdentityFile": folder / "user",
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": os.devnull,
        "GlobalKnownHostsFile": os.devnull,
        "StrictHostKeyChecking": "no",
        "LogLevel": "ERROR",
        "BatchMode": "yes",
        "Port": port,
    }

    def accepts() -> bool:
        assert daemon.poll() is None, (folder / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(accepts, "sshd accepts connections")
        flags = tuple(part for name, value in options.items() for part in ("-o", f"{name}={value}"))
        yield Ssh(("-F", "none", *flags), f"{getpass.getuser()}@127.0.0.1", daemon.pid)
    finally:
        inside = children_of(daemon.pid)
        daemon.terminate()
        daemon.wait(10)
        for pid in running(inside):
            os.kill(pid, 9)


def there(home: Path) -> str:
    """The program on the other machine: in a home of the test's own, with what sshd gives it besides."""
    return f"HOME={home} PATH={environment(home)['PATH']} exec {COMMAND[0]}"


@needs_sshd
@pytest.mark.matrix
def test_all_22_steps_over_ssh(ssh: Ssh, tmp_path: Path) -> None:
    home = tmp_path / "there"
    home.mkdir()
    who = Applicant()
    with Terminal(ssh(there(home)), home=tmp_path) as terminal:
        assert walk(terminal, who, look=fits) == PHONE
        program = children_of(ssh.daemon)
        terminal.press("enter")
        assert terminal.finish() == 0
    assert terminal.not_restored() == []
    assert FAREWELL in " ".join(terminal.outside.split())
    until_gone(program, 5)
    assert "dbus" not in terminal.outside.lower()
    secrets = [PASSWORD, IDME_PASSWORD, SSN, *who.seen]
    assert files_with(home, secrets) == []
    assert not [secret for secret in secrets if secret in terminal.outside]
