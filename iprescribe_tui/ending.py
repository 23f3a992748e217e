"""Exit statuses of a registration: how it ended, as a number for the shell."""

from dataclasses import dataclass
from enum import IntEnum

SIGNALED = 128
"""Added to a signal's number when that signal ended the program, as shells do."""


class Ending(IntEnum):
    """How a run of the registration ended. Only REGISTERED is 0."""

    REGISTERED = 0
    CRASHED = 1
    LEFT = 10
    REFUSED = 11
    ENDED = 12
    UNREACHABLE = 13


@dataclass(frozen=True)
class Farewell:
    """What is printed once the program has ended, and its exit status."""

    text: str = ""
    status: int = Ending.LEFT
