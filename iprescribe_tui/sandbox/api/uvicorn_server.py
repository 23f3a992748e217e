"""Server of the sandbox: accepts connections, does housekeeping, and answers waiting calls before it stops."""

import asyncio
import socket
import ssl
import threading
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI

from iprescribe_tui.sandbox.api.connections import BoundedConnection
from iprescribe_tui.sandbox.api.handshakes import Handshake, UnderWay
from iprescribe_tui.sandbox.api.listening import WAITING
from iprescribe_tui.sandbox.api.server import create_app, create_phone_app
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.housekeeping import Housekeeping
from iprescribe_tui.sandbox.domain.restart import end_unreadable

GRACE: Final = 1
"""Seconds for requests in progress once the sandbox is told to stop."""
AT_A_TIME: Final = 16
"""New connections accepted before surplus ones are ended: more would use up all open files."""


class SandboxServer(uvicorn.Server):
    """Server that ends waiting calls when it stops, and tells when it accepts connections.

    The sockets that `serve` is given have everything, `phones` only the pages for phones.
    """

    def __init__(
        self,
        backend: Backend,
        sandbox_key: str,
        phones: socket.socket | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        app = create_app(backend, sandbox_key)
        backend.transact(lambda db: end_unreadable(backend, db))
        super().__init__(_config(app))
        self.listening = threading.Event()
        self.unheard: OSError | None = None
        self._tls = tls
        self._encrypting: UnderWay = {}
        self._shared = [(phones, _config(create_phone_app(backend)))] if phones else []
        self._changes = backend.changes
        self._housekeeping = Housekeeping(backend)
        self._tidying: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections; the listening socket decides what they can ask for."""
        await super().startup([])
        for listener, config in (*((each, self.config) for each in sockets or ()), *self._shared):
            made = partial(BoundedConnection, config, self.server_state, {})
            server = await asyncio.get_running_loop().create_server(
                partial(Handshake, made, self._tls, self._encrypting) if self._tls else made,
                sock=listener,
                backlog=AT_A_TIME,
            )
            self.servers.append(server)
            listener.listen(WAITING)  # asyncio's backlog also sets how many are accepted at once
        self.listening.set()

    async def on_tick(self, counter: int) -> bool:
        """Tidy up if it is time, ten times a second; return whether to stop."""
        if self._housekeeping.is_due():
            self._tidying = asyncio.get_running_loop().run_in_executor(None, self._housekeeping.run)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; answer waiting calls first."""
        self._changes.end()
        await super().shutdown(sockets)


def _config(app: FastAPI) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    config.load()
    return config
