"""Runs the sandbox: as a child of the program, which it never outlives, or alone on a port that one chooses."""

import asyncio
import hmac
import json
import logging
import os
import secrets
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

import uvicorn
from platformdirs import user_state_path
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from iprescribe_tui.disk import advice_for, cause_of
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.sandbox.backend import Backend, Samples
from iprescribe_tui.sandbox.connections import BoundedConnection
from iprescribe_tui.sandbox.fitness import DatabaseUnfitError, demand_fit, set_unfit_aside, unreadable_in
from iprescribe_tui.sandbox.housekeeping import Housekeeping
from iprescribe_tui.sandbox.keys import ServerKey, ServerKeyDamagedError, ServerKeyForeignError
from iprescribe_tui.sandbox.outbox import smtp_mailer
from iprescribe_tui.sandbox.registry import Registry
from iprescribe_tui.sandbox.server import OnlyPhones, create_app, create_phone_app
from iprescribe_tui.sandbox.storage import trouble_of
from iprescribe_tui.sandbox.store import Clock, Store
from iprescribe_tui.sandbox.tables import KeyMark

_TURN: Final = 0.0005
"""Seconds after which a thread that computes lets another go on: one that changes the database waits so long at each of
its statements while many requests are read, and with Python's 5 ms the others queue up behind it."""

GRACE: Final = 1
"""Seconds that requests under way have once the sandbox is told to stop."""

AT_A_TIME: Final = 16
"""How many new connections are taken before the ones that are too many are ended: more would use up all open files."""

WAITING: Final = 128
"""How many more new connections may wait to be taken."""


