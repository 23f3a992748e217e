"""The proxies that the environment names: which are used, and never their passwords."""

import re
from collections.abc import Iterator, Mapping

from iprescribe_tui.doctor.findings import Finding, Level, Look
from iprescribe_tui.settings import Settings

NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")

_PLACE = re.compile(r"(\[[0-9a-fA-F:.]+\]|\*|(\*\.)?[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
_SCHEMES = ("http", "https", "socks4", "socks5", "socks5h")


def looks(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[Look]:
    """The look at the proxies."""
    yield Look("proxy", "proxies", lambda: proxies(settings, environ))


def proxies(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The proxy variables that are set, in capitals or not, and whether the backend is reached by one."""
    there = [(name, environ[name]) for upper in NAMES for name in (upper, upper.lower()) if environ.get(name)]
    for name, value in there:
        place = masked(value)
        if place is None:
            says = f"{name} holds an address that cannot be used. It is not shown, since it may hold a password."
            yield Finding("proxy", name, Level.WARNING, says, f"Give it like {name}=http://proxy.example.com:8080")
        else:
            yield Finding("proxy", name, Level.OK, place)
    for name in ("NO_PROXY", "no_proxy"):
        if environ.get(name):
            hosts = ", ".join(masked(host.strip()) or "…" for host in environ[name].split(",") if host.strip())
            yield Finding("proxy", name, Level.OK, f"not for {hosts}")
    yield Finding("proxy", "in use", Level.OK, _in_use(settings))


def _in_use(settings: Settings | None) -> str:
    if settings is None or settings.backend is None:
        return "None: the program's own sandbox is on this machine." if settings else "No backend is known."
    from iprescribe_tui.client.probe import proxy_to

    proxy = proxy_to(settings.backend)
    if proxy is None:
        return f"{settings.backend} is reached directly."
    return f"{settings.backend} is reached by {masked(proxy) or 'a proxy whose address cannot be used'}."


def masked(value: str) -> str | None:
    """A proxy's scheme, host and port, with `***` for user and password; None where it is not sure what is which."""
    scheme, found, rest = value.strip().rpartition("://")
    if found and scheme.lower() not in _SCHEMES:
        return None
    place, *path = re.split("[/?#]", rest, maxsplit=1)
    _, at, host = place.rpartition("@")
    if "@" in "".join(path) or not _PLACE.fullmatch(host):
        return None
    return f"{scheme}{found}{'***@' if at else ''}{host}"
