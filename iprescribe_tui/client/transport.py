"""HTTP exchanges with the backend: one deadline for all tries, bounded responses, careful retries.

Importing this module imports httpx; `session` does so in a thread, at the first call.
"""

import asyncio
import logging
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

import httpx

from iprescribe_tui.client.calls import BackendAddress, Call
from iprescribe_tui.client.clock import retry_after
from iprescribe_tui.client.decode import Response, is_verdict
from iprescribe_tui.client.errors import (
    BackendError,
    BackendTimeout,
    BackendUnreachable,
    BackendUntrusted,
    NotOurBackend,
    UnexpectedAnswer,
)
from iprescribe_tui.client.proxies import ProxyInUse, proxy_for
from iprescribe_tui.client.trust import certificate_advice, certificate_trouble, trusted
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.host_names import is_loopback
from iprescribe_tui.system.settings import Settings

MAX_BODY = 1024 * 1024
"""Maximum bytes of a response's body, decompressed."""

BACKOFF = 0.3
"""Seconds of the first pause between two tries, give or take half; each further one is twice as long."""

LONGEST_BACKOFF = 2.0
"""Maximum seconds of that pause, give or take half."""

LONGEST_PAUSE = 10.0
"""Maximum seconds of a `Retry-After` that is waited for; a longer one is left to the applicant."""

UNSENT = 64 * 1024
"""Maximum bytes that wait in the system to be sent: all other bytes reported as sent have left this machine."""

STALLS = 3
"""Maximum tries that time out, however many are allowed for a connection that breaks."""

_random = SystemRandom()


class _Retryable(Exception):
    """A failed try that is worth repeating; `error` is raised, or `response` returned, if no try is left."""

    def __init__(self, error: BackendError | None, response: Response | None = None) -> None:
        super().__init__()
        self.error = error
        self.response = response


class Transport:
    """The HTTP connections. Created off the event loop, since reading the trust store is slow."""

    def __init__(self, settings: Settings, version: str) -> None:
        """Read the trust store. Raises BackendUntrusted (the CA bundle cannot be used)."""
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._connect_timeout = settings.timeout / 3  # leaves time for two more tries within the usual deadline
        self._agent = f"iprescribe-tui/{version}"
        self._trusted = trusted(settings)
        self._bundled = settings.ca_bundle is not None
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._proxy: ProxyInUse | None = None

    def _http(self, url: str, *, local: bool) -> httpx.AsyncClient:
        """Return the connections to this machine itself, or to others by the proxy that leads there.

        Raises BackendUnreachable (that proxy cannot be used).
        """
        if local not in self._clients:
            if not local:
                self._proxy = proxy_for(url)
            self._clients[local] = self._made(None if local else self._proxy)
        return self._clients[local]

    def _made(self, proxy: ProxyInUse | None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._trusted,
            trust_env=False,
            proxy=self._way_by(proxy) if proxy else None,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=self._connect_timeout),
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "User-Agent": self._agent,
                "Accept": "application/json, application/problem+json",
                "Accept-Encoding": "gzip",
            },
        )

    def _way_by(self, proxy: ProxyInUse) -> httpx.Proxy:
        """Return the proxy for httpx; one that speaks TLS is verified as a backend is."""
        return httpx.Proxy(proxy.url, ssl_context=self._trusted if proxy.url.startswith("https:") else None)

    async def close(self) -> None:
        """Close all connections."""
        for http in self._clients.values():
            await http.aclose()

    async def send(self, call: Call, address: Callable[[], Awaitable[BackendAddress]]) -> Response:
        """Return the response to `call`, of any status but a redirect; try again if that may help.

        `address` is called before each try, since the program's own sandbox may have moved. Raises BackendError.
        """
        host = "The backend"
        loop = asyncio.get_running_loop()
        end = loop.time() + call.deadline
        retryable = _Retryable(None)
        try:
            async with asyncio.timeout_at(end):
                stalls = 0
                for attempt in range(call.retries + 1):
                    where = await address()
                    host = plain(urlsplit(where.url).netloc)
                    try:
                        return await self._try(call, where, host)
                    except _Retryable as failed:
                        retryable = failed
                    pause = _pause(attempt, retryable.response)
                    stalls += isinstance(retryable.error, BackendTimeout)
                    if attempt == call.retries or stalls == STALLS or pause is None or loop.time() + pause >= end:
                        break
                    await asyncio.sleep(pause)
        except TimeoutError:
            retryable = _Retryable(BackendTimeout(host, call.deadline))
        if retryable.response is not None:
            return retryable.response
        raise retryable.error or BackendTimeout(host, call.deadline)

    async def _try(self, call: Call, where: BackendAddress, host: str) -> Response:
        """Make one exchange. Raises _Retryable, or a BackendError that another try would not change."""
        parts = urlsplit(where.url)
        local = is_loopback(parts.hostname or "")
        if parts.scheme != "https" and not local:
            raise BackendUntrusted(
                host, "plain http would send passwords in the open; it is only for this machine itself"
            )
        try:
            response = await self._exchange(self._http(where.url, local=local), call, where, host)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            proxy = "" if local or not self._proxy else self._proxy.source
            failed = _to_backend_error(error, host, call.stall or call.deadline, proxy, bundled=self._bundled)
        else:
            if _is_transient(response):
                raise _Retryable(None, response)
            return response
        raise failed

    async def _exchange(self, http: httpx.AsyncClient, call: Call, where: BackendAddress, host: str) -> Response:
        headers = dict(call.headers)
        if call.bearer is not None:
            headers["Authorization"] = f"Bearer {call.bearer.get_secret_value()}"
        if call.for_sandbox and where.sandbox_key is not None:
            headers["Sandbox-Key"] = where.sandbox_key.get_secret_value()
        request = http.build_request(
            call.method,
            f"{where.url}/v1/{call.path}",
            headers=headers,
            content=call.content() if call.content else None,
            timeout=httpx.Timeout(call.stall, connect=self._connect_timeout),
            extensions={"trace": _hold_little_back},
        )
        response = await http.send(request, stream=True)
        try:
            if 300 <= response.status_code < 400 and response.status_code != 304:
                raise NotOurBackend(host, f"sends on to {_target(response)}, which this program does not follow")
            body = await _read_capped(response, host)
        finally:
            await response.aclose()
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        date = response.headers.get("date", "")
        pause = retry_after(response.headers.get("retry-after", ""), date)
        return Response(host, response.status_code, media, body, pause, date)


