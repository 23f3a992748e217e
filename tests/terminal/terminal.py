"""A terminal for tests: the program in a real PTY, its screen as a person would see it."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pexpect
import pyte

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "s-tab": "\x1b[Z",
    "esc": "\x1b",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "backspace": "\x7f",
    "ctrl+q": "\x11",
    "ctrl+u": "\x15",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f12": "\x1b[24~",
}
PROGRAM = (sys.executable, "-m", "iprescribe_tui")
PATIENCE = 40.0
"""Seconds that a screen may take before a test says that it never came; both cores may be busy."""


class NeverShownError(AssertionError):
    """What was waited for did not show; the message is the screen as it stood."""


class Terminal:
    """The program in a PTY of 80×24. `raw` is every byte that it sent."""

    def __init__(
        self,
        command: Sequence[str] = PROGRAM,
        *,
        home: Path,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=environment(home) | dict(env or {}),
            dimensions=(rows, columns),
            timeout=PATIENCE,
            cwd=str(home),
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Self:
        """The terminal, open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running."""
        self.child.close(force=True)

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def words(self) -> str:
        """The screen with its line breaks folded, so that wrapped sentences can be found."""
        return re.sub(r"\s+", " ", self.text)

    def drain(self, seconds: float = 0.05) -> bool:
        """Take in what the program has sent; False once it has ended."""
        fd = self.child.child_fd
        ready, _, _ = select.select([fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def until_true(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds; `what` says what was waited for."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                return
            if not self.drain():
                break
        raise NeverShownError(f"never shown: {what}\n{self.text}")

    def until(self, *wanted: str) -> str:
        """Wait until all of `wanted` show; the words of the screen then."""
        self.until_true(lambda: all(text in self.words for text in wanted), " and ".join(wanted))
        return self.words

    def press(self, *keys: str) -> None:
        """Press keys, by name or letter, one after another, as a person does: each in a write of its own."""
        for key in keys:
            self.child.send(KEYS.get(key, key))
            self.drain(0)

    def type(self, text: str) -> None:
        """Type `text` letter by letter."""
        self.press(*text)

    def write(self, *pieces: str) -> None:
        """Send everything in one write, as a paste or a fast typist over a slow line does."""
        self.child.send("".join(KEYS.get(piece, piece) for piece in pieces))

    def finish(self) -> int:
        """Wait until the program has ended by itself; its exit status."""
        end = time.monotonic() + PATIENCE
        while self.drain() and time.monotonic() < end:
            pass
        self.child.wait()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0)

    def kill(self) -> None:
        """`kill -9`."""
        os.kill(self.child.pid, signal.SIGKILL)
        self.finish()


def environment(home: Path) -> dict[str, str]:
    """What a person's shell has who logs in to a bare machine: no desktop, no session bus."""
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def children_of(pid: int) -> list[int]:
    """The process ids of all descendants of `pid`."""
    out = subprocess.run(["ps", "-o", "pid=,ppid=", "-A"], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in out.splitlines())}
    found: list[int] = []
    for child, parent in parents.items():
        if parent == pid:
            found += [child, *children_of(child)]
    return found
