"""Decoding processes, started anew without this one's memory, environment and open files."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, Final, Self

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import damaged, not_unpacked, too_slow

__all__ = ["Worker", "give_up", "started_apart"]

_WORKER: Final = "iprescribe_tui.photos.worker_main"
_START: Final = "import sys; name, *sys.path = sys.argv[1:]; from importlib import import_module as of; of(name).main()"
_NEEDED: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH")
"""Environment variables that Python needs to start: on Windows, and with its library in an unusual place."""

SECONDS = 60.0
"""Maximum seconds for a photo, on a busy machine: 200 megapixels of HEIC take ten of CPU time."""

_LONGEST_ANSWER: Final = 1024 * 1024
_PIECE: Final = 256 * 1024
_KILLED, _CPU_USED_UP = -9, -24


class _UnderWay:
    """The running decoding processes: two at most, however many photos there are, to bound memory."""

    MOST: Final = 2

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._workers: set[subprocess.Popen[bytes]] = set()
        self._given_up = 0

    def start(self, niceness: int) -> subprocess.Popen[bytes]:
        """Start a process once there is room; blocks. Raises CheckFailed (it cannot start, or `end` is called)."""
        with self._changed:
            before = self._given_up
            self._changed.wait_for(lambda: len(self._workers) < self.MOST or self._given_up > before)
            if self._given_up > before:
                raise not_unpacked()
            try:
                process = started_apart(_WORKER)
            except OSError:
                raise not_unpacked() from None
            self._workers.add(process)
        if niceness and sys.platform != "win32":
            with suppress(OSError):  # it has died, which its answer says
                os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
        return process

    def is_over(self, process: subprocess.Popen[bytes]) -> None:
        """Make room for the next process."""
        with self._changed:
            self._workers.discard(process)
            self._changed.notify_all()

    def end(self) -> None:
        """Kill all processes, and start none that waits."""
        with self._changed:
            self._given_up += 1
            for process in self._workers:
                process.kill()
            self._changed.notify_all()


_under_way: Final = _UnderWay()


def give_up() -> None:
    """Kill all decoding processes; their callers get the error `photo_not_unpacked`."""
    _under_way.end()


def started_apart(name: str) -> subprocess.Popen[bytes]:
    """Start a process that runs `main` of the module `name`, with nothing of this one but its import path.

    Raises OSError. It is not forked: it gets no memory, and no open files but the pipes of its standard input and
    output.
    """
    own = str(Path(__file__).parents[2])
    # Nothing in the working folder is imported, unless it is this program.
    places = [place for place in sys.path if os.path.isabs(place) and place not in (own, _here())]
    flags = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]
    needed = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, *flags, "-c", _START, name, own, *places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=os.sep,
        env={**needed, "MALLOC_ARENA_MAX": "1"},  # otherwise each thread reserves 64 MB of address space
    )


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


class Worker:
    """A process that decodes one photo, killed at the end of its `with` block. Creating one blocks while two run.

    Of `niceness`, up to 19, it leaves the processors to others (setpriority(2)).
    """

    def __init__(self, niceness: int = 0) -> None:
        self.process = _under_way.start(niceness)
        self._late = False
        self._is_ready = False
        self._timer = threading.Timer(SECONDS, self._end_late)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        try:
            self.process.kill()  # it has answered, or the answer is not needed
            self._pipes()[1].close()
            with suppress(BrokenPipeError):
                self._pipes()[0].close()
            self.process.wait()
        finally:
            _under_way.is_over(self.process)

    def ready(self) -> tuple[str, ...]:
        """Wait until the process is locked down; return its restrictions. Raises CheckFailed (it ends before)."""
        line = self._pipes()[1].readline(_LONGEST_ANSWER)
        if not line:
            raise self._reason()
        self._is_ready = True
        return tuple(json.loads(line)["held"])

    def ask(self, request: Mapping[str, object], photo: BinaryIO) -> None:
        """Send a request, and the photo's first bytes: as many as its `size` says."""
        self.ready()
        left = request["size"]
        assert isinstance(left, int)  # noqa: S101 - as it is put in
        with suppress(BrokenPipeError):  # it has died, which `answer` reports
            given = self._pipes()[0]
            given.write(json.dumps(request).encode() + b"\n")
            while left and (piece := photo.read(min(_PIECE, left))):
                given.write(piece)
                left -= len(piece)
            given.flush()

    def answer(self, clean: IO[bytes], most: int) -> bytes:
        """Return the answer, and write the photo after it into `clean`. Raises CheckFailed (none, or too large)."""
        given = self._pipes()[1]
        line, left = given.readline(_LONGEST_ANSWER), most + 1
        while left and (piece := given.read(min(_PIECE, left))):
            clean.write(piece)
            left -= len(piece)
        if not left:
            raise damaged()
        if self.process.wait() or not line:
            raise self._reason()
        return line

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self.process.stdin  # noqa: S101 - it is a pipe
        assert self.process.stdout  # noqa: S101 - so is this
        return self.process.stdin, self.process.stdout

    def _end_late(self) -> None:
        self._late = True
        self.process.kill()

    def _reason(self) -> CheckFailed:
        """Return the error for a missing answer."""
        status = self.process.wait()
        if self._late or status == _CPU_USED_UP:
            return too_slow()
        if status == _KILLED or not self._is_ready:
            return not_unpacked()
        return damaged()
