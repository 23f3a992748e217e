"""Key that derives codes, links and secrets of apps; never in the state folder, so that a copy reveals none.

It lasts as long as the user's login: half of it is in the runtime folder (XDG_RUNTIME_DIR, memory on Linux), so that
sandboxes with one key on disk share it, also after a restart. Without such a folder, each process has its own.
"""

import logging
import os
import secrets
import stat
import warnings
from pathlib import Path
from typing import Final

from platformdirs import user_runtime_path

from iprescribe_tui.sandbox.store.keys import KEY_BYTES, ServerKey, ServerKeyDamagedError
from iprescribe_tui.system.ownership import HAS_OWNERS, flaw_above
from iprescribe_tui.system.private_files import make_private

_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")


def drawn_key() -> ServerKey:
    """Return a new random key, known to this process alone."""
    return ServerKey(secrets.token_bytes(KEY_BYTES))


def memory_key_beside(key: ServerKey) -> ServerKey:
    """Return the key in memory of sandboxes whose key on disk is `key`; a random one without a safe runtime folder."""
    name = key.digest("name of the memory key", b"")[:32]
    try:
        with warnings.catch_warnings(action="ignore"):  # about a runtime folder that is not set
            runtime = user_runtime_path("iprescribe-tui", appauthor=False)
        make_private(runtime)
        if not _made_safe(runtime):
            return drawn_key()
        half = ServerKey.load(runtime / f"sandbox-{name}.key")
    except (OSError, ServerKeyDamagedError):
        return drawn_key()
    return ServerKey(half.derive("memory key", key.digest("memory key", b"")))


def _made_safe(runtime: Path) -> bool:
    """Close the runtime folder to other users; return False if it is another user's, or can be replaced by one.

    If they could change it, remove its keys, which they may have put there; the log says so. Raises OSError.
    """
    if not HAS_OWNERS:
        return True
    there = runtime.lstat()
    flaw = flaw_above(runtime, "set XDG_RUNTIME_DIR to a folder of yours")
    if flaw or not stat.S_ISDIR(there.st_mode) or there.st_uid != os.geteuid():
        cause = flaw.message if flaw else f"{runtime} isn't a folder of this user."
        _LOG.warning("%s Codes and links that were sent end with this process.", cause)
        return False
    if there.st_mode & 0o077:
        runtime.chmod(0o700)
    if there.st_mode & 0o022:
        for file in runtime.glob("sandbox-*.key"):
            file.unlink(missing_ok=True)
        _LOG.warning(
            "%s could be changed by other users of this machine. It was closed to them (chmod 700), and its keys were "
            "removed: codes and links sent before are not valid now.",
            runtime,
        )
    return True
