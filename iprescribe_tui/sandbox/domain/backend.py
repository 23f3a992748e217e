"""Dependencies of every part of the sandbox: clock, keys, registry, database, addresses."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar
from weakref import WeakValueDictionary

from anyio import to_thread
from sqlalchemy.orm import Session

from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.photos.process import started_apart
from iprescribe_tui.sandbox.domain.changes import Changes
from iprescribe_tui.sandbox.domain.problems import ProblemError
from iprescribe_tui.sandbox.domain.registry import Registry
from iprescribe_tui.sandbox.domain.service import service_document
from iprescribe_tui.sandbox.domain.slow import MOST_ROUNDS, Known, NeedsWorkError, Turns, too_busy
from iprescribe_tui.sandbox.domain.specimens import Holder
from iprescribe_tui.sandbox.store.database import Store, UtcClock
from iprescribe_tui.sandbox.store.keys import ServerKey
from iprescribe_tui.sandbox.store.memory_key import drawn_key

T = TypeVar("T")

_WRITERS_AT_ONCE: Final = 8
_AT_ONCE: Final = 2
"""Most photos decoded at once: each takes a processor and up to 200 MB."""


class Samples:
    """Pictures made for the sandbox, drawn in the background before the step that needs them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._paths: dict[tuple[str, Holder], dict[str, Path]] = {}
        self._lock = threading.Lock()

    def prepare(self, npi: str, holder: Holder) -> None:
        """Start drawing in a thread; do nothing when applicants are on other machines."""
        if self._folder is not None and (npi, holder) not in self._paths:
            threading.Thread(target=self.paths, args=(npi, holder), name="sample photos", daemon=True).start()

    def ready(self, npi: str, holder: Holder) -> dict[str, Path] | None:
        """Return what `paths` returns if it need not draw, else None."""
        return {} if self._folder is None else self._paths.get((npi, holder))

    def paths(self, npi: str, holder: Holder) -> dict[str, Path]:
        """Return the path of each picture for `npi` by name; {} where they are of no use or cannot be written."""
        with self._lock:
            if self._folder is None:
                return {}
            if (npi, holder) not in self._paths:
                try:
                    self._paths[npi, holder] = _drawn(self._folder / npi, holder)
                except OSError:
                    self._folder = None
                    return {}
            return self._paths[npi, holder]


def _drawn(folder: Path, holder: Holder) -> dict[str, Path]:
    """Draw the pictures in another process, so that no drawing module is loaded here. Raises OSError."""
    process = started_apart("iprescribe_tui.sandbox.domain.sample_photos")
    wanted = json.dumps({"folder": str(folder.absolute()), "holder": asdict(holder)})
    written, _ = process.communicate(wanted.encode())
    if process.returncode:
        raise OSError("the sample pictures cannot be drawn")
    return {name: Path(path) for name, path in json.loads(written).items()}


class Decoding:
    """Queue for decoding photos: `_AT_ONCE` in all, one per registration, and one for all that send very many.

    So none holds up the others.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._later = asyncio.Semaphore(1)
        self._mine: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, registration_id: str, *, is_first: bool) -> AsyncIterator[None]:
        """Wait for a turn without occupying a thread; it lasts as long as the block."""
        mine = self._mine.setdefault(registration_id, asyncio.Lock())
        async with mine, nullcontext() if is_first else self._later, self._free:
            yield


@dataclass(frozen=True)
class Backend:
    """Sandbox without its HTTP. `folder` holds the key file and the evidence; `public_url` has no slash at its end.

    `key`, on disk, makes digests. `memory_key` derives codes, links and secrets of apps: nothing stored reveals them,
    and they end with that key.

    `phone_url` is the base of the pages for phones: `public_url`, unless they are shared separately or behind a proxy.
    `notice` is for the person who started the sandbox. `names_folder` lets clients know which folder cannot be written.
    `decoding` decides whose photo is decoded when; `changes` wakes calls that wait for one.
    """

    store: Store
    key: ServerKey
    registry: Registry
    clock: UtcClock
    folder: Path
    public_url: str
    phone_url: str
    proofing: Literal["native", "hosted"] = "native"
    samples: Samples = field(default_factory=lambda: Samples(None))
    mail: Callable[[str, str, str], None] | None = None
    notice: str = ""
    names_folder: bool = False
    decoding: Decoding = field(default_factory=Decoding)
    changes: Changes = field(default_factory=Changes, repr=False)
    memory_key: ServerKey = field(default_factory=drawn_key)
    turns: Turns = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Admit one writer at a time on SQLite, which would take them one by one in any order."""
        object.__setattr__(self, "turns", Turns(1 if self.store.file else _WRITERS_AT_ONCE))

    @property
    def service(self) -> ServiceDocument:
        """Return the service document."""
        return service_document(self.proofing)

    async def change(self, work: Callable[[Session], T], known: Known | None = None) -> T:
        """Do `work` in one transaction, then what it registered with `after_commit`.

        Commit even if `work` raises ProblemError, so that attempts stay counted. Slow work (see `slow.outside`) is done
        after a rollback, and `work` starts again; results in `known` are not computed again.
        Raises ProblemError from `work`, or (503) if too many wait.
        """
        known = {} if known is None else known
        for _ in range(MOST_ROUNDS):
            try:
                return await to_thread.run_sync(self._attempt, work, known, limiter=self.turns.writers)
            except NeedsWorkError as needed:
                known[needed.key] = await self.turns.work(needed)
        raise too_busy()

    async def look(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a session whose changes are discarded; slow work as in `change`. Raises ProblemError."""
        known: Known = {}

        def attempt() -> T:
            with self.store.reading() as db:
                db.info["known"] = known
                return work(db)

        for _ in range(MOST_ROUNDS):
            try:
                return await to_thread.run_sync(attempt)
            except NeedsWorkError as needed:
                known[needed.key] = await self.turns.work(needed)
        raise too_busy()

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do `work`, which needs no slow work, as `change` does it, in this thread."""
        return self._attempt(work, {})

    def _attempt(self, work: Callable[[Session], T], known: Known) -> T:
        afterwards: list[Callable[[], None]] = []

        def attempt(db: Session) -> tuple[T | None, ProblemError | None]:
            afterwards.clear()
            db.info.update(afterwards=afterwards, known=known)
            try:
                return work(db), None
            except ProblemError as refused:
                db.flush()
                return None, refused

        result, refused = self.store.writing(attempt)
        for action in afterwards:
            action()
        if refused is not None:
            raise refused
        return result  # type: ignore[return-value]  # what work returned, as it was not refused


def after_commit(db: Session, action: Callable[[], None]) -> None:
    """Run `action` after the transaction commits; never if it fails."""
    db.info["afterwards"].append(action)
