"""A line between the client and a backend, as bad as a test says, counting what came through."""

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

PIECE = 16 * 1024


class Fault(StrEnum):
    """What a line does to those who use it."""

    LATENCY = "latency of 3 s with jitter"
    DOWN = "down"
    BANDWIDTH = "bandwidth of 2 KB/s"
    SLOW_CLOSE = "slow close"
    HANG = "hang without an answer"
    RESET = "reset by peer"
    SLICES = "bytes in slices"
    CUT = "cut after some bytes"
    LOST = "done, but the answer lost"


LATENCY: Final = 3.0
BANDWIDTH: Final = 2048
LINGERS: Final = 0.2
"""Seconds after which a connection that is no longer listened to is closed."""


class Link:
    """Passes connections on to `target`.

    `speed` is in bytes a second, None for as fast as it goes; `cuts` are numbers of bytes after which a connection is
    broken, each used once, in turn, on a connection that brings as much; while `stuck` nothing comes through.
    `passed` counts what the newest connection brought, `connections` how many there were.

    `fault` is what is wrong with all connections, those that are open among them. It ends by itself after it `bit` so
    often as `bites` says, if that is said, unless the line is down. A request that hangs does so until the line suffers
    something else: `turns` counts that. Times are those of a line whose client waits 30 s, but `scale` as long.
    `ahead` is by how much the backend's clock seems to be ahead.
    """

    def __init__(self, target: str, speed: float | None = None, *, scale: float = 1.0, seed: int | str = 0) -> None:
        self.speed = speed
        self.cuts: list[int] = []
        self.stuck = False
        self.passed = self.connections = 0
        self.scale = scale
        self.bit = 0
        self.bites: int | None = None
        self.turns = 0
        self.ahead = timedelta()
        self._fault: Fault | None = None
        self._chance = random.Random(seed)
        self._lock = threading.RLock()
        self.lead_to(target)
        self._open: list[socket.socket] = []
        self._listener = self._listening(0)
        self._port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Where the client finds the backend."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the line now."""
        return self._fault

    def lead_to(self, target: str) -> None:
        """Where new connections lead from now on."""
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)

    def suffer(self, fault: Fault | None, bites: int | None = None) -> None:
        """Have `fault` from now on, None for a line that is well again."""
        with self._lock:
            was, self._fault = self._fault, fault
            self.bit, self.bites = 0, None if fault is Fault.DOWN else bites
            self.turns += 1
            if fault is Fault.DOWN and was is not Fault.DOWN:
                self._bites(Fault.DOWN)
                for each in (self._listener, *self._open):
                    _break(each)
                self._open.clear()
            elif was is Fault.DOWN and fault is not Fault.DOWN:
                self._listener = self._listening(self._port)
                self.start()

    def start(self) -> None:
        """Take connections."""
        threading.Thread(target=self._accept, args=(self._listener,), name="link", daemon=True).start()

    def close(self) -> None:
        """Break all connections, and take no more."""
        with self._lock:
            self._fault, self.stuck = None, False
            self.turns += 1
            for each in (self._listener, *self._open):
                _break(each)

    def _listening(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Little is held on the way: what has left the client has come through, but for this.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PIECE)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(self._target)
                except OSError:
                    _break(near)
                    continue
                with self._lock:
                    self._open += [near, far]
                    self.passed = 0
                    self.connections += 1
                both = Connection(self, near, far)
                for each in (both.up, both.down):
                    threading.Thread(target=each, daemon=True).start()

    def _bites(self, fault: Fault) -> bool:
        """Whether `fault` is what there is; counted, until it has bitten enough."""
        with self._lock:
            if self._fault is not fault:
                return False
            self.bit += 1
            if self.bites is not None and self.bit >= self.bites:
                self._fault = None
            return True

    def rest(self, sent: int) -> None:
        """Wait as long as so many bytes take."""
        speed = (
            BANDWIDTH / self.scale if self._fault is Fault.BANDWIDTH and self._bites(Fault.BANDWIDTH) else self.speed
        )
        if speed:
            time.sleep(sent / speed)

    def slices(self, piece: bytes) -> Iterator[bytes]:
        """`piece`, in slices where the line makes some."""
        if self._bites(Fault.SLICES):
            while piece:
                size = self._chance.randrange(1, 17)
                yield piece[:size]
                piece = piece[size:]
        elif self._fault is Fault.BANDWIDTH:
            yield from (piece[at : at + 256] for at in range(0, len(piece), 256))
        else:
            yield piece

    def delay(self) -> None:
        """Wait as long as an answer takes to come."""
        if self._bites(Fault.LATENCY):
            time.sleep(LATENCY * self.scale * self._chance.uniform(0.7, 1.3))

    def some_bytes(self, piece: bytes) -> int:
        """After how many bytes of an answer it is cut that begins with `piece`: it is never whole."""
        return self._chance.randrange(1, len(piece))


class Connection:
    """Two ends that the line connects."""

    def __init__(self, link: Link, near: socket.socket, far: socket.socket) -> None:
        self._link, self._near, self._far = link, near, far
        self._asked = self._answered = False
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def up(self) -> None:
        """What the client says."""
        link = self._link
        with suppress(OSError):
            passed = 0
            while piece := self._near.recv(PIECE):
                if link._bites(Fault.RESET):
                    break
                if self._answered and link._bites(Fault.SLOW_CLOSE):
                    time.sleep(LINGERS)
                    self._near.shutdown(socket.SHUT_RDWR)
                    break
                turn = link.turns
                hangs = link._bites(Fault.HANG)
                while link.stuck or (hangs and link.turns == turn):
                    time.sleep(0.01)
                if link.cuts and passed + len(piece) > link.cuts[0]:
                    self._far.sendall(piece[: max(0, link.cuts.pop(0) - passed)])
                    break
                self._asked = True
                for part in link.slices(piece):
                    self._far.sendall(part)
                    passed += len(part)
                    link.passed = max(link.passed, passed)
                    link.rest(len(part))
        _break(self._near)
        _break(self._far)

    def down(self) -> None:
        """What the backend answers."""
        link = self._link
        left: int | None = None
        with suppress(OSError):
            while piece := self._far.recv(PIECE):
                if self._asked:
                    self._asked = False
                    link.delay()
                if link._bites(Fault.LOST):
                    break
                if left is None and link._bites(Fault.CUT):
                    left = link.some_bytes(piece)
                for part in link.slices(_at(link.ahead, piece)[:left]):
                    self._near.sendall(part)
                    if link.fault is Fault.BANDWIDTH:
                        link.rest(len(part))
                self._answered = True
                if left is not None:
                    break
        _break(self._near)


def _at(ahead: timedelta, piece: bytes) -> bytes:
    """The beginning of an answer, as a backend gives it whose clock is `ahead`."""
    if not ahead or not piece.startswith(b"HTTP/1.1"):
        return piece
    now = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    return re.sub(rb"(?im)^date: [^\r]*", b"date: " + now.encode(), piece, count=1)


def _break(connection: socket.socket) -> None:
    """As a line that goes dead: no goodbye, and both ends hear of it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def link_to(target: str, speed: float | None = None, *, scale: float = 1.0, seed: int | str = 0) -> Iterator[Link]:
    """A line for as long as the block runs."""
    link = Link(target, speed, scale=scale, seed=seed)
    link.start()
    try:
        yield link
    finally:
        link.close()
