"""TLS certificate and key of the sandbox, from files that the user names."""

import ssl
import sys
from pathlib import Path
from typing import Final

from iprescribe_tui.system.ownership import flaw_at
from iprescribe_tui.system.regular_files import opened

_MOST: Final = 1024 * 1024
_PROTECTED: Final = (
    "{key} (--tls-key) is protected by a passphrase, and the sandbox doesn't ask for one. Write the key without it to "
    "a file that only you can read: openssl pkey -in {key} -out NEW.pem"
)
_MISMATCH: Final = "the key in {key} (--tls-key) doesn't belong to the first certificate in {cert} (--tls-cert)"
_OPEN: Final = (
    "Other users of this machine can read {key} (--tls-key), and whoever has that key can pose as this sandbox. "
    "Run: chmod 600 {key}"
)


class TlsFilesError(Exception):
    """Certificate or key that cannot be used; the message names the file and the reason, and no content."""


class _PassphraseNeeded(Exception):
    """Request of OpenSSL for the passphrase of a key."""


def context_of(cert: Path, key: Path) -> ssl.SSLContext:
    """Return a TLS context from PEM files, which may be one. Raises TlsFilesError; never prompts."""
    if flaw := flaw_at(key, "give another --tls-key"):
        raise TlsFilesError(flaw.refusal.removesuffix("."))
    if b"CERTIFICATE-----" not in _read(cert, "--tls-cert"):
        raise TlsFilesError(f"{cert} (--tls-cert) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    if b"PRIVATE KEY-----" not in _read(key, "--tls-key"):
        raise TlsFilesError(f"{key} (--tls-key) holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password=_passphrase)
    except _PassphraseNeeded:
        raise TlsFilesError(_PROTECTED.format(key=key)) from None
    except ssl.SSLError as failed:
        if failed.reason == "KEY_VALUES_MISMATCH":
            raise TlsFilesError(_MISMATCH.format(cert=cert, key=key)) from None
        why = (failed.reason or "not as OpenSSL expects").replace("_", " ").lower()
        raise TlsFilesError(f"{cert} and {key} (--tls-cert, --tls-key) can't be used: {why}") from None
    except OSError as failed:
        raise TlsFilesError(f"{cert} and {key} can't be read: {failed.strerror}") from None
    return context


def warning_of(key: Path) -> str:
    """Return a warning if others can read the key, else ""."""
    if sys.platform == "win32" or not key.stat().st_mode & 0o077:
        return ""
    return _OPEN.format(key=key)


def _read(path: Path, flag: str) -> bytes:
    try:
        with opened(path) as file:
            return file.read(_MOST)
    except (OSError, ValueError) as failed:
        why = getattr(failed, "strerror", None) or "it can't be read"
        raise TlsFilesError(f"{path} ({flag}) can't be read: {why}") from None


def _passphrase() -> str:
    raise _PassphraseNeeded
