"""HTTP/1.1 connections with limits on their number, and on the time to send a request or take a response."""

import asyncio
import sys
from http import HTTPStatus
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from iprescribe_tui.sandbox.domain.problems import Refusal, bad_request

MOST = 400
"""Most connections open at once; for one more, the longest idle one is closed, or the new one is refused."""

PATIENCE = 30.0
"""Seconds of the longest pause in a request or in taking its response, and for a whole request (see `SLOWEST`)."""

SLOWEST = 512
"""Bytes per second, on average, that give a request more time than `PATIENCE`: photos may come over a slow line."""

RESERVE = 112
"""Files open besides connections: the database, photos, and connections that open or close."""

_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
_TOO_SLOW: Final = Refusal(
    408, "too_slow", "The request did not come whole", "The rest of it did not arrive in time. Send it again."
)
_TOO_MANY: Final = Refusal(
    503, "too_many_connections", "Too many connections are open", "Try again in a few seconds.", retry_after=5
)
_UNREADABLE: Final = bad_request("unreadable", "This cannot be read as a request of HTTP/1.1.").refusal


def most_connections() -> int:
    """Return the most connections to open: fewer if this process may open few files, such as 256 on macOS."""
    if sys.platform == "win32":
        return MOST
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(1, min(MOST, files - RESERVE))


class _OneLength(h11.Connection):
    """HTTP/1.1 parser that refuses a request with two lengths."""

    def next_event(self) -> Any:
        """Return the next event. Raises RemoteProtocolError for both Content-Length and Transfer-Encoding.

        h11 uses the chunks and takes the rest for the next request; a proxy may use the length (RFC 9112 §6.1).
        """
        event = super().next_event()
        if isinstance(event, h11.Request) and {name for name, _ in event.headers} >= _LENGTHS:
            raise h11.RemoteProtocolError("a length and chunks")
        return event


class BoundedConnection(H11Protocol):
    """Connection with time limits; uvicorn itself limits only how long one may be idle after a response."""

    _is_half_sent = True
    _began = _latest = _taken = 0.0
    _came = _unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a request. If connections are too many, close the longest idle one, or refuse this one (503)."""
        super().connection_made(transport)
        self.conn = _OneLength(h11.SERVER)
        self._expect()
        self._taken = self._latest
        self._timer = self.loop.call_later(PATIENCE / 30, self._look)
        if len(self.connections) > most_connections():
            if (spare := self._spare()) is None:
                self._end(_TOO_MANY)
            else:
                spare._end(_TOO_SLOW if spare._is_half_sent else None)

    def data_received(self, data: bytes) -> None:
        """Parse the data and note whether the request is complete."""
        super().data_received(data)
        self._came += len(data)
        self._latest = self.loop.time()
        self._note()

    def send_400_response(self, msg: str) -> None:
        """Refuse unreadable data with a problem document, even after a response, where uvicorn itself fails."""
        self._end(_UNREADABLE)

    def on_response_complete(self) -> None:
        """Continue with the next request if part of it has arrived."""
        self._latest = self.loop.time()
        super().on_response_complete()
        self._note()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timer."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _spare(self) -> "BoundedConnection | None":
        """Return the longest silent of the other idle connections."""
        others = (each for each in self.connections if isinstance(each, BoundedConnection) and each is not self)
        return min((each for each in others if each._is_idle()), key=lambda each: each._latest, default=None)

    def _is_idle(self) -> bool:
        return self._is_half_sent or self.flow.write_paused or self.cycle is None or self.cycle.response_complete

    def _note(self) -> None:
        """Note whether the rest of a request is still to come."""
        theirs = self.conn.their_state
        awaits_more = theirs is h11.SEND_BODY or (theirs is h11.IDLE and bool(self.conn.trailing_data[0]))
        if awaits_more and not self._is_half_sent:
            self._expect()
        self._is_half_sent = awaits_more

    def _expect(self) -> None:
        """Start timing a request."""
        self._is_half_sent, self._came = True, 0
        self._began = self._latest = self.loop.time()

    def _look(self) -> None:
        """Close the connection if a request is late (408), or if its response is not taken in time."""
        self._timer = self.loop.call_later(PATIENCE / 30, self._look)
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._taken = now
        self._unsent = unsent
        if self.flow.read_paused:  # this end is the one that does not read
            self._began = self._latest = now
        if now > self._taken + PATIENCE:
            self.transport.abort()
        elif self._is_half_sent and now > min(self._latest + PATIENCE, self._began + PATIENCE + self._came / SLOWEST):
            self._end(_TOO_SLOW)

    def _end(self, refusal: Refusal | None) -> None:
        """Close the connection; before any response has begun, send the refusal first."""
        if refusal and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = refusal.problem().model_dump_json().encode()
            lines = (
                f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
                "Content-Type: application/problem+json",
                f"Content-Length: {len(body)}",
                *((f"Retry-After: {refusal.retry_after}",) if refusal.retry_after else ()),
                "Connection: close",
            )
            self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
        self._is_half_sent = False
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self.transport.close()
        self.connections.discard(self)  # to make room for the next one
