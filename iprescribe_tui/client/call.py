"""What is asked of the backend, and where it is: the client's own words, free of any HTTP library."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr


def new_key() -> str:
    """Draw an `Idempotency-Key` of 128 random bits: whoever guessed one could have the answer to its request."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class BackendAddress:
    """Where the backend is: its URL without `/v1`, and the key that opens the outbox of the program's own sandbox.

    `notice` is what that sandbox has to say of its start.
    """

    url: str
    sandbox_key: SecretStr | None = None
    notice: str = ""


@dataclass(frozen=True)
class Call:
    """One request: `path` below `/v1/`, `deadline` in seconds; `content` makes the body anew for each try.

    A try in which for `stall` seconds no byte moves is given up, and the next one begins.
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
