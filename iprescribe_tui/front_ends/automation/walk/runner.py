"""Runs of many walks in parallel processes, each in its own folder and sandbox."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from getpass import getpass
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from tempfile import TemporaryDirectory

from iprescribe_tui.front_ends.automation.answers import load
from iprescribe_tui.front_ends.automation.walk.driver import Where, at, walk
from iprescribe_tui.front_ends.automation.walk.own_sandbox import own_sandbox
from iprescribe_tui.front_ends.automation.walk.scenario import Walked
from iprescribe_tui.system.private_files import make_private
from iprescribe_tui.system.settings import Settings


@dataclass(frozen=True)
class Errand:
    """One walk to do: the `number`th of scenario `file`. `report` is the folder for it; `step_timeout` in s."""

    name: str
    number: int
    file: Path
    settings: Settings
    report: Path | None
    step_timeout: float
    asks: bool = False

    @property
    def pictures(self) -> Path | None:
        """Folder for the pictures, None without a report."""
        return self.report / "pictures" / f"{self.name}-{self.number}" if self.report else None


def run(errands: Sequence[Errand], jobs: int) -> Generator[Walked, None, None]:
    """Walk all in `jobs` processes, and yield each result once it is ready.

    If the iterator is interrupted or closed, walks under way are killed with their sandboxes, and their files are
    removed.
    """
    with (
        _terminal_kept() if any(errand.asks for errand in errands) else nullcontext(),
        TemporaryDirectory(prefix="iprescribe-walk-") as folder,
        _workers(min(jobs, len(errands))) as pool,
    ):
        with _interrupts_held():
            under_way = {pool.submit(walked, errand, folder): errand for errand in errands}
        for done in as_completed(under_way):
            try:
                yield done.result()
            except BrokenProcessPool:
                yield _lost(under_way[done])


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes for walks. If the block raises, they are killed."""
    pool = ProcessPoolExecutor(count, get_context("spawn"), _prepare)
    others = set(active_children())
    try:
        yield pool
    except BaseException:
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """Restore the terminal's echo in case a walk was killed while it asked for a secret."""
    if not os.isatty(0):
        yield
        return
    import termios

    before = termios.tcgetattr(0)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(0, termios.TCSANOW, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Block Ctrl+C while processes start: they inherit the mask, and only this process handles it afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def walked(errand: Errand, within: str | None = None) -> Walked:
    """Walk one errand, in a new folder in `within`."""
    if errand.pictures:
        make_private(errand.pictures.parent, errand.pictures)
    answers = load(errand.file)
    with TemporaryDirectory(prefix="iprescribe-walk-", dir=within) as temporary:
        folder = Path(temporary)
        settings = at(errand.settings, folder)
        with own_sandbox(folder / "sandbox") if settings.backend is None else nullcontext() as sandbox:
            where = Where(settings, sandbox, errand.pictures, errand.step_timeout, _ask if errand.asks else _nobody)
            done = asyncio.run(walk(errand.name, errand.number, answers, where))
    if not errand.pictures or not errand.report:
        return done
    beside = errand.pictures.relative_to(errand.report)
    return replace(
        done, snapshots=tuple(replace(snapshot, picture=str(beside / snapshot.picture)) for snapshot in done.snapshots)
    )


def _lost(errand: Errand) -> Walked:
    """Return the result of a walk whose process was killed from outside."""
    message = "A process that walks was ended from outside; this walk was not finished."
    return Walked(errand.name, errand.number, "", "crashed", 0.0, (), (message,))


def _prepare() -> None:
    """Prepare a new process for walks: it ends with its parent, however that ends.

    Pictures look the same everywhere, and no variable makes Textual log what is typed.
    """
    for name in [name for name in os.environ if name.startswith("TEXTUAL")] + ["NO_COLOR"]:
        os.environ.pop(name, None)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent process to end, then exit."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _ask(what: str, secret: bool) -> str | None:
    """Ask the person at the terminal; None at the end of input."""
    try:
        if secret:
            return getpass(f"{what}: ", stream=sys.__stderr__)
        print(f"{what}: ", end="", file=sys.__stderr__, flush=True)
        with open(0, closefd=False) as terminal:  # sys.stdin is None in such a process
            line = terminal.readline()
    except (EOFError, OSError):
        return None
    return line.rstrip("\n") if line else None


def _nobody(what: str, secret: bool) -> str | None:
    return None
