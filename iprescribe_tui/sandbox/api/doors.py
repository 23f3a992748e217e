"""Sockets that the sandbox opens, with or without TLS, and the text about them."""

import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iprescribe_tui.sandbox.api.listening import bound, for_phones, warning_of
from iprescribe_tui.sandbox.api.tls import context_of
from iprescribe_tui.sandbox.api.tls import warning_of as key_warning_of


@dataclass(frozen=True)
class Doors:
    """Listening sockets, their URLs and TLS context, and warnings for the person who starts the sandbox."""

    listener: socket.socket
    url: str
    phones: socket.socket | None
    phone_url: str
    tls: ssl.SSLContext | None
    warnings: tuple[str, ...]


def open_doors(
    sockets: ExitStack, host: str, port: int, share: str | None, tls_files: tuple[Path, Path] | None
) -> Doors:
    """Open the sockets, to be closed by `sockets`. Raises OSError, OverflowError, TlsFilesError."""
    tls = tls_files and context_of(*tls_files)
    scheme = "https" if tls else "http"
    listener, url = bound(host, port, scheme)
    sockets.enter_context(listener)
    phones, phone_url = for_phones(share, listener.getsockname()[1], scheme) if share is not None else (None, url)
    if phones:
        sockets.enter_context(phones)
    warnings = (warning_of(listener, scheme), key_warning_of(tls_files[1]) if tls_files else "")
    return Doors(listener, url, phones, phone_url, tls, tuple(filter(None, warnings)))


_SHARED: Final = (
    "Phones reach their pages at {url}, where nothing else is served.",
    "Anyone who can reach it and has a link that a terminal shows can send photos to it.",
)
_SHARED_OPENLY: Final = "On the way photos can be read: use made-up pictures."


def shared_words(doors: Doors, phone_url: str) -> list[str]:
    """Return the lines that announce the pages for phones; none if these have no socket of their own."""
    if not doors.phones:
        return []
    return [line.format(url=phone_url) for line in (*_SHARED, *(() if doors.tls else (_SHARED_OPENLY,)))]
