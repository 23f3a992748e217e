"""Runs a hostile hour, or less; 0 where everybody was registered and nobody noticed."""

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.hour.attacks import KINDS
from tests.hostile.hour.phases import Plan, both, faults, slowness, summary


def main() -> int:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="how long the attack goes on")
    parser.add_argument("--rate", type=float, default=60, help="bad requests a second")
    parser.add_argument("--people", type=int, default=10, help="how many register side by side")
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1_000_000)))
    parser.add_argument("--only", action="append", default=[], choices=KINDS, metavar="KIND", help="one kind of attack")
    options = parser.parse_args()
    plan = Plan(options.minutes * 60, options.rate, options.people, options.seed, tuple(options.only))
    print(f"{options.minutes:g} minutes, {plan.rate:g} bad requests a second, seed {plan.seed}", flush=True)
    with TemporaryDirectory() as folder:
        peace, attacked = both(plan, Path(folder))
    wrong = [*faults(peace, attacked), *slowness(peace, attacked)]
    print(*summary(plan, peace, attacked), "", *(wrong or ["all as it should be"]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
