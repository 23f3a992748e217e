"""Connections during their TLS handshake, limited in number and time."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

MOST: Final = 100
"""Most connections in a handshake; one more ends the oldest."""

PATIENCE: Final = 10.0
"""Seconds for a handshake."""

UnderWay = dict[asyncio.Transport, None]
"""Connections in a handshake, in order of arrival."""


class Handshake(asyncio.Protocol):
    """TLS handshake of a connection, which is then handed to the protocol that `make` returns.

    asyncio limits only the time: a client with many silent connections would use up all open files.
    """

    def __init__(self, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext, under_way: UnderWay) -> None:
        self._make, self._tls, self._under_way = make, tls, under_way
        self._early = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it reads and writes
        """Start the handshake; end the oldest one if there are too many."""
        transport.pause_reading()
        self._under_way[transport] = None
        if len(self._under_way) > MOST:
            oldest = next(iter(self._under_way))
            del self._under_way[oldest]
            oldest.abort()
        self._task = asyncio.get_running_loop().create_task(self._encrypt(transport))

    def data_received(self, data: bytes) -> None:
        """Keep data that comes right after the handshake."""
        self._early += data

    async def _encrypt(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(transport, self, self._tls, server_side=True, ssl_handshake_timeout=PATIENCE)
        except OSError:  # includes TLS errors, time-outs and lost connections
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
