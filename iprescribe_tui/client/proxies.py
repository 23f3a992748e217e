"""Choice of the proxy for a backend, made once: the client uses it, and the doctor reports it.

httpx reads the environment by itself, but an entry of NO_PROXY that it cannot parse (`fd00::/8`, `[::1]`) breaks all
its connections. Importing this module imports httpx.
"""

import os
import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpx

from iprescribe_tui.client.errors import BackendUnreachable
from iprescribe_tui.system.host_names import ascii_host, is_loopback

_DEFAULT_PORTS = {"https": 443, "http": 80}
_PLACE = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"\.?[\w*-]+(\.[\w*-]+)*\.?")
_NETWORK = re.compile(r"(\[)?([0-9a-f:.]+)(?:%[^/\]]*)?(/[0-9]+)?(?(1)\](/[0-9]+)?)", re.IGNORECASE)
_LOCAL = "<local>"


@dataclass(frozen=True)
class ProxyInUse:
    """A proxy's `url`, including any password, and the `source` that names it: a variable, or the system."""

    url: str
    source: str

    def __repr__(self) -> str:
        return f"ProxyInUse({self.source})"


@dataclass(frozen=True)
class Exemption:
    """One entry of NO_PROXY; `scheme`, `network` and `port` are empty unless the entry names them."""

    host: str = ""
    scheme: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Return True if this entry exempts `host`, a lower-case name or an address without brackets."""
        if self.scheme not in ("", "all", scheme) or self.port not in (None, port):
            return False
        if self.network is not None:
            return _is_in(host, self.network)
        if self.host == _LOCAL:
            return "." not in host and ":" not in host
        if "*" in self.host:
            return fnmatchcase(host, self.host)
        return host == self.host or host.endswith(f".{self.host}")


def exemptions(no_proxy: str) -> dict[str, Exemption | None]:
    """Return the entries of NO_PROXY in order, each with its exemption, or None if it names no host."""
    return {entry: _exemption(entry) for entry in re.split(r"[,\s]+", no_proxy) if entry}


def proxy_for(url: str) -> ProxyInUse | None:
    """Return the proxy for `url`, or None for a direct connection. Variables take precedence over system settings.

    Raises BackendUnreachable (the proxy's address cannot be used); it names the variable and never the address.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 443)
    if is_loopback(host):
        return None
    named = getproxies_environment()
    known = named or getproxies()
    key = parts.scheme if known.get(parts.scheme) else "all"
    value = known.get(key)
    if not value or (_is_exempt(named.get("no", ""), parts.scheme, host, port) if named else proxy_bypass(host)):
        return None
    source = _variable(key) if named else "the system's proxy settings"
    if reason := unusable(value):
        raise BackendUnreachable("The proxy", f"{source} cannot be used: {reason}")
    return ProxyInUse(_with_scheme(value), source)


def unusable(value: str) -> str:
    """Return why a proxy's address cannot be used, as a clause that does not quote it, or ""."""
    address = _with_scheme(value)
    if address.startswith("socks4"):
        return "SOCKS4 is not supported, only socks5h://, socks5://, http:// and https://"
    try:
        named = httpx.Proxy(address).url.host and urlsplit(address).port != 0  # .port raises above 65535
        return "" if named else "it names no host and port"
    except (ValueError, httpx.InvalidURL):
        return "it is not an address such as http://proxy.example.com:8080"


def _with_scheme(value: str) -> str:
    """Return a proxy's address with a scheme that httpx knows; desktops write SOCKS 5 as `socks://`."""
    scheme, found, rest = value.strip().partition("://")
    if not found:
        return f"http://{scheme}"
    return f"{'socks5' if scheme.lower() == 'socks' else scheme.lower()}://{rest}"


def _variable(key: str) -> str:
    """Return the name of the variable that sets a proxy; Python prefers lower case."""
    lower = f"{key}_proxy"
    return lower if os.environ.get(lower) and sys.platform != "win32" else lower.upper()


def _is_exempt(no_proxy: str, scheme: str, host: str, port: int) -> bool:
    return any(entry is not None and entry.covers(scheme, host, port) for entry in exemptions(no_proxy).values())


def _exemption(entry: str) -> Exemption | None:
    scheme, _, place = entry.lower().rpartition("://")
    place = place.removesuffix("/")
    if network := _network(place):
        return Exemption("", scheme, network)
    if place == _LOCAL:
        return Exemption(_LOCAL, scheme)
    found = _PLACE.fullmatch(place)
    if found is None or int(found[2] or "0") > 65535:
        return None
    host, port = found[1], int(found[2]) if found[2] else None
    if network := _network(host):
        return Exemption("", scheme, network, port)
    if not _NAME.fullmatch(host):
        return None
    name = host.strip(".")
    return Exemption(name if "*" in name else ascii_host(name) or name, scheme, None, port)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the network of an address or a CIDR block, with or without brackets and an IPv6 zone; None if invalid."""
    found = _NETWORK.fullmatch(text)
    try:
        return ip_network(f"{found[2]}{found[3] or found[4] or ''}", strict=False) if found else None
    except ValueError:
        return None


def _is_in(host: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address in network
