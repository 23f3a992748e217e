"""How inputs are drawn: the same ones for the same seed, which is said in the table of what was tried."""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.tally import Tally

SEED: Final = int(os.environ.get("FUZZ_SEED", "7"))
TIMES: Final = int(os.environ.get("FUZZ_TIMES", "1"))
"""How many times as many inputs are tried as in the matrix."""

Attempt = Callable[..., str]
"""Tries one input; returns a word for what came of it, by which it is counted."""


def fuzz(tally: Tally, what: str, inputs: int, attempt: Attempt, **drawn: SearchStrategy[Any]) -> None:
    """Try so many `inputs`; the shortest that fails is shown, with how to draw it again."""
    counts: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=inputs * TIMES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(**drawn)
    def tried(**values: Any) -> None:
        counts["tried"] += 1
        counts[attempt(**values)] += 1

    try:
        tried()
    finally:
        tally(f"fuzz, seed {SEED}", what, **counts)
