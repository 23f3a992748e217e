"""Upload of a photo: bar, bytes sent, time left, and the key that stops it."""

import time
from collections import deque
from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from iprescribe_tui.system.wording import amount, countdown

_WINDOW = 10.0
"""Seconds that the rate is averaged over, so that it follows a connection that slows down."""

_STALLED = 3.0
"""Seconds without a byte after which the upload is called stalled."""


class UploadProgress:
    """Progress of one upload; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.sent = self.total = 0
        self.again = False
        self._clock = clock
        self._heard: deque[tuple[float, int]] = deque()

    def heard(self, sent: int, total: int) -> None:
        """Record that `sent` of `total` bytes have left; fewer than before, with the same total, is a new attempt."""
        if sent < self.sent or total != self.total:
            self.again = sent < self.sent < self.total == total
            self._heard.clear()
        now = self._clock()
        self.sent, self.total = sent, total
        self._heard.append((now, sent))
        while len(self._heard) > 2 and now - self._heard[0][0] > _WINDOW:
            self._heard.popleft()

    @property
    def still(self) -> float:
        """Seconds since the last byte."""
        return self._clock() - self._heard[-1][0] if self._heard else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left at the current rate, None if not known yet."""
        if len(self._heard) < 2:
            return None
        (then, before), (_, sent) = self._heard[0], self._heard[-1]
        seconds = self._clock() - then
        return (self.total - sent) * seconds / (sent - before) if sent > before and seconds > 0 else None

    def text(self) -> str:
        """Return the bytes sent, and the time left or the event that is awaited."""
        amounts = f"{amount(self.sent)} of {amount(self.total)}"
        left = self.left
        if self.sent >= self.total:
            rest = "sent, being looked at"
        elif self.still > _STALLED:
            rest = f"no answer for {self.still:.0f} s"
        elif left is None:
            rest = "…"
        else:
            rest = f"{countdown(max(1, round(left)))} left"
        return f"{amounts} · {rest}"


class SendingBar(Static):
    """Line that shows the upload; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(markup=False, id="sending")
        self.upload = UploadProgress()
        self.display = False

    def on_mount(self) -> None:
        """Refresh every second, as time passes even if nothing moves."""
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        if self.display:
            self.refresh()

    def heard(self, sent: int, total: int) -> None:
        """Show that `sent` of `total` bytes have left."""
        self.upload.heard(sent, total)
        self.display = True
        self.refresh()

    @property
    def under_way(self) -> bool:
        """True if some bytes have not left yet."""
        return bool(self.display) and self.upload.sent < self.upload.total

    def rest(self) -> None:
        """Reset and hide the line."""
        self.upload, self.display = UploadProgress(), False

    def render(self) -> Content:
        upload = self.upload
        text = f"  {upload.text()}"
        keys = "  F9 stops it" if self.under_way else ""
        what = "Sending again " if upload.again else "Sending "
        room = self.content_size.width - len(what) - len(text) - len(keys)
        length = max(4, min(40, room))
        done = length * upload.sent // upload.total if upload.total else 0
        return Content.assemble(
            (what, "bold"),
            ("━" * done, "$accent"),
            ("─" * (length - done), "$text-muted"),
            text,
            (keys, "$text-muted"),
        )
