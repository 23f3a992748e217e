"""Web addresses for people to open: whether one is safe to show as a link, and the host that it opens at."""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, clear_cache, quote, urlsplit  # type: ignore[attr-defined]  # typeshed lacks one

from iprescribe_tui.journey.checks.text import hides, plain
from iprescribe_tui.system.host_names import asked_address_6, asked_host, is_loopback

_IMPLIED = {"https": 443, "http": 80}
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_BRACKETED = re.compile(r"\[[^\]]*\](:[0-9]*)?")
_BEGINNING = re.compile(r"[^/?#]*(?://[^/?#]*)?")
_LONGEST_SHOWN = 80
_LONGEST_BEGINNING = 1000
"""Far more than scheme and host need: names have 253 characters, and the parser is slow with many marks."""


class AddressRefused(ValueError):
    """Address that isn't safe to open; the message is a clause that says why, without the address."""


def check_address(address: str, *, local: bool) -> str:
    """Return `address` in ASCII: its host as a browser requests it, everything else percent-encoded.

    https is safe, and http to this machine; with `local`, if both ends are in one network, also http to an IP address
    of a private network. Anything that programs and people may read differently (user info, backslashes, blanks,
    invisible characters) is not. Raises `AddressRefused`.
    """
    if any(each.isspace() or not each.isprintable() for each in address) or hides(address):
        raise AddressRefused("it contains a space or a character that can't be seen")
    if "\\" in address:
        raise AddressRefused("it contains a backslash")
    try:
        parts = _split(address)
        port = parts.port
    except ValueError:
        raise AddressRefused("it isn't a web address") from None
    if parts.scheme not in _IMPLIED or not parts.netloc:
        raise AddressRefused("it doesn't begin with https:// and a host's name")
    if "@" in parts.netloc:
        raise AddressRefused("a user name stands before its host")
    if port == 0:
        raise AddressRefused("port 0 can't be opened")
    asked = _asked(parts)
    if not asked:
        raise AddressRefused("its host isn't a name or an IP address")
    if parts.scheme == "http" and not _takes_http(asked.strip("[]"), local=local):
        raise AddressRefused("it begins with http://, so others could read what is sent there")
    netloc = parts.netloc if parts.netloc.isascii() else f"{asked}{f':{port}' if port else ''}"
    return quote(address.replace(parts.netloc, netloc, 1), safe=_ASCII)


def opens_at(address: str) -> str:
    """Return the host of a checked `address`, and its port unless it is the scheme's default; "" if there is none."""
    try:
        parts = _split(address)
    except ValueError:
        return ""
    port = "" if parts.port in (None, _IMPLIED.get(parts.scheme)) else f":{parts.port}"
    return f"{_asked(parts)}{port}"


def unlinked(address: str) -> str:
    """Return the start of `address`, up to its path, in a spelling that no terminal makes a link of."""
    beginning = _beginning(address)
    shown = plain(beginning[:_LONGEST_BEGINNING]).encode("ascii", "backslashreplace").decode("ascii")
    shown = re.sub(r"[:@]|(?<=www)\.|(?<=ftp)\.", r"[\g<0>]", shown)
    whole = len(beginning) == len(address) <= _LONGEST_BEGINNING and len(shown) <= _LONGEST_SHOWN
    return shown if whole else f"{shown[:_LONGEST_SHOWN]}…"


def _beginning(address: str) -> str:
    """Return an address up to its path."""
    found = _BEGINNING.match(address)
    return found[0] if found else ""


def _asked(parts: SplitResult) -> str:
    """Return the host in normal form, IPv6 in brackets; "" if it is neither a name nor an address."""
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return asked_address_6(host) if _BRACKETED.fullmatch(parts.netloc) else ""
    return "" if "_" in host else asked_host(host)


def _takes_http(host: str, *, local: bool) -> bool:
    """Return whether plain http is safe: to this machine, or with `local` within a private network."""
    if is_loopback(host):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return local and not (address.is_global or address.is_unspecified or address.is_multicast or address.is_reserved)


def _split(address: str) -> SplitResult:
    """Split `address`, and clear the parser's cache: the address may contain a code. Raises `ValueError`."""
    if len(_beginning(address)) > _LONGEST_BEGINNING:
        raise ValueError("too long")
    try:
        return urlsplit(address)
    finally:
        clear_cache()
