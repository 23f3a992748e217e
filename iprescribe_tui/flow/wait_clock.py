"""Reports to a front end, each second, of how long the backend has been waited for."""

import asyncio
from collections.abc import Callable

from iprescribe_tui.flow.page_state import WaitState


class EverySecond:
    """Timer that calls `call` each second, with the seconds so far, until it is stopped."""

    def __init__(self, call: Callable[[int], None]) -> None:
        self.seconds = 0
        self._call = call
        self._wait()

    def stop(self) -> None:
        """Stop the calls."""
        self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1, self._tick)

    def _tick(self) -> None:
        self.seconds += 1
        self._wait()
        self._call(self.seconds)


class WaitClock:
    """Reports of an action that was sent: at once, each second, and as more of a photo leaves; None at its end."""

    def __init__(self, tell: Callable[[WaitState | None], None]) -> None:
        self._tell = tell
        self._clock: EverySecond | None = None

    def begin(self) -> None:
        """Report a wait that begins now."""
        self.end()
        self._clock = EverySecond(lambda seconds: self._tell(WaitState(seconds)))
        self._tell(WaitState(0))

    def end(self) -> bool:
        """Report the end of any wait; return whether there was one."""
        clock, self._clock = self._clock, None
        if clock:
            clock.stop()
        self._tell(None)
        return clock is not None

    def uploading(self, sent: int, total: int) -> None:
        """Report that `sent` of `total` bytes of a photo have left."""
        if self._clock and total:
            self._tell(WaitState(self._clock.seconds, sent, total))
