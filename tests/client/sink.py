"""A backend that takes photos and keeps nothing: it reads into one buffer, so that a test may measure the client's."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def sink() -> Iterator[str]:
    """The URL of one, for as long as the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener,), name="sink")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _serve(listener: socket.socket) -> None:
    buffer = bytearray(64 * 1024)
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                _answer(connection, buffer)


def _answer(connection: socket.socket, buffer: bytearray) -> None:
    """Read one request, and say that the photo is there."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert found
    size = int(found[1])
    left = size
    while left:
        left -= connection.recv_into(buffer, min(left, len(buffer)))
    body = json.dumps({"id": "e1", "slot": "front", "digest": "", "size": size}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(body) + body)
