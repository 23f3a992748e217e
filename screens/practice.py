"""Screen of step 5."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.forms import PracticeForm
from iprescribe_tui.journey.steps import Step


class PracticeScreen(StepScreen):
    """Practice; F3 fills in the registry's address, F4 keeps the street and drops a PO Box."""

    step = Step.PRACTICE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "keep_street", priority=True, show=False)]

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key for the registry's address, if there is one."""
        return [("F3", "Registry address")] if self.step_view and self.step_view.on_file else []

    def check_touched(self) -> None:
        """Show errors, then warnings about accepted addresses (private mailbox at a street, military address)."""
        super().check_touched()
        remarks = PracticeForm.remarks(self.values)
        for row in self.field_rows:
            if row.field_name in remarks and not row.has_class("-wrong"):
                row.show_note(remarks[row.field_name])

    def explained(self, name: str, message: str) -> str:
        """Return the message; if there is a street beside a PO Box, it names the key that keeps the street."""
        return PracticeForm.explained(name, message, self.values, "F4")

    def action_keep_street(self) -> None:
        if kept := PracticeForm.kept(self.values):
            for row in self.field_rows:
                if row.field_name in kept:
                    row.put(kept[row.field_name])
            self.call_later(self.check_touched)
