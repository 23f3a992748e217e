"""Storage of tokens: the system's keyring, asked in a thread with a time limit, else memory only."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import ValidationError

from iprescribe_tui.journey.views import Tokens

T = TypeVar("T")

SERVICE = "iprescribe-tui"
"""Service name of the program's entries in a keyring."""

LIMIT = 3.0
"""Seconds that a keyring may take; one that takes longer is not asked again."""

TRUSTED = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
        "keyring.backends.Windows",
    }
)
"""Keyrings of the operating systems, by module; others may write plain files, or ask for a password here."""

_RESUME = (
    "To go on after leaving, sign in with your iPrescribe username; before you have chosen one, begin with the NPI."
)
_NOTICES = {
    "none": f"This computer has no keyring, so your session is kept in memory only. {_RESUME}",
    "locked": f"This computer's keyring is locked, so your session is kept in memory only. {_RESUME}",
    "hung": (
        "This computer's keyring does not answer (it may be waiting for its password in another window), so your "
        f"session is kept in memory only. {_RESUME}"
    ),
    "failed": f"This computer's keyring refuses to keep your session, so it is kept in memory only. {_RESUME}",
}


class Keyring(Protocol):
    """Part of a backend of the library `keyring` that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the entry, None if there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Set the entry."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove the entry. Raises `PasswordDeleteError` if there is none."""
        ...


@dataclass
class MemoryKeyring:
    """Keyring in memory, in place of the system's."""

    entries: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def get_password(self, service: str, username: str) -> str | None:
        """Return the entry, None if there is none."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Set the entry."""
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Remove the entry, if there is one."""
        self.entries.pop((service, username), None)


class KeyringUnavailable(Exception):
    """Failure of a keyring; `why` is a key of `_NOTICES`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def system_keyring() -> Keyring | None:
    """Return the system's keyring that `keyring` would use, None if there is none; slow, and imports `keyring`."""
    import keyring

    chosen = keyring.get_keyring()
    for candidate in getattr(chosen, "backends", [chosen]):
        if type(candidate).__module__ in TRUSTED:
            return candidate  # type: ignore[no-any-return]  # a chainer's members are not typed
    return None


class TokenStore:
    """Tokens of one backend's registrations.

    Once the keyring hangs, is locked, fails, or is missing, only memory is used until the program ends: `trouble` is
    then "hung", "locked", "failed", or "none", and `notice` explains it.
    """

    def __init__(
        self, backend: str, *, limit: float = LIMIT, find: Callable[[], Keyring | None] = system_keyring
    ) -> None:
        self.trouble: str | None = None
        self._backend = backend
        self._limit = limit
        self._find = find
        self._memory: dict[str, Tokens] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def notice(self) -> str | None:
        """Notice to the applicant about the keyring, None while it works."""
        return _NOTICES[self.trouble] if self.trouble else None

    async def load(self, registration: str) -> Tokens | None:
        """Return the tokens of `registration`, None if there are none."""
        kept = await self._ask(lambda keyring: keyring.get_password(SERVICE, self._entry(registration)))
        if kept:
            try:
                return Tokens.model_validate_json(kept)
            except ValidationError:
                pass
        return self._memory.get(registration)

    async def save(self, registration: str, tokens: Tokens) -> None:
        """Keep `tokens` for `registration`, in place of earlier ones."""
        self._memory[registration] = tokens
        entry, text = self._entry(registration), tokens.model_dump_json()
        await self._ask(lambda keyring: keyring.set_password(SERVICE, entry, text))

    async def delete(self, registration: str) -> None:
        """Remove the tokens of `registration`."""
        self._memory.pop(registration, None)

        def remove(keyring: Keyring) -> None:
            entry = self._entry(registration)
            if keyring.get_password(SERVICE, entry) is not None:
                keyring.delete_password(SERVICE, entry)

        await self._ask(remove)

    def _entry(self, registration: str) -> str:
        return f"{self._backend} {registration}"

    async def _ask(self, question: Callable[[Keyring], T]) -> T | None:
        """Return the keyring's answer, None if it is not used or no longer used."""
        async with self._one_at_a_time:
            if self.trouble is not None:
                return None
            try:
                async with asyncio.timeout(self._limit):
                    return await _in_daemon(self._find, question)
            except TimeoutError:
                self.trouble = "hung"
            except KeyringUnavailable as error:
                self.trouble = error.why
            return None


async def _in_daemon(find: Callable[[], Keyring | None], question: Callable[[Keyring], T]) -> T:
    """Return the answer to `question`, from a daemon thread that cannot delay the program's end.

    Raises `KeyringUnavailable`.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[T | None, str]] = loop.create_future()

    def settle(outcome: tuple[T | None, str]) -> None:
        if not answered.done():
            answered.set_result(outcome)

    def ask() -> None:
        outcome: tuple[T | None, str] = (None, "none")
        try:
            if (keyring := find()) is not None:
                outcome = (question(keyring), "")
        except Exception as error:
            outcome = (None, _why(error))
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    answer, why = await answered
    if why:
        raise KeyringUnavailable(why)
    return answer  # type: ignore[return-value]  # None is an answer like another


def _why(error: Exception) -> str:
    """Return the key of `_NOTICES` for an exception of `keyring`."""
    return {"KeyringLocked": "locked", "NoKeyringError": "none", "InitError": "none"}.get(
        type(error).__name__, "failed"
    )
