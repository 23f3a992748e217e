"""Change the program in one place at a time, and count how many of the changes the tests near that place notice.

    uv run python -m tests.mutants --sample 60 --seed 7

prints what came of each change, with the test that noticed it, and returns 1 where more than one in ten was unnoticed.
The same seed takes the same changes as long as they can still be made.
"""

import argparse
import hashlib
import queue
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.mutants.changes import changes_in
from tests.mutants.judges import judged
from tests.mutants.trials import LIMIT, Fate, Mutant, Tree, Verdict

ROOT: Final = Path(__file__).parents[2]
ENOUGH: Final = 0.9
"""The share of the changes that must be noticed."""


def main() -> int:
    """Try a sample of the changes, or all; return 1 where too few are noticed, 2 where tests fail by themselves."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N", help="try N changes instead of all, which takes a day")
    parser.add_argument("--seed", type=int, default=7, help="which ones: the same seed takes the same")
    parser.add_argument("--only", default="", metavar="PATH", help="change only modules whose path has this in it")
    parser.add_argument("--workers", type=int, default=2, help="so many are tried at once")
    given = parser.parse_args()
    chosen = sample(mutants(given.only), given.sample, given.seed)
    if not chosen:
        parser.error(f"no module that decides has {given.only} in its path")
    with TemporaryDirectory(prefix="mutants-") as folder:
        trees = [Tree(ROOT, Path(folder) / str(number)) for number in range(given.workers)]
        verdicts = []
        try:
            for verdict in tried(chosen, trees):
                verdicts.append(verdict)
                print(verdict, flush=True)
            failing = failing_anyway(verdicts, trees[0])
        finally:
            for tree in trees:
                tree.close()
    if failing:
        print(f"These tests fail without any change, so nothing is known:\n{failing}")
        return 2
    says, is_enough = figure(verdicts)
    print(says)
    return 0 if is_enough else 1


def mutants(only: str) -> Iterator[Mutant]:
    """Each change to each module that decides and has `only` in its path."""
    for file, tests in judged().items():
        module = file.relative_to(ROOT)
        if only in str(module):
            for change in changes_in(file.read_bytes()):
                yield Mutant(module, change, [f"tests/{test}" for test in tests])


def sample(all_of_them: Iterable[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """Return `size` mutants, drawn such that a change elsewhere in the program draws no others."""

    def lot(mutant: Mutant) -> str:
        change = mutant.change
        name = f"{seed} {mutant.module.stem} {change.where} {change.old} {change.new} {change.number}"
        return hashlib.sha256(name.encode()).hexdigest()

    return sorted(all_of_them, key=lot)[:size]


def tried(chosen: Iterable[Mutant], trees: Sequence[Tree]) -> Iterator[Verdict]:
    """Try each mutant in a tree that is free, and yield what came of it."""
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def try_one(mutant: Mutant) -> Verdict:
        tree = free.get()
        try:
            return tree.try_out(mutant)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        for done in as_completed([pool.submit(try_one, mutant) for mutant in chosen]):
            yield done.result()


def failing_anyway(verdicts: Sequence[Verdict], tree: Tree) -> str:
    """Return which tests fail without any change, or take half the time that is too long; "" where none does."""
    killers = sorted(frozenset[str]().union(*(verdict.killers for verdict in verdicts)))
    slow = {tuple(verdict.mutant.tests) for verdict in verdicts if verdict.fate is Fate.TIMED_OUT}
    for tests, limit in [(tuple(killers), 3600.0), *((each, LIMIT / 2) for each in sorted(slow))]:
        status, said = tree.run(tests, limit) if tests else (0, "")
        if status is None:
            return f"{' '.join(tests)} take more than {limit:.0f} seconds"
        if status:
            return f"{said}\n{' '.join(tests)} end with {status}"
    return ""


def figure(verdicts: Sequence[Verdict]) -> tuple[str, bool]:
    """Return how many changes were noticed, in words, and whether that is enough."""
    fates = Counter(verdict.fate for verdict in verdicts)
    noticed = len(verdicts) - fates[Fate.SURVIVED]
    says = (
        f"{noticed} of {len(verdicts)} changes were noticed ({noticed / len(verdicts):.0%}), "
        f"{fates[Fate.TIMED_OUT]} of them since the tests took too long; {fates[Fate.SURVIVED]} were not."
    )
    return says, noticed >= ENOUGH * len(verdicts)


if __name__ == "__main__":
    sys.exit(main())
