"""How many addresses a second `validate address --jsonl` judges on one core, start and streams included.

    uv run python -m tests.bench.validate [THOUSANDS]

Three mixes of made-up addresses go through the installed command: plain streets, one PO Box in ten, and nothing but
boxes, each thousand spelled otherwise. The figure is lines by the processor time of the command, as the system counts
it, and the most memory that it ever held.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

COMMAND = (str(Path(sys.executable).with_name("iprescribe-tui")), "validate", "address", "--jsonl")
BOXES = (
    "PO Box {}",
    "P.O. Box {}, 12 Made Up St",
    "Post Office Drawer {}",
    "Apartado {}",
    "ＰＯ　Ｂｏｘ {}",
    "POB #{}",
)


def street(number: int) -> dict[str, object]:
    town = {"city": "Springfield", "state": "IL", "zip": "62701"}
    return {"id": number, "line1": f"{number} Made Up Ave", "line2": f"Suite {number % 90}", **town}


def box(number: int) -> dict[str, object]:
    return {**street(number), "line1": BOXES[number % len(BOXES)].format(number), "line2": ""}


MIXES: dict[str, Callable[[int], dict[str, object]]] = {
    "streets": street,
    "one box in ten": lambda number: (street if number % 10 else box)(number),
    "boxes": box,
}


def measure(row: Callable[[int], dict[str, object]], count: int) -> tuple[float, float]:
    """Addresses a second, and the most memory in MiB."""
    with tempfile.TemporaryFile() as source:
        source.writelines(json.dumps(row(number)).encode() + b"\n" for number in range(count))
        source.seek(0)
        child = subprocess.Popen(COMMAND, stdin=source, stdout=subprocess.PIPE)
        assert child.stdout
        answers = sum(1 for _ in child.stdout)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert (answers, child.returncode) == (count, 0)
    return count / (usage.ru_utime + usage.ru_stime), usage.ru_maxrss / 1024


def main(thousands: int) -> None:
    """Print the figures."""
    for name, row in MIXES.items():
        speed, memory = measure(row, thousands * 1000)
        print(f"{name:<15} {speed:8,.0f} addresses a second   {memory:5.1f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
