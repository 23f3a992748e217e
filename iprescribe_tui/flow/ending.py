"""Exit statuses of a registration."""

from dataclasses import dataclass
from enum import IntEnum

SIGNALED = 128
"""Added to the number of the signal that ended the program, as shells do."""


class Ending(IntEnum):
    """End of a registration; only REGISTERED is 0."""

    REGISTERED = 0
    CRASHED = 1
    LEFT = 10
    REFUSED = 11
    ENDED = 12
    UNREACHABLE = 13


@dataclass(frozen=True)
class Farewell:
    """Text to print after the program has ended, and its exit status."""

    text: str = ""
    status: int = Ending.LEFT
