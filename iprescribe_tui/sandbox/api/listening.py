"""Listening sockets, the addresses at which they are reached, and who can reach them."""

import socket
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from iprescribe_tui.sandbox.api.hosts import canonical

WAITING: Final = 128
"""Most new connections that wait to be accepted."""

_ANYWHERE: Final = "every address of this machine: anyone in any network that it is connected to can open it"
_THERE: Final = "{address}: anyone who can reach that address can open it"
_READABLE: Final = (
    "The sandbox listens over plain HTTP at {where}, and whoever carries the traffic can read what is typed into it, "
    "passwords, codes and Social Security numbers included. Enter made-up data only. To encrypt it, start it with "
    "--tls-cert and --tls-key, or leave out --host and put a proxy with TLS before it (--public-url)."
)


def bound(host: str, port: int, scheme: str = "http") -> tuple[socket.socket, str]:
    """Return a listening socket and its URL.

    Raises OSError (`host` is not an address of this machine, the port is taken), OverflowError (no port number).
    """
    family, address = _resolved(host, port)
    # TCP is named, or asyncio leaves Nagle's algorithm on, and each response takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # it would let two programs share a port there
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # so that :: includes IPv4
        listener.bind(address)
        listener.listen(WAITING)
    except BaseException:
        listener.close()
        raise
    return listener, f"{scheme}://{_host_in_url(host, listener)}:{listener.getsockname()[1]}"


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """Return family and socket address of a host, IPv4 if it has both. Raises OSError."""
    if not host.strip():
        raise OSError("the address is empty")
    try:
        found = socket.getaddrinfo(canonical(host), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError:
        raise OSError(f"{host!r} is no name of a host") from None
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return found[0][0], found[0][4]


def address_of(listener: socket.socket) -> IPv4Address | IPv6Address:
    """Return the address of a socket, an IPv4-mapped one as IPv4."""
    return ip_address(canonical(listener.getsockname()[0]))


def is_local(listener: socket.socket) -> bool:
    """Return whether only this machine can reach `listener`."""
    return address_of(listener).is_loopback


def _host_in_url(host: str, listener: socket.socket) -> str:
    """Return a host under which `listener` can be reached: never a wildcard, which is no destination."""
    address = address_of(listener)
    if address.is_unspecified:
        address = _reachable(address)
    elif _is_name(host):
        return canonical(host)
    shown = str(address).partition("%")[0]
    return f"[{shown}]" if ":" in shown else shown


def _reachable(wildcard: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    try:
        return ip_address(lan_address())
    except OSError:
        return ip_address("127.0.0.1" if wildcard.version == 4 else "::1")


def _is_name(host: str) -> bool:
    try:
        socket.getaddrinfo(canonical(host), None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return True
    return False


def lan_address() -> str:
    """Return this machine's address in the local network. Raises OSError if it has none."""
    # Nothing is sent: connecting a datagram socket only chooses its source address.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
    return address


def for_phones(host: str, port: int, scheme: str) -> tuple[socket.socket, str]:
    """Return a listening socket for the pages for phones, and its URL; at `port` if that is free.

    `host` "" is this machine's address in the local network. Raises OSError.
    """
    host = host or lan_address()
    try:
        return bound(host, port, scheme)
    except OSError:
        return bound(host, 0, scheme)


def warning_of(listener: socket.socket, scheme: str) -> str:
    """Return a warning if other machines can reach a socket without TLS, else ""."""
    if scheme == "https" or is_local(listener):
        return ""
    address = address_of(listener)
    where = _ANYWHERE if address.is_unspecified else _THERE.format(address=address)
    return _READABLE.format(where=where)
