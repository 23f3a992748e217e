"""Idle time, on a clock that includes the time in which the machine sleeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from iprescribe_tui.journey.service_document import SessionPolicy

_COUNTS_ON = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Linux's monotonic clock stops while a laptop is shut; those of macOS and Windows do not."""


def now() -> float:
    """Return seconds from a fixed moment in the past, including those in which the machine slept."""
    return time.monotonic() if _COUNTS_ON is None else time.clock_gettime(_COUNTS_ON)


@dataclass
class Presence:
    """Time of the latest key, by `clock` in seconds; `policy` says how long a session lasts without one."""

    clock: Callable[[], float] = now
    policy: SessionPolicy = field(default_factory=SessionPolicy)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Count from now."""
        self._since = self.clock()

    def touch(self) -> bool:
        """Note a key. Return False if the session was over before: someone else may have pressed it."""
        if not self.is_over:
            self.begin()
            return True
        return False

    @property
    def seconds_left(self) -> float:
        """Seconds until the session ends without a key; 0 once it is over."""
        return max(0.0, self._since + self.policy.idle - self.clock())

    @property
    def is_over(self) -> bool:
        """True after too long without a key."""
        return self.seconds_left == 0

    @property
    def should_warn(self) -> bool:
        """True while the end is near: at most half of the idle time, even if the policy's warning is longer."""
        return self.seconds_left <= min(self.policy.warning, self.policy.idle / 2)
