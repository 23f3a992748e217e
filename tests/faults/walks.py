"""Random people walk through random troubles, each beside a twin who has none, and whatever they did is there once.

    uv run python -m tests.faults.walks --walks 200 --seed 7

The program's loop and client are the real ones, and so are the line, the sandbox's process and its database; instead
of screens, somebody without a head answers. What they answer follows from the seed and from what they are shown, so
that the twin answers the same. Rounds of walks in two sandboxes, one for the twins, go side by side.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from iprescribe_tui.sandbox.domain.personas import PERSONAS, Persona
from tests.faults.counts import lost_and_doubled
from tests.faults.wanderer import Trouble, Wanderer, World, in_less_time, world
from tests.front_ends.applicant import put_photos

ROUND = 17
"""Walks in a pair of sandboxes, or fewer: no persona comes twice."""

PROCESSES = 6
"""More than this machine has cores: one that walks mostly waits."""


@dataclass(frozen=True)
class Outcome:
    """A walk and its twin: where it ended, what hit it, which screens of trouble it saw, what is missing or double."""

    persona: str
    end: str
    faults: Counter[str]
    troubles: Counter[str]
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    stuck: str

    @property
    def ok(self) -> bool:
        """Whether it ended as it should."""
        return not (self.lost or self.doubled or self.stuck)


def rounds(walks: int, seed: int) -> list[tuple[str, list[Persona]]]:
    """Rounds of random personas, each with a seed of its own."""
    chance, found = random.Random(seed), list[tuple[str, list[Persona]]]()
    while walks > 0:
        all_of_them = chance.sample(PERSONAS, len(PERSONAS))[:walks]
        walks -= len(all_of_them)
        found += [
            (f"{seed}/{len(found)}/{at}", all_of_them[at : at + ROUND]) for at in range(0, len(all_of_them), ROUND)
        ]
    return found


def walk_round(photos: Path, job: tuple[str, list[Persona]]) -> list[Outcome]:
    """One walk for each persona, and one of its twin."""
    seed, personas = job
    return asyncio.run(_round(photos, seed, personas))


async def _round(photos: Path, seed: str, personas: Sequence[Persona]) -> list[Outcome]:
    with TemporaryDirectory() as folder:
        async with world(Path(folder, "good"), photos) as good, world(Path(folder, "bad"), photos, seed) as bad:
            return [await _pair(f"{seed}/{persona.key}", persona, good, bad) for persona in personas]


async def _pair(seed: str, persona: Persona, good: World, bad: World) -> Outcome:
    twin = await Wanderer(persona, seed, good).walk()
    trouble = Trouble(seed, bad)
    walked = await Wanderer(persona, seed, bad, trouble).walk()
    lost, doubled = lost_and_doubled(twin.done, walked.done)
    stuck = next((one.stuck for one in (twin, walked) if one.stuck), "")
    if twin.end != walked.end:
        stuck = stuck or f"ends at {walked.end}, its twin at {twin.end}"
    return Outcome(persona.key, walked.end, trouble.hit, walked.troubles, tuple(lost), tuple(doubled), stuck)


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What it came to, in lines."""
    for name, of in (("fault", "faults"), ("screen of trouble", "troubles")):
        counts = sum((getattr(each, of) for each in outcomes), Counter[str]())
        yield f"\n{name}".ljust(46) + "times"
        yield from (f"{what.ljust(45)}{count:5}" for what, count in sorted(counts.items()))
    yield "\nend".ljust(46) + "walks"
    yield from (f"{end.ljust(45)}{count:5}" for end, count in sorted(Counter(each.end for each in outcomes).items()))
    yield ""
    for each in outcomes:
        if not each.ok:
            yield f"{each.persona}: {' · '.join(filter(None, (each.stuck, *each.lost, *each.doubled)))}"
    lost, doubled = (sum(bool(getattr(each, of)) for each in outcomes) for of in ("lost", "doubled"))
    stuck = sum(bool(each.stuck) for each in outcomes)
    yield f"{len(outcomes)} walks: {lost} lost something, {doubled} doubled something, {stuck} ended nowhere"


def walk(walks: int, seed: int) -> list[Outcome]:
    """So many walks, in as many processes as this machine has use for."""
    with TemporaryDirectory() as photos, ProcessPoolExecutor(PROCESSES, initializer=in_less_time) as pool:
        put_photos(Path(photos))
        jobs = pool.map(partial(walk_round, Path(photos)), rounds(walks, seed))
        return [outcome for done in jobs for outcome in done]


def main() -> int:
    """Walk, and say what came of it; 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.walks", description=__doc__)
    parser.add_argument("--walks", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = parser.parse_args()
    print(f"{options.walks} walks, seed {options.seed}", flush=True)
    began = time.monotonic()
    outcomes = walk(options.walks, options.seed)
    print(*table(outcomes), f"{time.monotonic() - began:.0f} s", sep="\n")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
