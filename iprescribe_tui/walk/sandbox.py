"""A walk's own sandbox: a real server in this process, in a folder of its own, on whose clock nobody waits."""

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
from iprescribe_tui.sandbox.listening import bound
from iprescribe_tui.sandbox.serve import SandboxServer, backend_in

STARTS_WITHIN = 20.0
"""Seconds that the server may take until it accepts connections."""


@dataclass
class Clock:
    """The time, and what was added to it."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """The time now."""
        return datetime.now(UTC) + self.ahead

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` at least."""
        self.ahead += max(timedelta(), moment - self())


@dataclass(frozen=True)
class OwnSandbox:
    """Where it is, and its clock."""

    address: BackendAddress
    clock: Clock


@contextmanager
def own_sandbox(folder: Path) -> Iterator[OwnSandbox]:
    """A sandbox for as long as the block runs; what it keeps is in `folder`."""
    clock = Clock()
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
