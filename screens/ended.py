"""Screen of a registration that cannot continue."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow.actions import StartAnew
from iprescribe_tui.flow.page_texts import ENDED
from iprescribe_tui.front_ends.tui.step_parts import alternative
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.views import EndedView


class EndedScreen(StepScreen):
    """Reason for the end, and alternatives."""

    page = ENDED
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "anew", priority=True, show=False)]

    def body(self) -> Iterable[Widget]:
        """Yield the backend's reason and both alternatives."""
        if isinstance(self.view, EndedView):
            yield Label(self.view.heading, classes="ended", markup=False)
            yield Label(self.view.reason, classes="text", markup=False)
            if self.view.reference:
                yield Label(f"Reference: {self.view.reference}", classes="text", markup=False)
        yield Vertical(
            alternative("F8  Write to support", "support"),
            alternative("F4  Begin another registration", "anew"),
            classes="ways",
        )

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key that begins another registration."""
        return [("F4", "Begin another")]

    async def action_submit(self) -> None:
        self.action_leave()

    def action_anew(self) -> None:
        self.answer(StartAnew())
