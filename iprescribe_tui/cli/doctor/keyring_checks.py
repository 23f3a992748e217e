"""Check of the keyring that keeps tokens: found and asked as by the program itself, with the same time limit."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level
from iprescribe_tui.flow.tokens import LIMIT, Keyring, TokenStore, system_keyring
from iprescribe_tui.system.settings import Settings

_NAMES = {
    "SecretService": "Secret Service (GNOME Keyring, KWallet, KeePassXC)",
    "libsecret": "Secret Service by libsecret",
    "kwallet": "KWallet",
    "macOS": "the macOS Keychain",
    "Windows": "the Windows Credential Manager",
}
_MEANS = "Sessions are kept in memory only, and end with the program."
_SIGN_IN = "After leaving, sign in with the iPrescribe username."
_TROUBLES = {
    "none": ("There is no keyring.", f"Nothing must be done. {_SIGN_IN}"),
    "locked": ("The keyring is locked.", f"Unlock it in the desktop's settings of passwords and keys. {_SIGN_IN}"),
    "hung": (
        f"The keyring does not answer within {LIMIT:.0f} seconds.",
        f"Look for a window that asks for its password, or restart it. {_SIGN_IN}",
    ),
    "failed": ("The keyring refuses.", f"Look for its own messages in the system's log. {_SIGN_IN}"),
}


def checks(settings: Settings | None, find: Callable[[], Keyring | None] = system_keyring) -> Iterator[Check]:
    """Yield the check."""
    backend = settings.backend_name if settings else "doctor"
    yield Check("keyring", "keyring", lambda: [keyring(backend, find)], LIMIT + 2)


def keyring(backend: str, find: Callable[[], Keyring | None]) -> Finding:
    """Return a finding about the keyring in use, or why there is none; it is asked for an entry that does not exist."""
    found: list[str] = []

    def noted() -> Keyring | None:
        taken = find()
        found.append(type(taken).__module__.rpartition(".")[2])
        return taken

    store = TokenStore(backend, find=noted)
    asyncio.run(store.load("doctor"))
    if store.trouble is None:
        return Finding("keyring", "keyring", Level.OK, f"It answers: {_NAMES.get(found[0], found[0])}.")
    message, advice = _TROUBLES[store.trouble]
    return Finding("keyring", "keyring", Level.WARNING, f"{message}{_no_bus(store.trouble)} {_MEANS}", advice)


def _no_bus(trouble: str) -> str:
    """Return the reason for a missing keyring if it is plain: on Linux it needs the desktop session's bus."""
    if trouble != "none" or not sys.platform.startswith("linux") or os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return ""
    return " There is no desktop session here (DBUS_SESSION_BUS_ADDRESS is not set), as is usual over SSH."
