"""Somebody who copied the sandbox at each step and after the end, and guesses for as long as they like.

    uv run python -m tests.secrets.guessing --minutes 10 [--database postgresql+psycopg://…]

They know all but the secrets: where requests went, what else they said, the last four digits of the number, which the
sandbox keeps, and how digests are made. They try every number that ends so, every code of six digits, and passwords.
`--weak` hides a digest of the number in the copy first, as a former version kept one: it must be found.
"""

import argparse
import io
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from iprescribe_tui.journey.steps import STEPS
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, Walk, running
from tests.secrets.offline import Copy, Wiretap

Guesses = list[tuple[str, str]]
"""What kind of secret each is, and the guess."""

SECRET_FIELDS: Final = {"ssn": "ssn", "code": "code", "password": "password", "password_again": "password"}
_SAY_EVERY: Final = 30.0
_PIECE: Final = 200
_AHEAD: Final = 8


@dataclass
class Haul:
    """What was copied at every step, and what was overheard of requests."""

    copies: list[Copy] = field(default_factory=list)
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def all_in_one(self) -> Copy:
        """One copy that holds what is in any."""
        first = self.copies[0]
        digests = set(chain.from_iterable(copy.digests for copy in self.copies))
        values = set(chain.from_iterable(copy.values for copy in self.copies))
        return Copy(first.secret, digests, values)


def walked(folder: Path, database: str | None) -> Haul:
    """Walk all the way, and copy the sandbox in the middle of each step, once a wrong and once a right answer came."""
    log, haul, tap = io.StringIO(), Haul(), Wiretap()
    logging.basicConfig(level=logging.DEBUG, stream=log)
    with running(folder, database=database) as sandbox:
        tap.listen(sandbox.http)
        walk = sandbox.start()
        while walk.view["kind"] != "done":
            haul.copies.append(Copy.of(sandbox, log.getvalue()))
            _mistake(walk)
            haul.copies.append(Copy.of(sandbox, log.getvalue()))
            walk.go_on()
        haul.copies.append(Copy.of(sandbox, log.getvalue()))
    haul.said = [(path, json.loads(body)) for path, body in tap.said]
    return haul


def _mistake(walk: Walk) -> None:
    """Answer with a code that is not right, where one is asked for."""
    if walk.view["step"] in ("email_confirmation", "mfa_code"):
        walk.answer(STEPS[walk.view["step"]], code="000000")


def guesses() -> Iterator[tuple[str, str]]:
    """Every guess, likely ones first: what kind of secret it is, and the guess."""
    common = (
        files("iprescribe_tui.sandbox.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    )
    yield from (("password", word) for word in (PASSWORD, IDME_PASSWORD, *common))
    end = SSN.replace("-", "")[-4:]
    yield from (("ssn", f"{front // 100:03d}-{front % 100:02d}-{end}") for front in range(100_000))
    yield from (("code", f"{number:06d}") for number in range(1_000_000))


def confirmed(haul: Copy, said: list[tuple[str, dict[str, Any]]], some: Guesses) -> list[str]:
    """Return which guesses are found to be right, and how: by themselves, and in requests that held such a secret."""
    found = list[str]()
    for kind, guess in some:
        names = {name for name, of in SECRET_FIELDS.items() if of == kind}
        requests = [
            (path, json.dumps({**body, **dict.fromkeys(names & body.keys(), guess)}).encode())
            for path, body in said
            if names & body.keys()
        ]
        found += [f"{kind} {guess}: {way}" for way in haul.confirms(guess, requests)]
    return found


def _in_parallel(
    pool: ProcessPoolExecutor,
    judge: Callable[[list[tuple[str, str]]], list[str]],
    all_of_them: Iterator[tuple[str, str]],
) -> Iterator[tuple[list[tuple[str, str]], list[str]]]:
    """Judge pieces of the guesses in all processes, a few ahead."""
    ahead: deque[tuple[Guesses, Future[list[str]]]] = deque()
    for some in iter(lambda: list(islice(all_of_them, _PIECE)), []):
        ahead.append((some, pool.submit(judge, some)))
        if len(ahead) > _AHEAD:
            first, judged = ahead.popleft()
            yield first, judged.result()
    yield from ((some, judged.result()) for some, judged in ahead)


def main(arguments: list[str]) -> int:
    """Walk, copy, guess until the time is over; 1 where a guess was confirmed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database (default: SQLite)")
    parser.add_argument("--weak", action="store_true", help="hide a digest of the number, which must be found")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        haul = walked(Path(folder) / "sandbox", options.database)
    copy = haul.all_in_one
    if options.weak:
        copy.digests.add(copy.key.digest("request", SSN.encode())[:16])
    began, tried, hits = time.monotonic(), 0, list[str]()
    said = began
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for some, found in _in_parallel(pool, partial(confirmed, copy, haul.said), guesses()):
            tried, hits = tried + len(some), hits + found
            now = time.monotonic()
            if now - said > _SAY_EVERY:
                said = now
                print(f"{tried:,} guesses in {said - began:.0f} s, {len(hits)} confirmed", flush=True)
            if now - began > options.minutes * 60:
                break
        pool.shutdown(cancel_futures=True)
    seconds = time.monotonic() - began
    print(f"{len(haul.copies)} copies, {len(copy.digests):,} digests; {tried:,} guesses in {seconds:.0f} s:")
    print(f"{len(hits)} confirmed", *sorted(set(hits)), sep="\n")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
