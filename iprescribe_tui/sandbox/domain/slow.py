"""Slow work (hashing, decoding, checks) that a transaction needs and that is done outside it.

`outside` returns a known result, or ends the transaction: its runner does the work and starts the transaction
again, which asks for other work if its data has changed meanwhile.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from enum import Enum
from typing import Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal

T = TypeVar("T")

Known = dict[Hashable, Any]
"""Results of slow work by key; in memory only, for one request."""

MOST_ROUNDS: Final = 8
"""Most rounds of slow work for one request; more would mean that its data never settles."""
HASHES_AT_ONCE: Final = 1
"""Most hashes at once: each takes four threads and 64 MiB for 0.1 s, so that more would finish none earlier."""
MOST_SIGN_INS: Final = 24
"""Most sign-ins at once: on a busy machine the last one waits some seconds, and no longer than its client."""
MOST_WAITING: Final = 48
"""Most requests that wait for a hash: room for those of registrations, however many strangers sign in."""
_RETRY_AFTER: Final = 5


class Kind(Enum):
    """Queue of slow work: hashes wait for one another, and nothing else waits for them.

    Only one sign-in is in the queue at a time: strangers can send any number, and hold up no registration.
    """

    HASH = "hash"
    SIGN_IN = "sign-in"
    OTHER = "other"


class NeedsWorkError(Exception):
    """Request for the result of `work`, which ends the transaction. Its message holds nothing of key or work."""

    def __init__(self, key: Hashable, work: Callable[[], object], kind: Kind) -> None:
        super().__init__(kind.value)
        self.key, self.work, self.kind = key, work, kind


def outside(db: Session, key: Hashable, work: Callable[[], T], kind: Kind = Kind.OTHER) -> T:
    """Return the result of `work`, done outside this transaction. Raises NeedsWorkError until it is known.

    `work` must not use `db`. `key` has everything that its result depends on.
    """
    known: Known = db.info["known"]
    if key not in known:
        raise NeedsWorkError(key, work, kind)
    result: T = known[key]
    return result


class Turns:
    """Queues for the database and for hashes. Waiting occupies no thread that others need."""

    def __init__(self, writers: int) -> None:
        self.writers = CapacityLimiter(writers)
        self._hashes = CapacityLimiter(HASHES_AT_ONCE)
        self._strangers = CapacityLimiter(1)
        self._sign_ins = 0

    @contextmanager
    def sign_in(self) -> Iterator[None]:
        """Count a sign-in in progress. Raises ProblemError (503) if there are too many."""
        if self._sign_ins >= MOST_SIGN_INS:
            raise too_busy()
        self._sign_ins += 1
        try:
            yield
        finally:
            self._sign_ins -= 1

    async def work(self, needed: NeedsWorkError) -> Any:
        """Do slow work in a thread, hashes in turn. Raises ProblemError (503) if too many wait."""
        if needed.kind is Kind.OTHER:
            return await to_thread.run_sync(needed.work)
        if self._hashes.statistics().tasks_waiting >= MOST_WAITING:
            raise too_busy()
        async with self._strangers if needed.kind is Kind.SIGN_IN else nullcontext():
            return await to_thread.run_sync(needed.work, limiter=self._hashes)


def too_busy() -> ProblemError:
    """Return the refusal (503) of a request that would wait too long; nothing of it is counted or stored."""
    message = "Too many people are signing in just now. Nothing was changed. Try again in a few seconds."
    return ProblemError(Refusal(503, "busy", "The sandbox is busy", message, retry_after=_RETRY_AFTER))
