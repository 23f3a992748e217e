"""How long the first paint and the echo of a key take, as ratios to a bare Textual program in the same run.

    uv run python -m tests.bench.start [ROUNDS]

Both programs are started in turn in a PTY of 80×24, each in an empty home. The first paint counts from the start of the
process until the first words of the first screen show; an echo from the write of a digit until it shows. Medians, and
the median of the ratios round by round, since a machine's speed drifts.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.terminal.terminal import PROGRAM, Terminal

BARE = (sys.executable, str(Path(__file__).parent / "bare.py"))
DIGITS = "1734920586"
Figures = tuple[float, float]


def measure(command: tuple[str, ...], painted: str, ready: str) -> Figures:
    """First paint, and the median echo of ten digits, in milliseconds."""
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        with Terminal(command, home=Path(home)) as terminal:
            terminal.until(painted)
            paint = time.perf_counter() - begun
            terminal.until(ready)
            echoes = []
            for index in range(len(DIGITS)):
                until_quiet(terminal)
                sent = time.perf_counter()
                terminal.press(DIGITS[index])
                terminal.until(DIGITS[: index + 1])
                echoes.append(time.perf_counter() - sent)
    return 1000 * paint, 1000 * statistics.median(echoes)


def until_quiet(terminal: Terminal) -> None:
    """Until nothing has been sent for a fifth of a second."""
    sent = -1
    while len(terminal.raw) > sent:
        sent = len(terminal.raw)
        terminal.drain(0.2)


def main(rounds: int) -> None:
    """Print the figures of `rounds` rounds after one that does not count."""
    bare: list[Figures] = []
    ours: list[Figures] = []
    for number in range(rounds + 1):
        figures = measure(BARE, "ype here", "ype here"), measure(PROGRAM, "Enter your NPI", "10 digits")
        if number:
            bare.append(figures[0])
            ours.append(figures[1])
    for index, name in enumerate(("first paint", "echo of a key")):
        ratio = statistics.median(mine[index] / other[index] for mine, other in zip(ours, bare, strict=True))
        print(
            f"{name:<14} bare {statistics.median(one[index] for one in bare):6.1f} ms"
            f"   ours {statistics.median(one[index] for one in ours):6.1f} ms   ratio {ratio:.2f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
