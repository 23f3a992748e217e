"""A backend that gives, turn by turn, the answers that a test has prepared for it, and notes what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
TOKENS = {"access_token": "access", "refresh_token": "refresh", "expires_in": 600}


@dataclass(frozen=True)
class Turn:
    """One answer: a view, or a refusal, with whatever headers. One that is `endless` never comes to its `body`."""

    body: Json | bytes
    status: int = 200
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False


@dataclass
class Peer:
    """`service`, `outbox` and `support` are given whenever they are asked for; a step back is given the next turn."""

    service: Json
    outbox: Json = field(default_factory=lambda: {"messages": []})
    support: Json = field(default_factory=lambda: {"reference": "S-1"})
    turns: list[Turn] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    now: Json = field(default_factory=dict)

    def answer(self, method: str, path: str, *, waits: bool) -> Turn | None:
        """What a request gets; None for nothing new."""
        self.asked.append((method, path))
        what = path.removeprefix("/v1/").partition("/")[0]
        if path == "/v1/service":
            return Turn(self.service)
        if path.endswith("/outbox"):
            return Turn(self.outbox)
        if what == "support-requests":
            return Turn(self.support, 201)
        if what == "sessions" and method == "DELETE":
            return Turn(b"", 204)
        if method == "GET":
            if waits:
                self.over.wait(20)
            return None if waits else Turn(self.now)
        turn = self.turns.pop(0)
        if isinstance(turn.body, dict) and "kind" in turn.body:
            self.now = turn.body
            if what in ("registrations", "sessions") and path.count("/") == 2:
                return Turn({"view": turn.body, "tokens": TOKENS}, 201, headers=turn.headers)
        return turn


@contextmanager
def speaking(peer: Peer) -> Iterator[Peer]:
    """Have `peer` listen at its `url`, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

        def _handle(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            turn = peer.answer(self.command, self.path, waits="Prefer" in self.headers) or Turn(b"", 304)
            body = turn.body if isinstance(turn.body, bytes) else json.dumps(turn.body).encode()
            self.send_response_only(turn.status)
            for name, value in {"Content-Type": turn.media, **turn.headers}.items():
                self.send_header(name, value)
            if turn.endless:
                self.send_header("Transfer-Encoding", "chunked")
            elif turn.status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            while turn.endless and not peer.over.wait(0.02):
                self.wfile.write(b"8\r\n%s\r\n" % (b" " * 8))
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815  # the library's names

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A program that has left is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="peer")
        serving.start()
        peer.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield peer
        finally:
            peer.over.set()
            server.shutdown()
            serving.join(10)
