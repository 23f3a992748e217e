"""How long nobody has been there: pure arithmetic on a clock that counts on while the machine sleeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from iprescribe_tui.journey.views import SessionPolicy

_COUNTS_ON = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Linux's monotonic clock stands still while a laptop is shut; macOS's and Windows' do not."""


def now() -> float:
    """Seconds since some time in the past, those in which the machine slept among them."""
    return time.monotonic() if _COUNTS_ON is None else time.clock_gettime(_COUNTS_ON)


@dataclass
class Presence:
    """When somebody was last there, by `clock` in seconds; `policy` says how long a session waits for them."""

    clock: Callable[[], float] = now
    policy: SessionPolicy = field(default_factory=SessionPolicy)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Somebody is there, without a doubt: count from now."""
        self._since = self.clock()

    def touch(self) -> bool:
        """A key was pressed. False where that was too late: whoever pressed it may be somebody else."""
        if not self.is_over:
            self.begin()
            return True
        return False

    @property
    def seconds_left(self) -> float:
        """After so many seconds without a key the session ends; 0 where it is over."""
        return max(0.0, self._since + self.policy.idle - self.clock())

    @property
    def is_over(self) -> bool:
        """Whether nobody was there for too long."""
        return self.seconds_left == 0

    @property
    def should_warn(self) -> bool:
        """Whether the end is near; with a policy that warns early, at most half of the time is warned of."""
        return self.seconds_left <= min(self.policy.warning, self.policy.idle / 2)
