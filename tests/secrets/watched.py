"""What a process shows to others while it runs: its command line, its environment, the files that it writes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks."""


@contextmanager
def sampled(pid: int) -> Iterator[set[tuple[str, bytes]]]:
    """What `cmdline` and `environ` of `pid` and of all that it starts hold, as long as the block runs.

    An environment that may not be read holds nothing for others either; root may read all.
    """
    samples: set[tuple[str, bytes]] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for each in family(pid):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):
                        samples.add((name, Path(f"/proc/{each}/{name}").read_bytes()))
            over.wait(EVERY)

    looking = threading.Thread(target=look, name="sampling")
    looking.start()
    try:
        yield samples
    finally:
        over.set()
        looking.join()


def family(pid: int) -> list[int]:
    """`pid` and all that descend from it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def clipboard(raw: bytes) -> list[bytes]:
    """What a program put into the clipboard by OSC 52, in the bytes that it sent to the terminal."""
    return [piece.partition(b"\a")[0].partition(b"\x1b")[0] for piece in raw.split(b"\x1b]52;")[1:]]
