"""Screen of step 21."""

from collections.abc import Iterable

from textual.widgets import Button

from iprescribe_tui.front_ends.tui.step_parts import alternative
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class LicenseReviewScreen(StepScreen):
    """License to verify; a button for each one in the registry fills it in."""

    step = Step.LICENSE_REVIEW

    def alternatives(self) -> Iterable[Button]:
        """Yield a button for each license in the registry, after the other alternatives."""
        yield from super().alternatives()
        for index, (label, _) in enumerate(self.licenses()):
            yield alternative(f"Use {label}", f"use({index})")

    def licenses(self) -> list[tuple[str, dict[str, str]]]:
        """Return the licenses in the registry, each with the values that it fills in."""
        return self.form.shortcuts(self.step_view.options) if self.step_view else []

    def action_use(self, index: int) -> None:
        """Fill in the license: its number and the state that issued it."""
        _, values = self.licenses()[index]
        for row in self.field_rows:
            if row.field_name in values:
                row.put(values[row.field_name])
