"""Sandbox of one walk: a real server in this process, in its own folder, with a clock that can be moved."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

from pydantic import SecretStr

from iprescribe_tui.client import BackendAddress
from iprescribe_tui.sandbox.api.listening import bound
from iprescribe_tui.sandbox.api.serve import backend_in
from iprescribe_tui.sandbox.api.uvicorn_server import SandboxServer

STARTS_WITHIN = 20.0
"""Seconds for the server to start."""


@dataclass
class MovableClock:
    """Clock ahead of the real time by `ahead`."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """Return the clock's time, in UTC."""
        return datetime.now(UTC) + self.ahead

    def move_to(self, moment: datetime) -> None:
        """Move the clock forward to `moment`, unless it is past that already."""
        self.ahead += max(timedelta(), moment - self())


@dataclass(frozen=True)
class OwnSandbox:
    """Address of a running sandbox, and its clock."""

    address: BackendAddress
    clock: MovableClock


@contextmanager
def own_sandbox(folder: Path) -> Iterator[OwnSandbox]:
    """Run a sandbox during the block, with its files in `folder`. Raises `TimeoutError` if it does not start."""
    clock = MovableClock()
    listener, url = bound("127.0.0.1", 0)
    with listener:
        backend = backend_in(folder, url, clock=clock, passing=True)
        key = token_urlsafe(24)
        server = SandboxServer(backend, key)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), name="sandbox", daemon=True
        )
        thread.start()
        try:
            if not server.listening.wait(STARTS_WITHIN):
                raise TimeoutError("the sandbox did not come up")
            yield OwnSandbox(BackendAddress(url, SecretStr(key)), clock)
        finally:
            server.should_exit = True
            thread.join(STARTS_WITHIN)
            backend.store.close()
