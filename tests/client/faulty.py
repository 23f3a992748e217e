"""Backends over real sockets that answer as a test says, byte for byte, and remember what they were sent."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from iprescribe_tui.client import BackendAddress, Client
from iprescribe_tui.journey.service_document import LISTS
from iprescribe_tui.journey.views import Tokens
from iprescribe_tui.system.settings import Settings

PLANTED = "planted-secret-7Q"

SERVICE: dict[str, Any] = {
    "name": "A backend",
    "environment": "sandbox",
    "identity_proofing": "native",
    "contract": 1,
    "codes": {"lifetime": 600, "resend_after": 10},
    "support": {"name": "Support"},
    "idme_help": {"name": "ID.me help"},
    "lists": {name: [{"value": "a", "label": "A"}] for name in LISTS},
}
TOKENS = {"access_token": f"access-{PLANTED}", "refresh_token": f"refresh-{PLANTED}", "expires_in": 600}


def view(step: str = "npi", revision: int = 1, **more: Any) -> dict[str, Any]:
    """A view as it travels."""
    position = {"stage": "iPrescribe account", "number": 1, "total": 5}
    return {"kind": "form", "registration": "r1", "revision": revision, "step": step, "position": position, **more}


def problem(code: str, **more: Any) -> dict[str, Any]:
    """A problem document as it travels."""
    return {"title": "No", "status": 422, "code": code, **more}


@dataclass(frozen=True)
class Request:
    """What was received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = bytes | Awaitable[bytes] | None
Handler = Callable[[Request], Reply]
Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Backend:
    """A listening socket, and all that came in."""

    url: str
    requests: list[Request] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)


def answer(body: object = b"", status: int = 200, media: str | None = "application/json", **headers: str) -> bytes:
    """An HTTP answer; a body that is not bytes goes as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    if media:
        lines.append(f"Content-Type: {media}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def refusal(code: str, status: int = 422, headers: dict[str, str] | None = None, **more: Any) -> bytes:
    """A problem document as an answer."""
    return answer(problem(code, **more), status, "application/problem+json", **(headers or {}))


@asynccontextmanager
async def listening(
    speak: Speaker, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Backend]:
    """A server that speaks as `speak` does; ends with all its connections."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        running.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await speak(reader, writer)
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Backend(f"{'https' if tls else 'http'}://{host}:{port}")
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def backend(
    handle: Handler, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Backend]:
    """A server that reads each request whole and answers as `handle` says; None closes without a word."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _request(reader, found)
        reply = handle(request)
        if reply is not None:
            writer.write(reply if isinstance(reply, bytes) else await reply)
            await writer.drain()

    async with listening(speak, tls, host) as found:
        yield found


async def _request(reader: asyncio.StreamReader, into: Backend) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ", 2)
    request = Request(method, path, headers, body)
    into.requests.append(request)
    into.received += head + body
    return request


class Memory:
    """A place for tokens that a test can look into."""

    def __init__(self, **kept: Tokens) -> None:
        self.kept = dict(kept)

    async def load(self, registration: str) -> Tokens | None:
        return self.kept.get(registration)

    async def save(self, registration: str, tokens: Tokens) -> None:
        self.kept[registration] = tokens

    async def delete(self, registration: str) -> None:
        self.kept.pop(registration, None)


@asynccontextmanager
async def client_of(
    url: str, *, timeout: float = 5.0, ca_bundle: Path | None = None, tokens: Memory | None = None, key: str = ""
) -> AsyncIterator[Client]:
    """A client of the backend at `url`; `key` opens a sandbox's outbox."""

    async def address() -> BackendAddress:
        return BackendAddress(url, SecretStr(key) if key else None)

    settings = Settings(url, ca_bundle, Path("/nonexistent"), Path("/nonexistent"), timeout)
    client = Client(settings, tokens or Memory(), address)
    try:
        yield client
    finally:
        await client.aclose()
