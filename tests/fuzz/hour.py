"""Fuzz for as long as one likes: `python -m tests.fuzz.hour --minutes 60 --seed 7`; each round has its own seed."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run round after round until the time is over; return 1 at the first that fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=7, help="of the first round; each further one has the next number")
    parser.add_argument("--times", type=int, default=5, help="as many inputs in a round as in the matrix, times this")
    given = parser.parse_args()
    end, seed = time.monotonic() + given.minutes * 60, given.seed
    while time.monotonic() < end:
        environment = {**os.environ, "FUZZ_SEED": str(seed), "FUZZ_TIMES": str(given.times)}
        print(f"Seed {seed}, {(end - time.monotonic()) / 60:.0f} minutes left:", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-m", "matrix", "-n", "1", "-p", "no:cacheprovider", str(HERE)]
        if subprocess.run(command, env=environment, cwd=HERE.parents[1]).returncode:
            print(f"Again: FUZZ_SEED={seed} FUZZ_TIMES={given.times} uv run pytest -m matrix tests/fuzz")
            return 1
        seed += 1
    print(f"{seed - given.seed} rounds, seeds {given.seed} to {seed - 1}: nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
