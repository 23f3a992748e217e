"""Keys of the sandbox: one on disk, for digests, and one in memory, for every code, link and secret.

So a copy of the state folder, key file and database, holds identifiers and digests, which open nothing.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final, Self, TextIO

from iprescribe_tui.system.private_files import create_private, make_private
from iprescribe_tui.system.regular_files import opened

KEY_BYTES: Final = 32
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misread or spell words."""

_HASH: Final = hashlib.sha256
_LONGEST: Final = 255 * _HASH().digest_size


class ServerKeyDamagedError(Exception):
    """Key file that holds no key; the message names it and says what to do."""


class ServerKeyForeignError(Exception):
    """Database started with another key; the message says what to do."""


class ServerKey:
    """Key that derives values which are always the same, and which others cannot guess. Its repr hides it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "ServerKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("A server key is not pickled: it lives in its file alone.")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the key at `path`, created on first use; processes that create it at once get the same one.

        Restrict the file to its owner (0600). Raises ServerKeyDamagedError, OSError.
        """
        try:
            return cls(_read(path))
        except FileNotFoundError:
            _create(path)
        return cls(_read(path))

    def bound_to(self, sandbox_key: str) -> "ServerKey":
        """Return a key derived from `sandbox_key` too, so that it cannot be had from this key's file alone."""
        return ServerKey(self.derive("secrets in memory", sandbox_key))

    def derive(self, purpose: str, ident: str, length: int = KEY_BYTES) -> bytes:
        """Derive 1 to 8160 bytes for a purpose and a thing: HKDF-Expand of RFC 5869, SHA-256. Raises ValueError."""
        if not 0 < length <= _LONGEST:
            raise ValueError(f"{length} bytes cannot be derived, but 1 to {_LONGEST}")
        info = _framed(purpose, ident.encode())
        block, stream, counter = b"", b"", 1
        while len(stream) < length:
            block = hmac.digest(self._secret, block + info + bytes([counter]), _HASH)
            stream += block
            counter += 1
        return stream[:length]

    def code(self, ident: str) -> str:
        """Derive a one-time code of six digits."""
        # The remainder of 128 bits: no code is more likely than another by more than 2**-108.
        return f"{int.from_bytes(self.derive('one-time code', ident, 16)) % 1_000_000:06d}"

    def link_token(self, ident: str) -> str:
        """Derive the last part of a link, 160 bits: 32 letters and digits, which mail programs don't cut off."""
        return base64.b32encode(self.derive("link", ident, 20)).decode("ascii").lower()

    def totp_secret(self, ident: str) -> str:
        """Derive the secret of an authenticator app in base 32, 160 bits as RFC 4226 §4 recommends."""
        return base64.b32encode(self.derive("code generator", ident, 20)).decode("ascii")

    def recovery_code(self, ident: str) -> str:
        """Derive a recovery code of 80 bits, as XXXX-XXXX-XXXX-XXXX in Crockford's base 32."""
        number = int.from_bytes(self.derive("recovery code", ident, 10))
        code = "".join(CROCKFORD[number >> shift & 31] for shift in range(75, -1, -5))
        return "-".join(code[start : start + 4] for start in range(0, 16, 4))

    def digest(self, purpose: str, data: bytes) -> str:
        """Return the HMAC-SHA256 of `data` for one purpose, as 64 hex digits."""
        # Framed differently from `derive`, so that a digest of chosen data is never a secret.
        return hmac.digest(self._secret, _framed(f"digest of {purpose}", data), _HASH).hex()


def _framed(purpose: str, data: bytes) -> bytes:
    """Join a purpose and data so that no other pair gives the same bytes."""
    name = purpose.encode()
    return len(name).to_bytes(4) + name + data


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise ServerKeyDamagedError(f"{path} is a folder, not the sandbox's key. Move it elsewhere, and start again.")
    with opened(path) as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            path.chmod(0o600)
        secret = file.read(KEY_BYTES + 1)
    if len(secret) != KEY_BYTES:
        size = "more" if len(secret) > KEY_BYTES else str(len(secret))
        raise ServerKeyDamagedError(
            f"{path} is not the sandbox's key: it has {size} bytes, the key has {KEY_BYTES}. Codes and links that were "
            "sent cannot be checked without it. Delete it together with the sandbox's database to begin anew."
        )
    return secret


def _create(path: Path) -> None:
    """Write a key beside `path` and link it into place: readers find no key or a whole one, and all the same."""

    def write(out: TextIO) -> None:
        out.buffer.write(secrets.token_bytes(KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())

    make_private(path.parent)
    create_private(path, write)
