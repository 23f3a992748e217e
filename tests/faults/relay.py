"""A relay between the program and a backend, which stops a call where a test says: on its way out, or its answer."""

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

Point = Literal["request", "answer"]
"""Where a call is stopped: before the backend has any of it, or once it has acted, before the client hears of it."""

POINTS: tuple[Point, ...] = ("request", "answer")

Strike = Callable[[Point, str], bool]

_BEGINS = re.compile(rb"(GET|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n")
_PIECE = 64 * 1024


class Relay:
    """Passes connections on to `target`, which may change. `strike` gets each call, such as "POST /v1/tokens", at each
    point; what it does happens in the middle of the call, and True breaks the connection there."""

    def __init__(self, target: str = "") -> None:
        self.target = target
        self.strike: Strike = lambda point, call: False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, name="relay")
        self._accepting.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=_Connection(self, near).serve, daemon=True).start()

    def reach(self) -> socket.socket:
        """A connection to the target. Raises OSError where nobody listens."""
        parts = urlsplit(self.target)
        far = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._open.append(far)
        return far

    def close(self) -> None:
        """Take no more connections, and break those that there are."""
        for each in (self._listener, *self._open):
            broken(each)
        self._accepting.join(10)


class _Connection:
    """One connection of the client's, and the one to the backend that goes with it."""

    def __init__(self, relay: Relay, near: socket.socket) -> None:
        self._relay, self._near = relay, near
        self._under_way = ""

    def serve(self) -> None:
        """Pass on what the client sends, until either end has enough."""
        far: socket.socket | None = None
        with suppress(OSError):
            far = self._relay.reach()
            threading.Thread(target=self._bring_back, args=(far,), daemon=True).start()
            while piece := self._near.recv(_PIECE):
                if begins := _BEGINS.match(piece):
                    self._under_way = b" ".join(begins.groups()).decode()
                    if self._relay.strike("request", self._under_way):
                        break
                far.sendall(piece)
        broken(self._near)
        if far:
            broken(far)

    def _bring_back(self, far: socket.socket) -> None:
        with suppress(OSError):
            while piece := far.recv(_PIECE):
                call, self._under_way = self._under_way, ""
                if call and self._relay.strike("answer", call):
                    break
                self._near.sendall(piece)
        broken(self._near)
        broken(far)


def broken(connection: socket.socket) -> None:
    """Break a connection as a line that goes dead: no goodbye, and both ends hear of it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def relay_to(target: str = "") -> Iterator[Relay]:
    """A relay for as long as the block runs."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()


class Held:
    """A strike that holds the first call to `path` at `point` until it is dropped, and then breaks the connection."""

    def __init__(self, relay: Relay, point: Point, path: str) -> None:
        self.reached, self._go = threading.Event(), threading.Event()
        self._point, self._path = point, path
        relay.strike = self

    def __call__(self, point: Point, call: str) -> bool:
        if self.reached.is_set() or point != self._point or not call.endswith(self._path):
            return False
        self.reached.set()
        self._go.wait()
        return True

    def drop(self) -> None:
        """Break the connection that was held; nothing that was held goes on."""
        self._go.set()
