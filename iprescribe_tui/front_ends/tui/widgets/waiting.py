"""Countdown: an awaited event, its time left, and the time until a code or link can be sent again."""

from datetime import UTC, datetime
from typing import Self

from textual.content import Content
from textual.widgets import Static

from iprescribe_tui.flow.page_texts import waited_for
from iprescribe_tui.journey.views import HandoffView, LockedView, StepViewBase, WaitingView
from iprescribe_tui.system.wording import countdown


class Countdown(Static):
    """Lines that tick: … It works for another 14:05. F5 sends a new one in 4:05."""

    def __init__(self, waiting_for: str, until: datetime | None, resend_at: datetime | None) -> None:
        super().__init__(markup=False, classes="countdown")
        self.waiting_for, self.until, self.resend_at = waiting_for, until, resend_at

    @classmethod
    def of(cls, view: StepViewBase | LockedView) -> Self | None:
        """Return the countdown of a view, None if it has none."""
        match view:
            case HandoffView(slots=(_, *_)):
                return cls(waited_for(view), view.until if view.state in ("waiting", "opened") else None, None)
            case WaitingView() | HandoffView():
                return cls(waited_for(view), view.until, view.resend_at)
            case LockedView():
                return cls("", view.until, None)
            case StepViewBase() if view.resend_at:
                return cls("", None, view.resend_at)
        return None

    def on_mount(self) -> None:
        self.set_interval(1, self.refresh)

    def render(self) -> Content:
        now = datetime.now(UTC)
        lines = []
        if self.until:
            left = countdown((self.until - now).total_seconds())
            if self.until > now:
                text = f"{self.waiting_for} It works for another {left}." if self.waiting_for else f"{left} left."
            else:
                text = f"{self.waiting_for} The time is up." if self.waiting_for else "The time is up."
            lines.append(text)
        elif self.waiting_for:
            lines.append(self.waiting_for)
        if self.resend_at:
            wait = (self.resend_at - now).total_seconds()
            lines.append(
                f"F5 sends a new one in {countdown(wait)}." if wait > 0 else "Nothing came? F5 sends a new one."
            )
        return Content("\n".join(lines))
