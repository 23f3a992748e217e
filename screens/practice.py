"""Screen of step 5."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from iprescribe_tui.journey.checks.address import judge_address, without_po_box
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen


class PracticeScreen(StepScreen):
    """Practice; F3 fills in the registry's address, F4 keeps the street and drops a PO Box."""

    step = Step.PRACTICE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f4", "keep_street", priority=True, show=False)]

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key for the registry's address, if there is one."""
        return [("F3", "Registry address")] if self.step_view and self.step_view.on_file else []

    def address(self) -> list[str]:
        """Return the typed address as arguments of `judge_address`."""
        values = {name: str(value) for name, value in self.values.items()}
        return [values[key] for key in ("street", "suite", "city", "state", "zip_code")]

    def check_touched(self) -> None:
        """Show errors, then warnings about accepted addresses (private mailbox at a street, military address)."""
        super().check_touched()
        verdict = judge_address(*self.address())
        for row in self.field_rows:
            if row.field_name == verdict.field and verdict.ok and verdict.message and not row.has_class("-wrong"):
                row.show_note(verdict.message)

    def explained(self, name: str, message: str) -> str:
        """Add the key that keeps the street, if there is one beside the PO Box."""
        if name not in ("street", "suite"):
            return message
        keep = without_po_box(*self.address())
        if not keep or judge_address(*self.address()).field != name:
            return message
        return f'{message} F4 keeps "{", ".join(filter(None, keep))}".'

    def action_keep_street(self) -> None:
        """Keep the street and drop the PO Box."""
        keep = without_po_box(*self.address())
        if keep:
            for row in self.field_rows:
                if row.field_name in ("street", "suite"):
                    row.put(keep[0] if row.field_name == "street" else keep[1])
            self.call_later(self.check_touched)
