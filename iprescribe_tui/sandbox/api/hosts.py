"""Check of the `Host` header: a page elsewhere must not reach the sandbox under its own name (DNS rebinding)."""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from iprescribe_tui.sandbox.api.requests import problem_response
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal

_HOST: Final = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._-]+)(?::[0-9]{1,5})?")
_SAYS: Final = (
    "This sandbox does not answer to that name. Use the address that it printed, or start it with --public-url and the "
    "URL under which it is reached."
)


class KnownHosts:
    """Middleware that refuses (421) requests except for `localhost`, a host of `urls`, or the address of the socket.

    Ports are not compared: a tunnel or proxy has another one.
    """

    def __init__(self, app: ASGIApp, urls: Iterable[str]) -> None:
        self._app = app
        self._names = {"localhost", *(canonical(urlsplit(url).hostname or "") for url in urls)} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or self._knows(scope):
            await self._app(scope, receive, send)
            return
        refusal = Refusal(421, "unknown_host", "This address is not the sandbox's", _SAYS)
        await problem_response(ProblemError(refusal))(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        host = host_in(given[0]) if len(given) == 1 else ""
        socket_address = canonical(str((scope.get("server") or ("",))[0]))
        return bool(host) and host in {*self._names, socket_address}


def host_in(header: bytes) -> str:
    """Return the host of a `Host` header without its port; "" if it is malformed."""
    found = _HOST.fullmatch(header.strip())
    return canonical(found[1].decode("ascii").strip("[]")) if found else ""


def canonical(host: str) -> str:
    """Return the canonical spelling of a host: lowercase, no final dot, an IPv4-mapped address as IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower().removesuffix(".")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
