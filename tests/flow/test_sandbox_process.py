"""The sandbox's process comes up by itself, is started again when it dies, and ends with the program."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iprescribe_tui.flow.sandbox_process import SandboxDied, SandboxProcess
from tests.disks import FULL, PLAIN_USER, Disk, needs_plain_user

GOOD = 'print(\'{"url": "http://127.0.0.1:4444", "key": "k"}\', flush=True); import sys; sys.stdin.read()'


@contextmanager
def process(folder: Path, program: str, starts_within: float = 20.0) -> Iterator[SandboxProcess]:
    """A sandbox process that runs a Python program."""
    child = SandboxProcess(folder, command=[sys.executable, "-c", program], starts_within=starts_within)
    try:
        yield child
    finally:
        child.stop()


async def test_it_says_where_it_is_to_all_who_ask(tmp_path: Path) -> None:
    with process(tmp_path, GOOD) as child:
        child.start()
        one, two = await asyncio.gather(child.address(), child.address())
    assert one == two
    assert one.url == "http://127.0.0.1:4444"
    assert one.sandbox_key is not None
    assert one.sandbox_key.get_secret_value() == "k"
    assert "k" not in repr(one.sandbox_key)


async def test_one_that_died_is_started_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = f"open({str(count)!r}, 'a').write('x'); import os\n" + GOOD.replace("sys.stdin.read()", "os._exit(0)")
    with process(tmp_path, program) as child:
        first = await child.address()
        await ended(child)
        assert await child.address() == first
    assert count.read_text() == "xx"


async def ended(child: SandboxProcess) -> None:
    while child._child is None or not child._child.has_ended():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('The disk is full.\\x1b[2J')", r"The disk is full\.\\x1b\[2J"),
        ("print('hello')", "ended at once"),
        ("print('{}')", "ended at once"),
        ('print(\'{"url": "http://example.com", "key": "k"}\')', "ended at once"),
    ],
    ids=["words", "no JSON", "no address", "elsewhere"],
)
async def test_one_that_does_not_come_up_is_named_with_its_last_words(program: str, says: str, tmp_path: Path) -> None:
    with process(tmp_path, program) as child, pytest.raises(SandboxDied, match=says) as caught:
        await child.address()
    assert "sandbox.log" in caught.value.advice
    assert "\x1b" not in caught.value.advice


async def test_one_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    asleep = "import signal; signal.pause()"
    with process(tmp_path, asleep, starts_within=0.2) as child, pytest.raises(SandboxDied, match="did not come up"):
        await child.address()


async def test_one_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    child = SandboxProcess(tmp_path, command=["/nonexistent/python"])
    with pytest.raises(SandboxDied):
        await child.address()


def test_leaving_before_it_is_up_leaves_no_noise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def leave() -> None:
        asking = asyncio.create_task(child.address())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    with process(tmp_path, "import sys; sys.stdin.read()") as child:
        asyncio.run(leave())
        child.stop()
        asyncio.run(ended(child))
    assert not caplog.records
    assert capfd.readouterr().err == ""


async def test_one_that_stops_waiting_does_not_stop_the_others(tmp_path: Path) -> None:
    with process(tmp_path, GOOD) as child:
        impatient = asyncio.create_task(child.address())
        patient = asyncio.create_task(child.address())
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).url == "http://127.0.0.1:4444"


async def test_starting_takes_no_time(tmp_path: Path) -> None:
    with process(tmp_path, GOOD) as child:
        began = time.perf_counter()
        child.start()
        assert time.perf_counter() - began < 0.05
        await child.address()


async def test_its_log_is_for_this_user_alone_and_stays_small(tmp_path: Path) -> None:
    log = tmp_path / "sandbox.log"
    log.write_bytes(b"x" * 300_000)
    log.unlink()
    with process(tmp_path, "import sys; sys.stderr.write('x' * 300_000); sys.stderr.flush()\n" + GOOD) as child:
        await child.address()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    with process(tmp_path, GOOD) as child:
        await child.address()
    assert log.stat().st_size == 0


async def test_its_environment_is_free_of_what_is_meant_for_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPRESCRIBE_BACKEND_URL", "https://example.com")
    monkeypatch.setenv("TEXTUAL_LOG", "keys.log")
    program = "import os, sys; print([n for n in os.environ if 'IPRESCRIBE' in n or 'TEXTUAL' in n], file=sys.stderr)\n"
    with process(tmp_path, program + GOOD) as child:
        await child.address()
    assert (tmp_path / "sandbox.log").read_text() == "[]\n"


async def test_one_that_does_not_end_by_itself_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + GOOD.replace(
        "sys.stdin.read()", "import signal; signal.pause()"
    )
    with process(tmp_path, stubborn) as child:
        await child.address()
        began = time.monotonic()
        child.stop()
        assert time.monotonic() - began < 3
        assert child._child is not None
        assert child._child.has_ended()


PARENT = """
import asyncio, sys
from pathlib import Path
from iprescribe_tui.flow.sandbox_process import SandboxProcess

async def main():
    child = SandboxProcess(Path(sys.argv[1]))
    address = await child.address()
    print(child._child._process.pid, address.url, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def test_the_real_one_ends_with_the_program_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        pid, url = parent.stdout.readline().split()
        assert url.startswith(b"http://127.0.0.1:")
        assert (tmp_path / "sandbox" / "sandbox.db").exists()
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while alive(int(pid)):
        assert time.monotonic() < until, "the sandbox outlived its parent"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs, other than as a zombie that nobody buries."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_a_full_disk_is_named_with_its_folder_and_no_log_that_is_empty(disk: Disk) -> None:
    disk.fill()
    child = SandboxProcess(disk.folder / "state")
    with pytest.raises(SandboxDied) as caught:
        await child.address()
    child.stop()
    assert FULL in caught.value.advice
    assert str(disk.folder / "state") in caught.value.advice
    assert "sandbox.log" not in caught.value.advice
    disk.free()
    try:
        assert (await child.address()).url
    finally:
        child.stop()


READ_ONLY = """
import asyncio, sys
from pathlib import Path
from iprescribe_tui.flow.sandbox_process import SandboxProcess

async def main():
    child = SandboxProcess(Path(sys.argv[1]))
    try:
        print((await child.address()).url)
    except Exception as failed:
        print(failed)
    child.stop()

asyncio.run(main())
"""


@needs_plain_user
@pytest.mark.parametrize("closed", [".", "state"])
def test_a_folder_that_cannot_be_written_is_named(closed: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    (tmp_path / closed).mkdir(parents=True, exist_ok=True)
    (tmp_path / closed).chmod(0o500)
    done = subprocess.run(
        [*PLAIN_USER, sys.executable, "-c", READ_ONLY, str(state)], capture_output=True, text=True, check=True
    )
    (tmp_path / closed).chmod(0o700)
    assert "The sandbox could not be started" in done.stdout
    assert f"{state / 'sandbox'}: Permission denied" in done.stdout
    assert done.stderr == ""
    assert "sandbox.log" not in done.stdout


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nowhere"])
async def test_a_log_that_cannot_be_written_keeps_nobody_waiting(kind: str, tmp_path: Path) -> None:
    log = tmp_path / "sandbox.log"
    if kind == "folder":
        log.mkdir()
    elif kind == "pipe":
        os.mkfifo(log)
    else:
        log.symlink_to("no/where")
    with process(tmp_path, GOOD) as child:
        assert (await child.address()).url == "http://127.0.0.1:4444"
