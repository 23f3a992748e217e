"""Run of the sandbox: as a child of the program, which it never outlives, or alone on a port of the user's choice."""

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
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.worker import give_up
from iprescribe_tui.sandbox.api.announcement import announce, end_with_parent
from iprescribe_tui.sandbox.api.doors import Doors, open_doors, shared_words
from iprescribe_tui.sandbox.api.listening import is_local
from iprescribe_tui.sandbox.api.storage import trouble_of
from iprescribe_tui.sandbox.api.tls import TlsFilesError
from iprescribe_tui.sandbox.api.uvicorn_server import SandboxServer
from iprescribe_tui.sandbox.domain.backend import Backend, Samples
from iprescribe_tui.sandbox.domain.outbox import smtp_mailer
from iprescribe_tui.sandbox.domain.registry import Registry
from iprescribe_tui.sandbox.store.database import Store, UtcClock
from iprescribe_tui.sandbox.store.fitness import (
    DatabaseUnfitError,
    close_to_readers,
    demand_fit,
    set_unfit_aside,
    unreadable_in,
)
from iprescribe_tui.sandbox.store.keys import ServerKey, ServerKeyDamagedError, ServerKeyForeignError
from iprescribe_tui.sandbox.store.memory_key import drawn_key, memory_key_beside
from iprescribe_tui.sandbox.store.tables import KeyFingerprint
from iprescribe_tui.system.private_files import advice_for, cause_of, make_private

_TURN: Final = 0.0005
"""Seconds between thread switches. A thread that changes the database waits that long at each of its statements while
many requests are read; with Python's 5 ms, others queue up behind it."""


def utc_now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def backend_in(
    folder: Path,
    url: str,
    *,
    phone_url: str = "",
    clock: UtcClock = utc_now,
    database: str | None = None,
    proofing: Literal["native", "hosted"] = "native",
    smtp: str | None = None,
    local: bool = True,
    names_folder: bool = False,
    passing: bool = False,
) -> Backend:
    """Return the sandbox that keeps its data in `folder`; `local` says that applicants are on this machine.

    `phone_url` is the base of the pages for phones, by default `url`. An unusable `sandbox.db` is set aside: see
    `notice`. `names_folder` lets clients know which folder cannot be written. With `passing`, the key in memory is new.
    Raises DatabaseUnfitError (`database`), ServerKeyDamagedError, ServerKeyForeignError, OSError, SQLAlchemyError.
    """
    make_private(folder)
    folder.chmod(0o700)  # it may exist with other permissions
    store, notice = _opened(folder, database, clock())
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
        memory_key=drawn_key() if passing else memory_key_beside(key),
    )


def _opened(folder: Path, database: str | None, now: datetime) -> tuple[Store, str]:
    """Return the database, and the notice about an unusable one in `folder`. Raises DatabaseUnfitError, OSError."""
    if database:
        demand_fit(database)
        return Store(database), close_to_readers(database)
    notice = set_unfit_aside(folder, now)
    return Store(f"sqlite:///{folder / 'sandbox.db'}"), notice


def _check_key(store: Store, key: ServerKey, folder: Path) -> None:
    """Raise ServerKeyForeignError if the database is shared with a process that has another key.

    Codes, links and locks of one would not hold for the other: attempts are counted under digests.
    """
    digest = key.digest("database", b"")

    def begun_with(db: Session) -> str:
        store.hold(db, "key_mark")
        mark = db.get(KeyFingerprint, 1)
        if mark is None:
            mark = KeyFingerprint(number=1, digest=digest)
            db.add(mark)
        return mark.digest

    if not hmac.compare_digest(store.writing(begun_with), digest):
        raise ServerKeyForeignError(
            f"its database was begun with another key than {folder / 'server.key'}. Start it with the state folder "
            "(--state-dir) with which the database was begun, copy server.key from there, or take another database."
        )


@dataclass(frozen=True)
class ServeOptions:
    """Options of a sandbox that runs by itself, or with `parent` as a child of the program.

    `share` is the address of a socket for the pages for phones, "" for this machine's in the local network, and
    `public_url` the base that phones are told instead. `sandbox_key` opens the outbox, and the key in memory is bound
    to it; without it, a random one opens the outbox. `tls_files` are certificate and key.
    """

    host: str
    port: int
    database: str | None = field(repr=False)  # its URL may hold a password
    parent: bool
    proofing: Literal["native", "hosted"]
    smtp: str | None
    folder: Path
    share: str | None
    public_url: str
    sandbox_key: str = field(repr=False)
    tls_files: tuple[Path, Path] | None


