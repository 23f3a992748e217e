"""The key from which codes, links and app keys are derived: never in the state folder, so that a copy gives none.

It lasts as long as the user's login: half of it lies where the system keeps what is no longer (XDG_RUNTIME_DIR, which
is memory on Linux), so that sandboxes with one key on disk share it, and one that starts again goes on. Where there is
no such place it is this process's alone.
"""

import secrets
import warnings

from platformdirs import user_runtime_path

from iprescribe_tui.sandbox.keys import KEY_BYTES, ServerKey, ServerKeyDamagedError


def drawn_key() -> ServerKey:
    """Return a new key, which this process alone has."""
    return ServerKey(secrets.token_bytes(KEY_BYTES))


def memory_key_beside(key: ServerKey) -> ServerKey:
    """Return the key in memory of sandboxes whose key on disk is `key`."""
    name = key.digest("name of the memory key", b"")[:32]
    try:
        with warnings.catch_warnings(action="ignore"):  # of a runtime folder that is not set
            runtime = user_runtime_path("iprescribe-tui", appauthor=False, ensure_exists=True)
        half = ServerKey.load(runtime / f"sandbox-{name}.key")
    except (OSError, ServerKeyDamagedError):
        return drawn_key()
    return ServerKey(half.derive("memory key", key.digest("memory key", b"")))
