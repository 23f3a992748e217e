"""Connections that are not encrypted yet: so many at once, each for a few seconds."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

MOST: Final = 100
"""How many connections may be about to be encrypted; one more ends the one that has been at it for longest."""

PATIENCE: Final = 10.0
"""Seconds within which a connection must be encrypted."""

UnderWay = dict[asyncio.Transport, None]
"""Connections in the order in which they came."""


class Handshake(asyncio.Protocol):
    """Encrypts a connection, and then hands it over to the protocol that `make` returns.

    asyncio itself bounds the time alone: whoever opened many connections and said nothing would use up all open files.
    """

    def __init__(self, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext, under_way: UnderWay) -> None:
        self._make, self._tls, self._under_way = make, tls, under_way
        self._early = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it reads and writes
        """Begin; end the oldest where there are too many."""
        transport.pause_reading()
        self._under_way[transport] = None
        if len(self._under_way) > MOST:
            oldest = next(iter(self._under_way))
            del self._under_way[oldest]
            oldest.abort()
        self._task = asyncio.get_running_loop().create_task(self._encrypt(transport))

    def data_received(self, data: bytes) -> None:
        """Keep what comes right behind the handshake."""
        self._early += data

    async def _encrypt(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(transport, self, self._tls, server_side=True, ssl_handshake_timeout=PATIENCE)
        except OSError:  # of which those of TLS, of time and of a connection that is gone are some
            secured = None
        finally:
            self._under_way.pop(transport, None)
        if secured is None or secured.is_closing():
            transport.abort()
            return
        protocol = self._make()
        secured.set_protocol(protocol)
        protocol.connection_made(secured)
        if self._early:
            protocol.data_received(self._early)