class _StartFailed(Exception):
    """Failure to start; the message continues "The sandbox cannot"."""


def serve(options: ServeOptions) -> int:
    """Run until told to stop, or with `parent` until stdin closes; return the exit code.

    Once it accepts connections, print where: JSON in one line for a parent, else text. Raises OSError if that fails.
    """
    os.umask(0o077)
    sys.setswitchinterval(_TURN)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    parent, key = options.parent, options.sandbox_key or secrets.token_urlsafe(24)
    with ExitStack() as sockets:
        try:
            doors = _doors_of(options, sockets)
            backend, server = _server_at(doors, options, key)
        except _StartFailed as failed:
            return _cannot(str(failed), parent)
        tempfile.tempdir = str(options.folder)  # folder of large photos from phones while they arrive
        print(*map(plain, doors.warnings), sep="\n", end="\n" if doors.warnings else "", file=sys.stderr, flush=True)
        if parent:
            threading.Thread(target=end_with_parent, args=(server,), name="parent", daemon=True).start()
        shown_key = key if parent or not options.sandbox_key else "that its file holds"
        words, notice = shared_words(doors, backend.phone_url), plain(backend.notice)
        announcing = (server, doors.url, shown_key, parent, words, notice)
        threading.Thread(target=announce, args=announcing, name="announcement", daemon=True).start()
        asyncio.run(_run(server, doors.listener))
    backend.store.close()
    if server.unheard:
        raise server.unheard
    return 0


def _doors_of(options: ServeOptions, sockets: ExitStack) -> Doors:
    """Open the sockets, to be closed by `sockets`. Raises _StartFailed."""
    host, port, share = options.host, options.port, options.share
    try:
        return open_doors(sockets, host, port, share, options.tls_files)
    except TlsFilesError as failed:
        raise _StartFailed(f"use TLS: {failed}.") from failed
    except (OSError, OverflowError) as failed:
        where = f"{host} port {port}" + ("" if share is None else f", and for phones at {share or 'its address'}")
        raise _StartFailed(f"listen on {where}: {failed}. Choose another port or address.") from failed


def _server_at(doors: Doors, options: ServeOptions, key: str) -> tuple[Backend, SandboxServer]:
    """Return the sandbox, and the server that answers at `doors`. Raises _StartFailed."""
    local, folder, database = is_local(doors.listener), options.folder, options.database
    try:
        backend = backend_in(
            folder,
            doors.url,
            phone_url=options.public_url or doors.phone_url,
            database=database,
            proofing=options.proofing,
            smtp=options.smtp,
            local=local,
            names_folder=local and options.share is None and not options.public_url,
        )
        if options.sandbox_key:
            backend = replace(backend, memory_key=backend.key.bound_to(options.sandbox_key))
        return backend, SandboxServer(backend, key, doors.phones, doors.tls)
    except (ServerKeyDamagedError, ServerKeyForeignError) as failed:
        raise _StartFailed(f"start: {failed}") from failed
    except DatabaseUnfitError as failed:
        raise _StartFailed(f"use its database: {failed}") from failed
    except (OSError, SQLAlchemyError, sqlite3.Error, ImportError) as failed:
        why = _why(failed, folder, database)
        raise _StartFailed(f"open its database, or its folder {folder}: {why}.") from failed


async def _run(server: SandboxServer, listener: socket.socket) -> None:
    """Run until told to stop; a photo that is still being decoded then is given up."""
    try:
        await server.serve(sockets=[listener])
    finally:
        give_up()


def _why(failed: Exception, folder: Path, database: str | None) -> str:
    """Return the cause of a failure, without a message that may hold a URL with a password."""
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
    """Print why the sandbox cannot start, for a parent on stdout too, in case the log cannot be written; return 1."""
    message = plain(f"The sandbox cannot {what}")
    if parent:
        print(json.dumps({"failed": message}), flush=True)
    print(message, file=sys.stderr)
    return 1
