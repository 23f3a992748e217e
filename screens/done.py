"""Screen at the end: a receipt without secrets."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow import receipts
from iprescribe_tui.flow.page_texts import receipt_facts
from iprescribe_tui.front_ends.tui.step_parts import fact_lines
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.chrome import ProgressTrack, Rail
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import DoneView
from iprescribe_tui.system.private_files import advice_for, cause_of


class DoneScreen(StepScreen):
    """Receipt, saved on request."""

    step = Step.DONE
    go_on = "Finish"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "save", priority=True, show=False)]

    def on_mount(self) -> None:
        self.query_one(ProgressTrack).finish()
        self.query_one(Rail).finish()

    def body(self) -> Iterable[Widget]:
        """Yield username, reference, and next steps."""
        if not isinstance(self.view, DoneView):
            return
        receipt = self.view.receipt
        yield from fact_lines(receipt_facts(receipt))
        for number, line in enumerate(receipt.next_steps, 1):
            yield Label(f"{number}. {line}", classes="text", markup=False)
        yield Label("", id="saved", classes="text", markup=False)

    @property
    def can_go_back(self) -> bool:
        """False: the registration is complete."""
        return False

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key that saves the receipt."""
        return [("F4", "Save the receipt")]

    def action_save(self) -> None:
        if isinstance(self.view, DoneView):
            saved = self.query_one("#saved", Label)
            try:
                saved.update(f"✓ Saved as {receipts.save(self.screen_context.state_dir, self.view.receipt)}")
            except OSError as failed:
                why = f"{cause_of(failed)}. {advice_for(failed)}."
                saved.update(f"✗ It could not be saved in {self.screen_context.state_dir}: {why}")
            self.call_after_refresh(saved.scroll_visible, animate=False)

    async def action_submit(self) -> None:
        self.action_leave()
