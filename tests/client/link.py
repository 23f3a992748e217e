"""A line between the client and a backend: as slow as a test says, cut where it says, counting what came through."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 16 * 1024


class Link:
    """Passes connections on to `target`.

    `speed` is in bytes a second, None for as fast as it goes; `cuts` are numbers of bytes after which a connection is
    broken, each used once, in turn, on a connection that brings as much; while `stuck` nothing comes through.
    `passed` counts what the newest connection brought, `connections` how many there were.
    """

    def __init__(self, target: str, speed: float | None = None) -> None:
        self.speed = speed
        self.cuts: list[int] = []
        self.stuck = False
        self.passed = self.connections = 0
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listener = socket.socket()
        # Little is held on the way: what has left the client has come through, but for this.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * PIECE)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, name="link")

    @property
    def url(self) -> str:
        """Where the client finds the backend."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                self.passed = 0
                self.connections += 1
                for each in (self._up, self._down):
                    threading.Thread(target=each, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            passed = 0
            while piece := near.recv(PIECE):
                while self.stuck:
                    time.sleep(0.01)
                if self.cuts and passed + len(piece) > self.cuts[0]:
                    far.sendall(piece[: max(0, self.cuts.pop(0) - passed)])
                    break
                far.sendall(piece)
                passed += len(piece)
                self.passed = max(self.passed, passed)
                if self.speed:
                    time.sleep(len(piece) / self.speed)
        _break(near)
        _break(far)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while piece := far.recv(PIECE):
                near.sendall(piece)
        _break(near)

    def close(self) -> None:
        """Break all connections, and take no more."""
        for each in (self._listener, *self._open):
            _break(each)


def _break(connection: socket.socket) -> None:
    """As a line that goes dead: no goodbye, and both ends hear of it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextmanager
def link_to(target: str, speed: float | None = None) -> Iterator[Link]:
    """A line for as long as the block runs."""
    link = Link(target, speed)
    link._accepting.start()
    try:
        yield link
    finally:
        link.stuck = False
        link.close()
        link._accepting.join(5)