class SandboxServer(uvicorn.Server):
    """A server that ends the calls that wait for news when it stops, and says when it accepts connections.

    At the address `shared`, if any, it has the pages for phones and nothing else.
    """

    def __init__(self, backend: Backend, sandbox_key: str, shared: tuple[str, int] | None = None) -> None:
        app = create_app(backend, sandbox_key)
        super().__init__(
            uvicorn.Config(
                OnlyPhones(app, create_phone_app(backend), shared) if shared else app,
                http=BoundedConnection,
                backlog=AT_A_TIME,
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
        self.unheard: OSError | None = None
        self._stopping = app.state.stopping
        self._housekeeping = Housekeeping(backend)
        self._tidying: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(WAITING)  # asyncio lets as many wait as it takes at a time
        self.listening.set()

    async def on_tick(self, counter: int) -> bool:
        """Look around, ten times a second; return whether to stop."""
        if self._housekeeping.is_due():
            self._tidying = asyncio.get_running_loop().run_in_executor(None, self._housekeeping.run)
        return await super().on_tick(counter)

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
    listener.listen(WAITING)
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
    names_folder: bool = False,
) -> Backend:
    """The sandbox that keeps its things in `folder`; `local` says that applicants are on this machine.

    `phone_url` is where a phone finds the pages for it, where that is not `url`. A `sandbox.db` that this version
    cannot work with is set aside, which `notice` says; a `database` that was named is refused (DatabaseUnfitError).
    `names_folder` lets clients know which folder cannot be written to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # it may have been made by somebody who thought less of it
    notice = "" if database else set_unfit_aside(folder, clock())
    if database:
        demand_fit(database)
    store = Store(database or f"sqlite:///{folder / 'sandbox.db'}")
    key = ServerKey.load(folder / "server.key")
    _check_key(store, key, folder)
    return Backend(
        store=store,
        key=key,
        registry=Registry(),
        clock=clock,
        folder=folder,
        public_url=url,
        phone_url=phone_url or url,
        proofing=proofing,
        samples=Samples(folder / "samples" if local else None),
        mail=smtp_mailer(smtp) if smtp else None,
        notice=notice,
        names_folder=names_folder,
    )


def _check_key(store: Store, key: ServerKey, folder: Path) -> None:
    """Raise ServerKeyForeignError where a database is shared with a process that has another key.

    Neither codes and links nor locks of the one would hold for the other: tries are counted under digests.
    """
    digest = key.digest("database", b"")

    def begun_with(db: Session) -> str:
        store.hold(db, "key_mark")
        mark = db.get(KeyMark, 1)
        if mark is None:
            mark = KeyMark(number=1, digest=digest)
            db.add(mark)
        return mark.digest

    if not hmac.compare_digest(store.writing(begun_with), digest):
        raise ServerKeyForeignError(
            f"its database was begun with another key than {folder / 'server.key'}. Start it with the state folder "
            "(--state-dir) with which the database was begun, copy server.key from there, or take another database."
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
    share: str | None = None,
    public_url: str = "",
) -> int:
    """Run until told to stop, or with `parent` until stdin closes; returns the exit code.

    `folder` is where it keeps its things, by default `sandbox` in the user's state folder. `share` is the address at
    which phones reach their pages, "" for this machine's in the local network; `public_url` what they are told instead.

    Prints one line once it accepts connections: as JSON for a parent, as words for a person.
    """
    os.umask(0o077)
    sys.setswitchinterval(_TURN)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    folder = folder or user_state_path("iprescribe-tui", appauthor=False) / "sandbox"
    with ExitStack() as sockets:
        try:
            listener, url = bound(host, port)
            sockets.enter_context(listener)
            phones, phone_url = _for_phones(share, listener) if share is not None else (None, url)
            if phones:
                sockets.enter_context(phones)
        except (OSError, OverflowError) as failed:
            where = f"{host} port {port}" + ("" if share is None else f", and for phones at {share or 'its address'}")
            return _cannot(f"listen on {where}: {failed}. Choose another port or address.", parent)
        phone_url = public_url or phone_url
        key = secrets.token_urlsafe(24)
        local = is_loopback(host)
        try:
            backend = backend_in(
                folder,
                url,
                phone_url=phone_url,
                database=database,
                proofing=proofing,
                smtp=smtp,
                local=local,
                names_folder=local and share is None and not public_url,
            )
            server = SandboxServer(backend, key, phones.getsockname()[:2] if phones else None)
        except (ServerKeyDamagedError, ServerKeyForeignError) as failed:
            return _cannot(f"start: {failed}", parent)
        except DatabaseUnfitError as failed:
            return _cannot(f"use its database: {failed}", parent)
        except (OSError, SQLAlchemyError, sqlite3.Error, ImportError) as failed:
            return _cannot(f"open its database, or its folder {folder}: {_why(failed, folder, database)}.", parent)
        tempfile.tempdir = str(folder)  # where a large photo from a phone lies while it comes in
        if parent:
            threading.Thread(target=_end_with_parent, args=(server,), name="parent", daemon=True).start()
        more = [_SHARED.format(url=phone_url)] if phones else []
        announcing = (server, url, key, parent, more, plain(backend.notice))
        threading.Thread(target=_announce, args=announcing, name="announcement", daemon=True).start()
        asyncio.run(server.serve(sockets=[listener, phones] if phones else [listener]))
    backend.store.close()
    if server.unheard:
        raise server.unheard
    return 0


_SHARED: Final = (
    "Phones reach their pages, and nothing else, at {url}\n"
    "Anybody in this network who has a link that a terminal shows can send photos to it, and on the way photos can be "
    "read: use made-up pictures."
)


def _for_phones(address: str, listener: socket.socket) -> tuple[socket.socket, str]:
    """A listener for the pages for phones, at the same port where that is free; raises OSError."""
    host = address or lan_address()
    try:
        return bound(host, listener.getsockname()[1])
    except OSError:
        return bound(host, 0)


def lan_address() -> str:
    """This machine's address in the local network; raises OSError where it has none."""
    # Nothing is sent: a datagram socket that is connected only knows from where it would send.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
    return address


def _why(failed: Exception, folder: Path, database: str | None) -> str:
    """Return what a failure means, without its message where that may hold a URL with a password."""
    if closed := unreadable_in(folder):
        return f"{closed} cannot be read. Give yourself the right to (chmod u+rw {closed}), and start again"
    if trouble := trouble_of(failed, folder, None if database else folder / "sandbox.db"):
        return f"{cause_of(trouble.cause)}. {advice_for(trouble.cause)}"
    if isinstance(failed, OSError):
        return failed.strerror or "it cannot be read or written"
    if isinstance(failed, ImportError):
        return "the driver for this kind of database is not installed"
    if isinstance(failed, ArgumentError):
        return "what --database says is no URL of a database"
    cause = getattr(failed, "orig", failed)
    if isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
        return "another program keeps the database locked. Close that program, and start again"
    return str(cause) if isinstance(cause, sqlite3.Error) else "the database server does not answer, or refuses"


def _cannot(what: str, parent: bool) -> int:
    """Say that it cannot start, and why: a parent hears it even where the log cannot be written."""
    says = plain(f"The sandbox cannot {what}")
    if parent:
        print(json.dumps({"failed": says}), flush=True)
    print(says, file=sys.stderr)
    return 1


def _end_with_parent(server: SandboxServer) -> None:
    """Wait for stdin to close, which it does whatever way the parent ends."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def _announce(server: SandboxServer, url: str, key: str, parent: bool, more: Sequence[str], notice: str) -> None:
    """Say where the sandbox is once it listens; end it where that cannot be written, since nobody could find it."""
    server.listening.wait()
    try:
        _say_where(url, key, parent, more, notice)
    except BrokenPipeError:
        pass  # the reader has enough
    except OSError as failed:
        server.unheard = failed
        server.should_exit = True


def _say_where(url: str, key: str, parent: bool, more: Sequence[str], notice: str) -> None:
    if parent:
        print(json.dumps({"url": url, "key": key} | ({"notice": notice} if notice else {})), flush=True)
    else:
        lines = (
            *filter(None, (notice,)),
            f"The sandbox listens on {url}",
            f"Its messages: {url}/outbox, with the key {key}",
            *more,
        )
        print(*lines, sep="\n", flush=True)
