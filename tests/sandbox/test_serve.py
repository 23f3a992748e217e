"""The sandbox as a process of its own: says where it is, never outlives its parent, refuses in words."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.backend import until

PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
child.wait()
"""


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "iprescribe_tui", "--state-dir", str(folder), "sandbox", "--port", "0", *more]


@contextmanager
def started(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The sandbox as a child of this process, and what it said of itself."""
    child = subprocess.Popen(
        command(folder, "--parent", *more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    assert child.stderr
    try:
        yield child, json.loads(child.stdout.readline())
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            pipe.close()


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/service", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_it_says_where_it_is_and_what_opens_its_outbox(tmp_path: Path) -> None:
    with started(tmp_path) as (_, said):
        assert said.keys() == {"url", "key"}
        assert is_up(said["url"])
        outbox = f"{said['url']}/v1/sandbox/outbox"
        assert httpx.get(outbox, headers={"Sandbox-Key": said["key"]}, trust_env=False).json() == {"messages": []}
        assert httpx.get(outbox, trust_env=False).status_code == 403
    folder = tmp_path / "sandbox"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir() if file.is_file()} == {0o600}


def test_it_ends_when_its_standard_input_does(tmp_path: Path) -> None:
    with started(tmp_path) as (child, _):
        assert child.stdin
        child.stdin.close()
        begun = time.monotonic()
        assert child.wait(5) == 0
        assert time.monotonic() - begun < 2
        assert child.stderr
        assert child.stderr.read() == ""


def test_it_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *command(tmp_path, "--parent")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pid, _, said = parent.stdout.readline().partition(" ")
    url = json.loads(said)["url"]
    assert is_up(url)
    parent.send_signal(signal.SIGKILL)
    parent.wait(5)
    parent.stdout.close()
    until(lambda: not is_up(url), "the end of the sandbox")
    until(lambda: not alive(int(pid)), "the end of the child")


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as (child, said):
        assert is_up(said["url"])
        child.send_signal(number)
        child.wait(5)
        assert child.stderr
        assert "Traceback" not in child.stderr.read()


def test_what_it_knows_outlives_it(tmp_path: Path) -> None:
    with started(tmp_path) as (_, said), httpx.Client(base_url=said["url"], trust_env=False) as client:
        headers = {"Idempotency-Key": "one"}
        session = client.post("/v1/registrations", json={"npi": "1000000012"}, headers=headers).json()
    # The sandbox was killed; another one goes on with what it had.
    with started(tmp_path) as (_, said), httpx.Client(base_url=said["url"], trust_env=False) as client:
        bearer = {"Authorization": f"Bearer {session['tokens']['access_token']}"}
        view = client.get(f"/v1/registrations/{session['view']['registration']}", headers=bearer).json()
    assert view == session["view"]


def test_several_start_on_one_database_at_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(
                    command(tmp_path, "--parent"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(4)
        ]
        said = [json.loads(child.stdout.readline()) for child in children if child.stdout]
        assert [is_up(one["url"]) for one in said] == [True] * 4
        for child in children:
            child.kill()


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run([*command(tmp_path), "--port", port], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert done.stderr.startswith(f"The sandbox cannot listen on 127.0.0.1 port {port}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("database", "words"), [("nonsense", "database"), ("sqlite:////nonexistent/x.db", "database")])
def test_a_database_that_cannot_be_opened_is_told_in_words(tmp_path: Path, database: str, words: str) -> None:
    done = subprocess.run([*command(tmp_path), "--database", database], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_key_is_told_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "server.key").write_bytes(b"short")
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "is not the sandbox's key" in done.stderr
    assert "Traceback" not in done.stderr


KEY = "0123456789abcdef0123456789abcdef"


def key_file(folder: Path, text: str = KEY, mode: int = 0o600) -> Path:
    """A file with a key."""
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_key_of_ones_own_opens_its_messages_and_is_not_printed(tmp_path: Path) -> None:
    file = key_file(tmp_path, f"{KEY}\n")
    with started(tmp_path, "--key-file", str(file)) as (_, said):
        assert said["key"] == KEY
    with subprocess.Popen(command(tmp_path, "--key-file", str(file)), stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        lines = [child.stdout.readline() for _ in range(2)]
        child.terminate()
    assert "with the key that its file holds" in lines[1]
    assert KEY not in "".join(lines)


def none_there(folder: Path) -> Path:
    return folder / "missing"


def one_that_others_read(folder: Path) -> Path:
    return key_file(folder, mode=0o644)


def a_short_one(folder: Path) -> Path:
    return key_file(folder, "0123456789abcdef")


def one_of_a_few_letters(folder: Path) -> Path:
    return key_file(folder, "ab" * 20)


def one_with_spaces(folder: Path) -> Path:
    return key_file(folder, "it is not random at all, is it")


def an_empty_one(folder: Path) -> Path:
    return key_file(folder, "")


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe", 0o600)
    return folder / "pipe"


def a_folder(folder: Path) -> Path:
    (folder / "folder").mkdir(mode=0o700)
    return folder / "folder"


@pytest.mark.parametrize(
    "unfit",
    [
        *(none_there, one_that_others_read, a_short_one, one_of_a_few_letters, one_with_spaces, an_empty_one),
        *(a_pipe, a_folder),
    ],
)
def test_a_key_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path, unfit: Callable[[Path], Path]) -> None:
    file = unfit(tmp_path)
    done = subprocess.run([*command(tmp_path), "--key-file", str(file)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr
    for part in ("0123456789abcdef", "abababab", "is not random"):
        assert part not in done.stderr
