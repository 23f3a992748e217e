"""Trust in certificates: the authorities, the rules, and the reasons for a rejection.

A company's authority is judged alike in every store and on every Python: from 3.13 on, `ssl.create_default_context`
rejects many older ones (VERIFY_X509_STRICT), but only if they come from a file.
"""

import re
import ssl
from pathlib import Path

import truststore

from iprescribe_tui.client.errors import BackendUntrusted
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.regular_files import opened
from iprescribe_tui.system.settings import Settings

_LARGEST_BUNDLE = 16 * 1024 * 1024
_PEM = re.compile(r"-----BEGIN ((?:X509 )?CERTIFICATE)-----[\sA-Za-z0-9+/=]+-----END \1-----")
_UNKNOWN = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR codes for a certificate that no trusted authority has issued."""

_KNOWN = {
    7: "its certificate's signature is wrong: it was altered, or another authority has the same name",
    9: "its certificate is not valid yet (is this computer's clock right?)",
    10: "its certificate has expired (is this computer's clock right?)",
    18: "its certificate is signed by itself",
    19: "its certificate comes from an authority that this computer does not trust",
    20: "its certificate comes from an authority that this computer does not trust",
    23: "its certificate was revoked",
    24: "its authority's certificate does not say that it is one (basicConstraints CA:TRUE is missing)",
    25: "its authority may not have others below it (basicConstraints pathlen)",
    26: "its certificate is not made for servers (extendedKeyUsage lacks serverAuth)",
    32: "its authority's certificate may not sign others (keyUsage lacks keyCertSign)",
    47: "its authority may not issue certificates for this name (nameConstraints)",
    48: "its authority may not issue certificates for this name (nameConstraints)",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
    66: "its certificate's key is too short: 2048 bits of RSA are the least",
    67: "its authority's key is too short: 2048 bits of RSA are the least",
    68: "its certificate is signed with an algorithm that is too weak, such as SHA-1: SHA-256 is the least",
    79: "its authority's certificate does not say that it is one (basicConstraints CA:TRUE is missing)",
    92: "its certificate lacks what RFC 5280 asks for (keyUsage)",
}


def trusted(settings: Settings) -> ssl.SSLContext:
    """Return the context that certificates are checked with: the system's trust store, or the configured bundle alone.

    Raises BackendUntrusted (no certificate can be read from the bundle).
    """
    if settings.ca_bundle is None:
        store = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        store.verify_flags = _flags(store.verify_flags)
        return store
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags = _flags(context.verify_flags)
    try:
        _load(context, settings.ca_bundle)
        return context
    except (OSError, ValueError):
        pass
    shown = plain(str(settings.ca_bundle))
    raise BackendUntrusted(
        "The CA bundle",
        f"no certificates can be read from {shown}, so nothing is safe",
        "Export the authority's certificate as X.509, in Base64 (PEM) or DER, and name that file with --ca-bundle.",
    )


def _flags(flags: ssl.VerifyFlags) -> ssl.VerifyFlags:
    """Return the same rules for every source and every Python: an authority below a root may be trusted by itself."""
    return (flags | ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT


def _load(context: ssl.SSLContext, bundle: Path) -> None:
    """Trust the certificates in a PEM file, in any encoding that Windows writes, or in a DER file.

    Raises OSError, including ssl.SSLError, and ValueError.
    """
    with opened(bundle) as file:
        data = file.read(_LARGEST_BUNDLE)
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    if "-----BEGIN TRUSTED CERTIFICATE" in text:
        context.load_verify_locations(cafile=bundle)
    elif blocks := [found[0] for found in _PEM.finditer(text)]:
        context.load_verify_locations(cadata="\n".join(blocks))
    else:
        context.load_verify_locations(cadata=data)


def certificate_trouble(error: ssl.SSLCertVerificationError) -> str:
    """Return why a certificate is not accepted, in plain words if there are any, else in OpenSSL's."""
    found = _KNOWN.get(getattr(error, "verify_code", 0))
    message = str(getattr(error, "verify_message", "") or "").strip().rstrip(".")
    reason = f" ({message[0].lower()}{message[1:100]})" if message else ""
    return found or f"its certificate is not accepted{reason}"


def certificate_advice(error: ssl.SSLCertVerificationError, *, bundled: bool) -> str:
    """Return advice about such a certificate; `bundled` is True if --ca-bundle is in use already."""
    unknown = getattr(error, "verify_code", 0) in _UNKNOWN
    if unknown and not bundled:
        return (
            "Check the backend's address; behind a company's proxy, give its certificates with --ca-bundle FILE. "
            "Do not go on over a network that you do not trust."
        )
    if unknown:
        return (
            "The file that --ca-bundle names does not hold the authority that issued it, and no other is trusted: ask "
            "for that authority's certificate. Do not go on over a network that you do not trust."
        )
    return (
        "Check the backend's address and this computer's clock. If they are right, a new certificate is needed: tell "
        "the people who run the backend, or the proxy that reads encrypted traffic here."
    )
