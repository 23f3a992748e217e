"""Runs the sandbox: as a child of the program, which it never outlives, or alone on a port that one chooses."""

import asyncio
import json
import logging
import os
import secrets
import socket
import sys
import threading
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

import uvicorn
from platformdirs import user_state_path
from sqlalchemy.exc import SQLAlchemyError

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.sandbox.backend import Backend, Samples
from iprescribe_tui.sandbox.keys import ServerKey, ServerKeyDamagedError
from iprescribe_tui.sandbox.outbox import smtp_mailer
from iprescribe_tui.sandbox.registry import Registry
from iprescribe_tui.sandbox.server import create_app
from iprescribe_tui.sandbox.store import Clock, Store

GRACE: Final = 1
"""Seconds that requests under way have once the sandbox is told to stop."""


class SandboxServer(uvicorn.Server):
    """A server that ends the calls that wait for news when it stops, and says when it accepts connections."""

    def __init__(self, backend: Backend, sandbox_key: str) -> None:
        app = create_app(backend, sandbox_key)
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self.listening = threading.Event()
        self._stopping = app.state.stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; whoever waits is answered first."""
        self._stopping.set()
        await super().shutdown(sockets)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket and the URL under which it is reached. Raises OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, for else asyncio does not turn Nagle's algorithm off, and each answer takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def backend_in(
    folder: Path,
    url: str,
    *,
    phone_url: str = "",
    clock: Clock = utc_now,
    database: str | None = None,
    proofing: Literal["native", "hosted"] = "native",
    smtp: str | None = None,
    local: bool = True,
) -> Backend:
    """The sandbox that keeps its things in `folder`; `local` says that applicants are on this machine.

    `phone_url` is where a phone finds the pages for it, where that is not `url`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Backend(
        store=Store(database or f"sqlite:///{folder / 'sandbox.db'}"),
        key=ServerKey.load(folder / "server.key"),
        registry=Registry(),
        clock=clock,
        folder=folder,
        public_url=url,
        phone_url=phone_url or url,
        proofing=proofing,
        samples=Samples(folder / "samples" if local else None),
        mail=smtp_mailer(smtp) if smtp else None,
    )


def serve(
    *,
    host: str,
    port: int,
    database: str | None,
    parent: bool,
    proofing: Literal["native", "hosted"],
    smtp: str | None,
    folder: Path | None = None,
) -> int:
    """Run until told to stop, or with `parent` until stdin closes; returns the exit code.

    `folder` is where it keeps its things, by default `sandbox` in the user's state folder.

    Prints one line once it accepts connections: as JSON for a parent, as words for a person.
    """
    os.umask(0o077)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    folder = folder or user_state_path("iprescribe-tui", appauthor=False) / "sandbox"
    try:
        listener, url = bound(host, port)
    except (OSError, OverflowError) as failed:
        return _cannot(f"listen on {host} port {port}: {failed}. Choose another port.")
    key = secrets.token_urlsafe(24)
    try:
        backend = backend_in(folder, url, database=database, proofing=proofing, smtp=smtp, local=is_loopback(host))
    except ServerKeyDamagedError as failed:
        return _cannot(f"start: {failed}")
    except (OSError, SQLAlchemyError, ImportError) as failed:
        return _cannot(f"open its database or its folder {folder} ({type(failed).__name__}).")
    server = SandboxServer(backend, key)
    if parent:
        threading.Thread(target=_end_with_parent, args=(server,), name="parent", daemon=True).start()
    threading.Thread(target=_announce, args=(server, url, key, parent), name="announcement", daemon=True).start()
    with listener:
        asyncio.run(server.serve(sockets=[listener]))
    backend.store.close()
    return 0


def _cannot(what: str) -> int:
    print(plain(f"The sandbox cannot {what}"), file=sys.stderr)
    return 1


def _end_with_parent(server: SandboxServer) -> None:
    """Wait for stdin to close, which it does whatever way the parent ends."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def _announce(server: SandboxServer, url: str, key: str, parent: bool) -> None:
    server.listening.wait()
    if parent:
        print(json.dumps({"url": url, "key": key}), flush=True)
    else:
        print(f"The sandbox listens on {url}", f"Its messages: {url}/outbox, with the key {key}", sep="\n", flush=True)
