"""Requests to the backend, and its address, independent of any HTTP library."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr


def new_key() -> str:
    """Return an `Idempotency-Key` of 128 random bits: a guessed key would give access to its request's response."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class BackendAddress:
    """The backend's URL without `/v1`, and the key that opens the outbox of the program's own sandbox.

    `notice` is that sandbox's message about its start.
    """

    url: str
    sandbox_key: SecretStr | None = None
    notice: str = ""


@dataclass(frozen=True)
class Call:
    """One request: `path` below `/v1/`, `deadline` in seconds; `content` makes the body anew for each try.

    A try in which no byte moves for `stall` seconds is abandoned, and the next one begins.
    """

    method: str
    path: str
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[], bytes | AsyncIterator[bytes]] | None = field(default=None, repr=False)
    bearer: SecretStr | None = None
    retries: int = 2
    stall: float | None = None
    for_sandbox: bool = False
