"""Stages of the way to a backend, tested one by one for a report on its failure; they only ask questions.

They block for up to the seconds given, and are not for an event loop. Trust and decoding are those of the client's own
calls; `hear` also uses their proxy.
"""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iprescribe_tui.client.calls import BackendAddress, Call
from iprescribe_tui.client.clock import moment
from iprescribe_tui.client.compatibility import service_in
from iprescribe_tui.client.session import version
from iprescribe_tui.client.transport import Transport
from iprescribe_tui.client.trust import certificate_advice, certificate_trouble, trusted
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.system.settings import Settings

# Validity in a certificate's DER: a sequence of two times (RFC 5280 §4.1.2.5), each in one of two forms.
_TIME = rb"(?:\x17\x0d([0-9]{12})Z|\x18\x0f([0-9]{14})Z)"
_VALIDITY = re.compile(rb"\x30[\x1e-\x22]" + _TIME + _TIME)


@dataclass(frozen=True)
class Certificate:
    """A server's certificate: `trouble` says why it is not trusted, or ""; `until` is None if unreadable."""

    trouble: str = ""
    advice: str = ""
    until: datetime | None = None
    issuer: str = ""


@dataclass(frozen=True)
class Heard:
    """A service document, the seconds that it took, and by how many the backend's clock is ahead (None if unknown)."""

    service: ServiceDocument
    seconds: float
    ahead: float | None


def addresses(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of `host`. Raises OSError, UnicodeError. Takes as long as the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(where[0]) for *_, where in found))


def connected(host: str, port: int, seconds: float) -> float:
    """Return the seconds that a connection took. Raises OSError, including TimeoutError."""
    began = time.monotonic()
    with socket.create_connection((host, port), seconds):
        return time.monotonic() - began


def certificate(host: str, port: int, settings: Settings, seconds: float) -> Certificate:
    """Return the certificate of `host`, and whether it is trusted. Raises OSError, BackendUntrusted."""
    try:
        with _handshake(host, port, trusted(settings), seconds) as secured:
            return Certificate("", "", _until(secured), _issuer(secured))
    except ssl.SSLCertVerificationError as error:
        trouble = certificate_trouble(error)
        advice = certificate_advice(error, bundled=settings.ca_bundle is not None)
    except ssl.SSLError:
        return Certificate("it does not speak TLS as it should")
    # Python does not show an untrusted certificate: connect once more to read it, and send nothing.
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname = False  # nosemgrep: tls-is-verified - it only looks at the certificate, and sends nothing
    anything.verify_mode = ssl.CERT_NONE  # nosemgrep: tls-is-verified - as above
    with suppress(OSError), _handshake(host, port, anything, seconds) as secured:
        return Certificate(trouble, advice, _until(secured))
    return Certificate(trouble, advice)


def hear(settings: Settings, address: Callable[[], Awaitable[BackendAddress]], seconds: float) -> Heard:
    """Ask for the service document twice, and time the second response. Raises BackendError."""
    return asyncio.run(_hear(settings, address, seconds))


async def _hear(settings: Settings, address: Callable[[], Awaitable[BackendAddress]], seconds: float) -> Heard:
    transport = Transport(settings, version())
    try:
        call = Call("GET", "service", seconds, retries=0)
        service = service_in(await transport.send(call, address))
        began = time.monotonic()
        response = await transport.send(call, address)
        took = time.monotonic() - began
        return Heard(service, took, _ahead(response.date, time.time() - took / 2))
    finally:
        await transport.close()


def _handshake(host: str, port: int, context: ssl.SSLContext, seconds: float) -> ssl.SSLSocket:
    plain = socket.create_connection((host, port), seconds)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _until(secured: ssl.SSLSocket) -> datetime | None:
    """Return the end of the certificate's validity, read from its bytes, since Python parses only trusted ones."""
    match = _VALIDITY.search(secured.getpeercert(binary_form=True) or b"")
    if match is None:
        return None
    short, long = match[3], match[4]
    digits = (long or (b"19" if short >= b"50" else b"20") + short).decode()
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _issuer(secured: ssl.SSLSocket) -> str:
    """Return the issuer of a trusted certificate, or "" if Python does not know it: the system checks certificates."""
    shown: Mapping[str, Any] = secured.getpeercert() or {}
    parts = {key: value for group in shown.get("issuer", ()) for key, value in group}
    return str(parts.get("organizationName") or parts.get("commonName") or "")


def _ahead(date: str, now: float) -> float | None:
    """Return the seconds by which the `Date` of a response is ahead of `now` (seconds since 1970)."""
    backend_time = moment(date)
    return backend_time.timestamp() - now if backend_time else None
