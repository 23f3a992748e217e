"""What the program and its sandbox have in memory is theirs: no core dump, and no other process reads it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tally import Tally
from tests.terminal.terminal import COMMAND, Terminal, children_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux has the call, and /proc to look at")

PLAIN_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""Makes of root a user like others, who has no rights but to what is theirs."""

WITH_CORES = (*PLAIN_USER, "sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"')
"""Starts a program as a shell does that lets crashes write all they may."""


def reads(pid: int) -> list[str]:
    """What another process of the same user can read of a process."""
    files = [f"/proc/{pid}/{name}" for name in ("environ", "maps", "auxv")]
    tried = (subprocess.run([*PLAIN_USER, "cat", file], capture_output=True, timeout=20, check=False) for file in files)
    return [file for file, done in zip(files, tried, strict=True) if done.returncode == 0]


@LINUX
@pytest.mark.skipif(bool(PLAIN_USER) and not shutil.which("setpriv"), reason="setpriv is not installed")
@pytest.mark.parametrize("mode", [(), ("--plain",)], ids=["full screen", "line by line"])
def test_no_core_is_dumped_and_nobody_can_read_the_memory(mode: tuple[str, ...], tmp_path: Path, tally: Tally) -> None:
    with Terminal((*WITH_CORES, *COMMAND, *mode), home=tmp_path) as terminal:
        terminal.until("Enter your NPI")
        terminal.type("1000000012")
        terminal.press("enter")
        terminal.until("Amelia")
        processes = [terminal.pid, *children_of(terminal.pid)]
        assert len(processes) == 2, "the program and its sandbox"
        for pid in processes:
            limit = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in line)
            assert limit.split()[4:6] == ["0", "0"]
            tally("canaries", "memory, read by another process", searches=3, hits=len(reads(pid)))
            assert reads(pid) == []


@LINUX
@pytest.mark.skipif(bool(PLAIN_USER) and not shutil.which("setpriv"), reason="setpriv is not installed")
def test_what_does_not_close_itself_can_be_read() -> None:
    """So that the test above looks at something."""
    with subprocess.Popen([*PLAIN_USER, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin
        assert other.stdout
        other.stdin.write(b"started\n")
        other.stdin.flush()
        assert other.stdout.readline() == b"started\n"
        assert len(reads(other.pid)) == 3
        other.stdin.close()
