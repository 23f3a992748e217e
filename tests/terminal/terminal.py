"""A terminal for tests: the program in a real PTY, its screen as a person would see it."""

import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
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
COMMAND = (str(Path(sys.executable).with_name("iprescribe-tui")),)
"""The program as it is installed for a person to type."""

PATIENCE = 40.0
"""Seconds that a screen may take before a test says that it never came; both cores may be busy."""

BEYOND = 20
"""Columns that are watched to the right of the screen: nothing may be written there."""

LEFT_ON = {1000: "mouse", 1002: "mouse", 1003: "mouse", 1006: "mouse", 1004: "focus", 1049: "alternate screen"}
"""Private modes that must be off when the program has ended; the cursor (25) must be on."""


class NeverShownError(AssertionError):
    """What was waited for did not show; the message is the screen as it stood."""


class Watched(ABC):
    """A screen that somebody looks at, and the keys before it."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The screen, line by line."""

    @abstractmethod
    def drain(self, seconds: float = 0.05) -> bool:
        """Take in what the program has sent; False once it has ended."""

    @abstractmethod
    def press(self, *keys: str) -> None:
        """Press keys, by name or letter, one after another, as a person does: each in a write of its own."""

    @property
    def words(self) -> str:
        """The screen with its line breaks folded, so that wrapped sentences can be found."""
        return re.sub(r"\s+", " ", self.text)

    def type(self, text: str) -> None:
        """Type `text` letter by letter."""
        self.press(*text)

    def until_true(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds; `what` says what was waited for."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                return
            if not self.drain() and not condition():
                break
        raise NeverShownError(f"never shown: {what}\n{self.text}")

    def until(self, *wanted: str) -> str:
        """Wait until all of `wanted` show; the words of the screen then."""
        self.until_true(lambda: all(text in self.words for text in wanted), " and ".join(wanted))
        return self.words

    def line(self, label: str) -> str:
        """What stands after `label` on its line, "" where it does not show."""
        found = re.search(rf"^.*?\b{re.escape(label)}(?: \(optional\))?  +(.*)$", self.text, re.MULTILINE)
        return found[1].strip() if found else ""


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal(Watched):
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
        self.home = home
        self.columns = columns
        self.screen = pyte.Screen(columns + BEYOND, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=environment(home) | dict(env or {}),
            dimensions=(rows, columns),
            timeout=PATIENCE,
            cwd=str(home),
            # As in a person's terminal, also where the tests themselves run in the background and hear no interrupt.
            preexec_fn=_hear_interrupts,
        )
        self.child.delaybeforesend = None
        self._modes = termios.tcgetattr(self.child.child_fd)

    def __enter__(self) -> Self:
        """The terminal, open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running."""
        self.child.close(force=True)

    @property
    def text(self) -> str:
        """The screen, line by line, as far as the window goes: a frame drawn before it got smaller may stand beyond."""
        return "\n".join(line[: self.columns].rstrip() for line in self.screen.display)

    @property
    def pid(self) -> int:
        """The process id of the program."""
        assert self.child.pid
        return self.child.pid

    @property
    def overflows(self) -> bool:
        """Whether anything was written to the right of the last column."""
        return any(line[self.columns :].strip() for line in self.screen.display)

    @property
    def scrolls(self) -> bool:
        """Whether a scrollbar stands at the right edge of the page: its slider is made of blanks in reverse."""
        page, edge = range(2, self.screen.lines - 2), range(self.columns - 4, self.columns)
        cells = [self.screen.buffer[row][column] for row in page for column in edge]
        return any(cell.reverse and cell.data == " " for cell in cells)

    @property
    def outside(self) -> str:
        """What was written before and after the program took the whole screen: what stays in the scrollback."""
        text = self.raw.decode("utf-8", "replace")
        before, after = text.partition("\x1b[?1049h")[0], text.rpartition("\x1b[?1049l")[2]
        return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", before + after)

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

    def press(self, *keys: str) -> None:
        """Press keys, by name or letter, one after another, as a person does: each in a write of its own."""
        for key in keys:
            self.child.send(KEYS.get(key, key))
            self.drain(0)

    def write(self, *pieces: str) -> None:
        """Send everything in one write, as a paste or a fast typist over a slow line does."""
        self.child.send("".join(KEYS.get(piece, piece) for piece in pieces))

    def write_bytes(self, data: bytes) -> None:
        """Send what is no text, in one write."""
        self.child.send(data)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size, as dragging its corner does."""
        self.columns = columns
        self.screen.resize(rows, columns)  # what stood to the right of the new edge is gone
        self.screen.resize(rows, columns + BEYOND)
        ioctl(self.child.child_fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until_quiet(self) -> None:
        """Wait until nothing more is drawn."""
        while True:
            drawn = len(self.raw)
            self.drain(0.6)
            if len(self.raw) == drawn:
                return

    def finish(self) -> int:
        """Wait until the program has ended by itself; its exit status, negative for a signal."""
        end = time.monotonic() + PATIENCE
        while self.drain():
            if time.monotonic() > end:
                raise NeverShownError(f"the program does not end\n{self.text}")
        self._modes_after = termios.tcgetattr(self.child.child_fd)
        self.child.wait()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0)

    def kill(self) -> None:
        """`kill -9`."""
        os.kill(self.pid, signal.SIGKILL)
        self.finish()

    def not_restored(self) -> list[str]:
        """What the program, now ended, has left otherwise than a shell needs it."""
        last = {int(mode): state for mode, state in re.findall(rb"\x1b\[\?(\d+)([hl])", self.raw)}
        wrong = [name for mode, name in LEFT_ON.items() if last.get(mode) == b"h"]
        if last.get(25) == b"l":
            wrong.append("cursor")
        if self._modes_after != self._modes:
            wrong.append("line settings")
        return wrong


def environment(home: Path) -> dict[str, str]:
    """What a person's shell has who logs in to a bare machine: no desktop, no session bus."""
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
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


def running(pids: Sequence[int]) -> list[int]:
    """Those of `pids` that still run; one that has ended and waits to be counted does not."""
    if not pids:
        return []
    listed = ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))]
    out = subprocess.run(listed, capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid, state in (line.split() for line in out.splitlines()) if not state.startswith("Z")]


def until_gone(pids: Sequence[int], seconds: float) -> None:
    """Wait until none of `pids` runs any more."""
    end = time.monotonic() + seconds
    while left := running(pids):
        assert time.monotonic() < end, f"still running after {seconds} s: {left}"
        time.sleep(0.05)


def files_with(home: Path, secrets: Sequence[str]) -> list[str]:
    """Which files below `home` hold one of `secrets`, each with the secret."""
    return [
        f"{file.relative_to(home)}: {secret}"
        for file in home.rglob("*")
        if file.is_file()
        for content in [file.read_bytes()]
        for secret in secrets
        if secret.encode() in content
    ]
