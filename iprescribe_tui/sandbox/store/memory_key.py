"""Key that derives codes, links and secrets of apps; never in the state folder, so that a copy reveals none.

It lasts as long as the user's login: half of it is in the runtime folder (XDG_RUNTIME_DIR, memory on Linux), so that
sandboxes with one key on disk share it, also after a restart. Without such a folder, each process has its own.
"""

import secrets
import warnings

from platformdirs import user_runtime_path

from iprescribe_tui.sandbox.store.keys import KEY_BYTES, ServerKey, ServerKeyDamagedError


def drawn_key() -> ServerKey:
    """Return a new random key, known to this process alone."""
    return ServerKey(secrets.token_bytes(KEY_BYTES))


def memory_key_beside(key: ServerKey) -> ServerKey:
    """Return the key in memory of sandboxes whose key on disk is `key`; a random one without a runtime folder."""
    name = key.digest("name of the memory key", b"")[:32]
    try:
        with warnings.catch_warnings(action="ignore"):  # about a runtime folder that is not set
            runtime = user_runtime_path("iprescribe-tui", appauthor=False, ensure_exists=True)
        half = ServerKey.load(runtime / f"sandbox-{name}.key")
    except (OSError, ServerKeyDamagedError):
        return drawn_key()
    return ServerKey(half.derive("memory key", key.digest("memory key", b"")))
