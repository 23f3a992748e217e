"""Connections with an end: so many at once, and a request that comes whole within a time."""

import asyncio
from http import HTTPStatus
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from iprescribe_tui.sandbox.problems import Refusal

MOST = 400
"""How many connections are open at once; a half-sent request makes room for the next connection."""

PATIENCE = 30.0
"""Seconds within which a request must be whole, or bring at least `SLOWEST`, and the longest pause in it."""

SLOWEST = 512
"""Bytes a second, on average, which keep a request alive beyond `PATIENCE`: photos may come over a slow line."""

_TOO_SLOW: Final = Refusal(
    408, "too_slow", "The request did not come whole", "The rest of it did not arrive in time. Send it again."
)
_TOO_MANY: Final = Refusal(
    503, "too_many_connections", "Too many connections are open", "Try again in a few seconds.", retry_after=5
)


class BoundedConnection(H11Protocol):
    """One connection. uvicorn itself limits only how long one may be idle after an answer."""

    _is_half_sent = True
    _began = _latest = 0.0
    _came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a request; of too many connections, end the one that has waited longest for the rest of its own."""
        super().connection_made(transport)
        self._expect()
        self._timer = self.loop.call_later(PATIENCE / 30, self._look)
        if len(self.connections) > MOST:
            others = (each for each in self.connections if isinstance(each, BoundedConnection) and each is not self)
            oldest = min((each for each in others if each._is_half_sent), key=lambda each: each._began, default=None)
            (oldest or self)._end(_TOO_SLOW if oldest else _TOO_MANY)

    def data_received(self, data: bytes) -> None:
        """Take what came, and note whether that makes the request whole."""
        super().data_received(data)
        self._came += len(data)
        self._latest = self.loop.time()
        self._note()

    def on_response_complete(self) -> None:
        """Go on with what came behind the request, if anything did."""
        super().on_response_complete()
        self._note()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _note(self) -> None:
        """Note whether more of a request is to come."""
        theirs = self.conn.their_state
        awaits_more = theirs is h11.SEND_BODY or (theirs is h11.IDLE and bool(self.conn.trailing_data[0]))
        if awaits_more and not self._is_half_sent:
            self._expect()
        self._is_half_sent = awaits_more

    def _expect(self) -> None:
        """From now on a request is to come."""
        self._is_half_sent, self._came = True, 0
        self._began = self._latest = self.loop.time()

    def _look(self) -> None:
        """End the connection where the rest of a request has been waited for too long."""
        if self.transport.is_closing():
            return
        now = self.loop.time()
        if self.flow.read_paused:  # it is this end that does not take what came
            self._began = self._latest = now
        overdue = now > min(self._latest + PATIENCE, self._began + PATIENCE + self._came / SLOWEST)
        if self._is_half_sent and overdue:
            self._end(_TOO_SLOW)
        else:
            self._timer = self.loop.call_later(PATIENCE / 30, self._look)

    def _end(self, refusal: Refusal) -> None:
        """Say why, unless an answer is under way or was given, and close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
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
        self.transport.close()
        self.connections.discard(self)  # so that the next one finds room
