"""Slow work (hashing, decoding, checks) that is needed within a transaction, and done outside of it.

`outside` gives its result where there is one, and else ends the transaction: whoever runs it does the work, and begins
the transaction anew. What was read may have changed meanwhile: then it asks for other work.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from enum import Enum
from typing import Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.problems import Refusal, Refused

T = TypeVar("T")

Known = dict[Hashable, Any]
"""Results of slow work by what they are of; in memory only, and as long as one request."""

MOST_ROUNDS: Final = 8
"""How often one request may ask for slow work; more would say that what it reads never stays."""
HASHES_AT_ONCE: Final = 1
"""Each takes four threads and 64 MiB for a tenth of a second: more at once would end none of them earlier."""
MOST_SIGN_INS: Final = 24
"""How many may sign in at once: on a busy machine the last waits for some seconds, and no client for longer."""
MOST_WAITING: Final = 48
"""How many may wait for a hash: so there is room for those in a registration, however many strangers sign in."""
_RETRY_AFTER: Final = 5

_WITHIN: ContextVar[bool] = ContextVar("within a transaction", default=False)


class Kind(Enum):
    """What slow work waits for: passwords wait for one another, and nothing else waits for them.

    Of sign-ins one is in that line at a time: strangers can send them without end, and hold up no registration.
    """

    HASH = "hash"
    SIGN_IN = "sign-in"
    OTHER = "other"


class NeedsWorkError(Exception):
    """Ends a transaction that cannot go on without the result of `work`. Its message holds nothing of either."""

    def __init__(self, key: Hashable, work: Callable[[], object], kind: Kind) -> None:
        super().__init__(kind.value)
        self.key, self.work, self.kind = key, work, kind


@contextmanager
def transaction() -> Iterator[None]:
    """Note that this thread is within a transaction."""
    token = _WITHIN.set(True)
    try:
        yield
    finally:
        _WITHIN.reset(token)


def demand_outside() -> None:
    """Raise RuntimeError within a transaction, in which others wait for whatever takes time."""
    if _WITHIN.get():
        raise RuntimeError("slow work within a transaction")


def outside(db: Session, key: Hashable, work: Callable[[], T], kind: Kind = Kind.OTHER) -> T:
    """Return what `work`, named by `key`, came to outside of this transaction. Raises NeedsWorkError until it has.

    `work` touches nothing of `db`. `key` has all that its result depends on.
    """
    known: Known = db.info["known"]
    if key not in known:
        raise NeedsWorkError(key, work, kind)
    result: T = known[key]
    return result


class Turns:
    """Who may do what at a time: wait for the database, and for a hash. Waiting takes no thread from anybody else."""

    def __init__(self, writers: int) -> None:
        self.writers = CapacityLimiter(writers)
        self._hashes = CapacityLimiter(HASHES_AT_ONCE)
        self._strangers = CapacityLimiter(1)
        self._sign_ins = 0

    @contextmanager
    def sign_in(self) -> Iterator[None]:
        """Count a sign-in that is under way; raises Refused (503) where there are too many."""
        if self._sign_ins >= MOST_SIGN_INS:
            raise too_busy()
        self._sign_ins += 1
        try:
            yield
        finally:
            self._sign_ins -= 1

    async def work(self, needed: NeedsWorkError) -> Any:
        """Do slow work in a thread, in turn; raises Refused (503) where too many wait already."""
        if needed.kind is Kind.OTHER:
            return await to_thread.run_sync(needed.work)
        if self._hashes.statistics().tasks_waiting >= MOST_WAITING:
            raise too_busy()
        async with self._strangers if needed.kind is Kind.SIGN_IN else nullcontext():
            return await to_thread.run_sync(needed.work, limiter=self._hashes)


def too_busy() -> Refused:
    """Refuse what would have to wait for longer than a client does; nothing of it is counted or kept."""
    says = "Too many people are signing in just now. Nothing was changed. Try again in a few seconds."
    return Refused(Refusal(503, "busy", "The sandbox is busy", says, retry_after=_RETRY_AFTER))
