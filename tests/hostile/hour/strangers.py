"""The process that attacks: so many bad requests a second, whether or not those before were answered."""

import argparse
import asyncio
import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.hostile.hour.attacks import KINDS, Shot, photos
from tests.hostile.hour.villains import Gang, gathered

HANGS: Final = 20.0
"""Seconds for which a connection that says nothing more is kept open."""

MOST: Final = 900
"""So many connections are open at most: this process has a limit of files too."""

HOSTS: Final = 200
"""So many addresses of this machine (127.0.1.…) the attack comes from, none of which is a person's."""


@dataclass
class Attack:
    """Sends shots to `url`; `came` counts what came of each kind, `took` has the seconds until it came."""

    url: str
    gang: Gang
    dice: random.Random
    only: tuple[str, ...] = ()
    came: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def go_on(self, rate: float, over: threading.Event) -> None:
        """Shoot at `rate` a second, at random moments, until it is over."""
        shooting: set[asyncio.Task[None]] = set()
        at, kinds = time.monotonic(), self.only or tuple(KINDS)
        while not over.is_set():
            at += self.dice.expovariate(rate)
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            kind = self.dice.choice(kinds)
            if len(shooting) >= MOST:
                self.came[kind]["not sent"] += 1
                continue
            task = asyncio.create_task(self.shoot(kind, KINDS[kind](self.gang, self.dice)))
            shooting.add(task)
            task.add_done_callback(shooting.discard)
        for task in shooting:
            task.cancel()
        await asyncio.gather(*shooting, return_exceptions=True)

    async def shoot(self, kind: str, shot: Shot) -> None:
        """Send a shot, and note what comes of it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(60):
                said = await self._said(shot)
        except (TimeoutError, OSError) as failed:
            said = type(failed).__name__
        self.came[kind][said] += 1
        if said.isdecimal():
            self.took[kind].append(time.monotonic() - began)

    async def _said(self, shot: Shot) -> str:
        """What came back: a status, or how it ended."""
        parts = urlsplit(self.url)
        host = f"127.0.1.{self.dice.randrange(1, HOSTS)}"
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, local_addr=(host, 0))
        try:
            for piece in shot.pieces:
                writer.write(piece)
                if shot.ending != "untaken":
                    with suppress(ConnectionError):  # it may have answered before it had all
                        await writer.drain()
                if len(shot.pieces) > 1:
                    await asyncio.sleep(HANGS / 4)
            if shot.ending == "cut":
                writer.transport.abort()
                return "cut"
            if shot.ending == "untaken":
                reader._transport.pause_reading()  # type: ignore[attr-defined]  # as one that takes nothing
                await asyncio.sleep(HANGS)
                return "untaken"
            async with asyncio.timeout(HANGS if shot.ending == "hang" else None):
                return await _status(reader)
        except TimeoutError:
            if shot.ending == "hang":
                return "hung"
            raise
        finally:
            writer.transport.abort()


async def _status(reader: asyncio.StreamReader) -> str:
    """The status of an answer, which is taken whole, or "closed"."""
    first = await reader.readline()
    while await reader.read(65536):
        pass
    words = first.split()
    return words[1].decode() if len(words) > 1 and words[0].startswith(b"HTTP/") else "closed"


def main() -> int:
    """Attack from a second line on standard input until it closes; print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    with gathered(options.url, sys.stdin.readline().strip(), options.folder) as gang:
        photos()
        print("ready", flush=True)
        if sys.stdin.readline():
            over = threading.Event()
            threading.Thread(target=_until_closed, args=(over,), name="end", daemon=True).start()
            gang.keep_renewing(over)
            attack = Attack(options.url, gang, random.Random(options.seed), tuple(options.only))
            asyncio.run(attack.go_on(options.rate, over))
            print(json.dumps(report(attack)), flush=True)
    return 0


def _until_closed(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def report(attack: Attack) -> dict[str, Any]:
    """What came of each kind, and within how many seconds."""
    return {kind: {"came": came, "took": sorted(attack.took[kind])} for kind, came in sorted(attack.came.items())}


if __name__ == "__main__":
    sys.exit(main())
