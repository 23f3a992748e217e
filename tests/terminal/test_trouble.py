"""A backend in trouble: a screen says which, what was typed is kept, and Retry goes on once it is over."""

import json
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import RunningSandbox, until
from tests.client.faulty import SERVICE, answer
from tests.terminal.arrive import program
from tests.terminal.terminal import COMMAND, Terminal, environment
from tests.terminal.walk import HAPPY, PASSWORD, fill, until_step

PAGE = b"<!doctype html><title>Welcome</title><p>Sign in to the guest network."
LATER_CONTRACT = SERVICE | {"contract": 99}


@contextmanager
def answering(reply: bytes | None) -> Iterator[str]:
    """A server's URL that gives every request the same answer, or none at all."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(65536) and reply is not None:
                self.request.sendall(reply)
            else:
                over.wait()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    over = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            over.set()
            server.shutdown()
            thread.join(10)


@contextmanager
def closed() -> Iterator[str]:
    """The URL of a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def sandbox_at(url: str, home: Path) -> Iterator[None]:
    """The sandbox as one runs it by itself, at `url`; ended as by Ctrl+C."""
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    command = [*COMMAND, "--state-dir", str(home / "backend"), "sandbox", "--port", str(address[1])]
    with subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL) as process:

        def accepts() -> bool:
            assert process.poll() is None, "the sandbox ended at once"
            with socket.socket() as probe:
                return probe.connect_ex(address) == 0

        try:
            until(accepts, "a sandbox that accepts connections", 30)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            finally:
                process.kill()


TROUBLES: dict[str, tuple[Callable[[], object], str]] = {
    "nobody there": (closed, "The backend cannot be reached"),
    "a web page": (
        lambda: answering(answer(PAGE, media="text/html")),
        "This is not an iPrescribe registration backend",
    ),
    "no answer": (lambda: answering(None), "The backend does not answer"),
    "another contract": (
        lambda: answering(answer(json.dumps(LATER_CONTRACT).encode())),
        "An update is needed",
    ),
    "an error": (lambda: answering(answer(b"", 500)), "The backend has a problem"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_backend_in_trouble_has_a_name_and_loses_nothing(trouble: str, tmp_path: Path) -> None:
    backend, title = TROUBLES[trouble]
    env = {"IPRESCRIBE_TIMEOUT": "2"}
    with backend() as url, Terminal(program(url), home=tmp_path, env=env) as terminal:  # type: ignore[attr-defined]
        until_step(terminal, Step.NPI)
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until(title, "Nothing that you typed is lost.", "Retry", url.removeprefix("http://"))
        terminal.press("f9")
        terminal.until_true(lambda: terminal.line("NPI").startswith(HAPPY), "the NPI that was typed")
        terminal.press("enter")
        terminal.until(title)
        terminal.press("f10")
        assert terminal.finish() == Ending.UNREACHABLE
    assert terminal.not_restored() == []


def test_retry_goes_on_once_the_backend_is_there(tmp_path: Path) -> None:
    with closed() as url, Terminal(program(url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until("The backend cannot be reached", "Retry")
        terminal.press("enter")
        terminal.until("The backend cannot be reached", "Retry")
        with sandbox_at(url, tmp_path):
            terminal.press("enter")
            until_step(terminal, Step.ACCOUNTS_INTRO)
            terminal.until("Amelia Jane Hartwell")


def test_a_backend_lost_in_the_middle_of_a_form(tmp_path: Path) -> None:
    """The whole form is there when it comes back, the passwords too, and sending it goes on."""
    with closed() as url, Terminal(program(url), home=tmp_path) as terminal:
        with sandbox_at(url, tmp_path):
            terminal.until("Sign in to resume")
            fill(terminal, HAPPY)
            until_step(terminal, Step.ACCOUNTS_INTRO)
            terminal.press("enter")
            until_step(terminal, Step.CREDENTIALS)
        fill(terminal, "amelia.h", PASSWORD, PASSWORD)
        terminal.until("The backend cannot be reached", "Retry")
        terminal.press("f9")
        terminal.until_true(lambda: terminal.line("Username") == "amelia.h", "the username that was typed")
        terminal.until_true(lambda: set(terminal.line("Password again")) == {"•"}, "dots for the password")
        with sandbox_at(url, tmp_path):
            terminal.press("enter")
            until_step(terminal, Step.PERSONAL)


def test_another_persons_registry_trouble_is_over_at_the_third_try(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        npi = PERSONA_NPIS["registry_down"]
        fill(terminal, npi)
        for _ in range(2):
            terminal.until("✗")
            # Typing takes the error away, so that the next one to show is the answer to the next try.
            terminal.press("\x1b[F", "backspace")
            terminal.until_true(lambda: terminal.line("NPI").startswith(f"{npi[:-1]} "), "one digit less")
            terminal.type(npi[-1])
            terminal.until_true(lambda: terminal.line("NPI").startswith(npi) and "✗" not in terminal.text, "the NPI")
            terminal.press("enter")
        until_step(terminal, Step.ACCOUNTS_INTRO)
