"""How long an answers file takes from the start of the program to the Social Security number, in a real terminal.

    uv run python -m tests.bench.answers [ROUNDS]

The program and its sandbox are started in an empty home each time, in a PTY of 80×24; it counts until the hand-over
shows.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.terminal.terminal import PROGRAM, Terminal
from tests.terminal.test_answers import partial


def measure() -> float:
    """Seconds from the start to "Your turn" at the Social Security number."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command = (*PROGRAM, "--answers", str(partial(home)))
        begun = time.perf_counter()
        with Terminal(command, home=home, env={"PHONE": "217-555-0134"}) as terminal:
            terminal.until("Your Social Security number", "Your turn")
            took = time.perf_counter() - begun
            terminal.press("f10")
            terminal.finish()
    return took


def main(rounds: int) -> None:
    """Print the median and the extremes."""
    took = [measure() for _ in range(rounds)]
    print(
        f"start to ssn   median {statistics.median(took):.1f} s   fastest {min(took):.1f} s   slowest {max(took):.1f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
