"""Host names and IP addresses in normal form, and which of them are this machine itself."""

import re

_LABEL = re.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")


def asked_host(host: str) -> str:
    """Return a host name or IPv4 address in normal form, "" if it is neither.

    A name that ends in a number is an address (URL Standard §3.5), valid only with four decimal numbers.
    """
    from ipaddress import IPv4Address

    name = ascii_host(host)
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return ""
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            return ""
    return name


def asked_address_6(host: str) -> str:
    """Return an IPv6 address in brackets, "" if it is not one or has a zone of this machine."""
    from ipaddress import IPv6Address

    try:
        return "" if "%" in host else f"[{IPv6Address(host)}]"
    except ValueError:
        return ""


def ascii_host(host: str) -> str:
    """Return a host name in normal form: lower case, other scripts in punycode; "" if it is not a host name."""
    host = host.lower()
    if host.isascii() and "xn--" not in host:
        return host
    import idna

    try:
        name = idna.encode(host, uts46=True).decode("ascii")
        idna.decode(name)
    except UnicodeError:  # includes IDNAError
        return ""
    return name


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine itself: localhost, 127.0.0.0/8, or ::1."""
    from ipaddress import ip_address

    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