def _is_transient(response: Response) -> bool:
    """Return True if the request arrived incomplete (408), or is refused for now (429 on the way, 502 to 504)."""
    if response.status == 429:
        return response.media != "application/problem+json"
    return response.status == 408 or (response.status in (502, 503, 504) and not is_verdict(response))


async def _hold_little_back(event: str, info: Mapping[str, Any]) -> None:
    """Let the system buffer at most UNSENT bytes of a new connection, if it supports that (Linux, macOS)."""
    if event == "connection.connect_tcp.complete" and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        connection = info["return_value"].get_extra_info("socket")
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)


async def _read_capped(response: httpx.Response, host: str) -> bytes:
    """Return the body, decompressed piece by piece, up to MAX_BODY. Raises UnexpectedAnswer (longer, or damaged)."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise UnexpectedAnswer(host, "it is compressed in a way that was not asked for")
    inflate = zlib.decompressobj(wbits=31) if coding.endswith("gzip") else None
    body = bytearray()
    broken = False
    async for piece in response.aiter_raw():
        try:
            body += inflate.decompress(piece, MAX_BODY + 1 - len(body)) if inflate else piece
        except zlib.error:
            broken = True
        if broken or len(body) > MAX_BODY:
            break
    if len(body) > MAX_BODY:
        raise UnexpectedAnswer(host, "it is longer than 1 MiB")
    if broken or (inflate and body and (not inflate.eof or inflate.unused_data)):
        raise UnexpectedAnswer(host, "its compression is damaged")
    return bytes(body)


def _target(response: httpx.Response) -> str:
    """Return the host that a redirect names, and nothing else of it."""
    try:
        host = urlsplit(response.headers.get("location", "")[:2000]).hostname
    except ValueError:
        host = None
    return plain(host)[:100] if host else "another page"


def _pause(attempt: int, response: Response | None) -> float | None:
    """Return the seconds before the next try, or None if they are too many to wait without asking."""
    backoff = min(BACKOFF * 2.0**attempt, LONGEST_BACKOFF) * _random.uniform(0.5, 1.5)
    if response is None or response.retry_after is None:
        return backoff
    return response.retry_after + backoff if response.retry_after <= LONGEST_PAUSE else None


def _to_backend_error(
    error: Exception, host: str, deadline: float, proxy: str, *, bundled: bool
) -> BackendError | _Retryable:
    """Return the error for an exception of httpx or the system, as _Retryable if another try may help.

    `proxy` is the name of the setting for the proxy on the way, or ""; `bundled` is True if --ca-bundle is in use.
    """
    causes = list(_causes(error))
    if certificate := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        return BackendUntrusted(
            host, certificate_trouble(certificate), certificate_advice(certificate, bundled=bundled)
        )
    if isinstance(error, httpx.ConnectError) and any(isinstance(cause, ssl.SSLError) for cause in causes):
        return BackendUntrusted(host, "it does not speak TLS as it should")
    if isinstance(error, httpx.TimeoutException):
        return _Retryable(BackendTimeout(host, deadline))
    if isinstance(error, httpx.ProxyError):
        return BackendUnreachable(host, f"the proxy that {proxy} names refuses to pass this on")
    if isinstance(error, httpx.RemoteProtocolError) and not _was_cut(error):
        return NotOurBackend(host, "does not speak HTTP")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError | UnicodeError):
        return BackendUnreachable(host, "its address cannot be used")
    by_proxy = proxy and isinstance(error, httpx.ConnectError)
    return _Retryable(BackendUnreachable(f"The proxy that {proxy} names" if by_proxy else host, _loss(causes)))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all its causes, through groups."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _was_cut(error: httpx.RemoteProtocolError) -> bool:
    """Return True if the connection ended in the middle of the response, or before it began."""
    return any(text in str(error) for text in ("disconnected", "closed connection"))


def _loss(causes: list[BaseException]) -> str:
    """Return a clause that says how a connection failed."""
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "no computer of that name is found"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "it refuses connections"
    if any(isinstance(cause, httpx.ConnectError) for cause in causes):
        return "no connection comes about"
    return "the connection was lost"
