"""A server that behaves, connection by connection, as badly as a test says, and keeps what it was sent."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]
"""What is done with a connection once a request's head has come, until it is closed."""

TLS_HELLO = b"\x16\x03"
"""How a client begins that wants TLS (RFC 8446 §5.1); one that has none to offer answers at once."""


class Villain:
    """`behave` and `tls` are those of the next connection; `heard` is all that came over connections that it took."""

    def __init__(self) -> None:
        self.behave: Behaviour = lambda connection: None
        self.tls: ssl.SSLContext | None = None
        self.heard = bytearray()
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []

    def accept(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection, self.behave, self.tls), daemon=True).start()

    def _serve(self, connection: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None) -> None:
        with suppress(OSError), tls.wrap_socket(connection, server_side=True) if tls else connection as speaking:
            head = b""
            while b"\r\n\r\n" not in head and not head.startswith(TLS_HELLO) and (piece := speaking.recv(65536)):
                head += piece
                self.heard += piece
            if head:
                behave(speaking)

    def close(self) -> None:
        """End it, and all connections."""
        self.over.set()
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def villain() -> Iterator[Villain]:
    """One, for as long as the block runs."""
    found = Villain()
    accepting = threading.Thread(target=found.accept, name="villain")
    accepting.start()
    try:
        yield found
    finally:
        found.close()
        accepting.join(10)
