"""Check of the proxies in the environment, without their passwords."""

import re
from collections.abc import Iterator, Mapping

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level
from iprescribe_tui.system.settings import Settings

NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")

_PLACE = re.compile(r"(\[[0-9a-fA-F:.]+\]|\*|(\*\.)?[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
_SCHEMES = ("http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h")


def checks(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the check."""
    yield Check("proxy", "proxies", lambda: proxies(settings, environ))


def proxies(settings: Settings | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each proxy variable, upper or lower case, and one about the proxy in use."""
    from iprescribe_tui.client.proxies import unusable

    there = [(name, environ[name]) for upper in NAMES for name in (upper, upper.lower()) if environ.get(name)]
    for name, value in there:
        place, reason = masked(value), unusable(value)
        if reason or place is None:
            message = f"{name} cannot be used: {reason or 'it is no address'}."
            message += f" It says {place}." if place else " It is not shown, since it may hold a password."
            yield Finding("proxy", name, Level.WARNING, message, f"Give it like {name}=http://proxy.example.com:8080")
        else:
            yield Finding("proxy", name, Level.OK, place)
    for name in ("NO_PROXY", "no_proxy"):
        if environ.get(name):
            yield _exempt(name, environ[name])
    yield _in_use(settings)


def _exempt(name: str, value: str) -> Finding:
    """Return a finding about NO_PROXY; an entry that names no host is counted but not shown: it may hold a password."""
    from iprescribe_tui.client.proxies import exemptions

    entries = exemptions(value)
    hosts = ", ".join(entry for entry, meant in entries.items() if meant) or "nothing"
    strange = [str(number) for number, meant in enumerate(entries.values(), 1) if meant is None]
    if not strange:
        return Finding("proxy", name, Level.OK, f"not for {hosts}")
    which = f"entry {strange[0]} names" if len(strange) == 1 else f"entries {', '.join(strange)} name"
    message = f"not for {hosts}; {which} no host or network and {'is' if len(strange) == 1 else 'are'} skipped"
    return Finding(
        "proxy", name, Level.WARNING, message, f"Correct {name}, for example: {name}=localhost,10.0.0.0/8,::1"
    )


def _in_use(settings: Settings | None) -> Finding:
    if settings is None or settings.backend is None:
        message = "None: the program's own sandbox is on this machine." if settings else "No backend is known."
        return Finding("proxy", "in use", Level.OK, message)
    from iprescribe_tui.client import BackendError
    from iprescribe_tui.client.proxies import proxy_for

    try:
        proxy = proxy_for(settings.backend)
    except BackendError as error:
        return Finding("proxy", "in use", Level.WARNING, f"None: {error.why}.", "Correct it, or unset it.")
    if proxy is None:
        return Finding("proxy", "in use", Level.OK, f"{settings.backend} is reached directly.")
    message = f"{settings.backend} is reached by {masked(proxy.url) or 'a proxy'} ({proxy.source})."
    return Finding("proxy", "in use", Level.OK, message)


def masked(value: str) -> str | None:
    """Return a proxy's scheme, host, and port, with `***` for user and password; None if they cannot be told apart."""
    scheme, found, rest = value.strip().rpartition("://")
    if found and scheme.lower() not in _SCHEMES:
        return None
    place, *path = re.split("[/?#]", rest, maxsplit=1)
    _, at, host = place.rpartition("@")
    if "@" in "".join(path) or not _PLACE.fullmatch(host):
        return None
    return f"{scheme}{found}{'***@' if at else ''}{host}"
