"""Step 21."""

from collections.abc import Iterable

from textual.widgets import Button

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen, way


class LicenseReviewScreen(StepScreen):
    """Asks which license; each that the registry has is taken with one button."""

    step = Step.LICENSE_REVIEW

    def ways(self) -> Iterable[Button]:
        """The registry's licenses, each in one button."""
        yield from super().ways()
        for index, (label, _) in enumerate(self.licenses()):
            yield way(f"Use {label}", f"use({index})")

    def licenses(self) -> list[tuple[str, dict[str, str]]]:
        """The licenses that the registry has, and what each fills in."""
        return self.form.shortcuts(self.step_view.options) if self.step_view else []

    def action_use(self, index: int) -> None:
        """Fill in the license: its number and the state that issued it."""
        _, values = self.licenses()[index]
        for row in self.field_rows:
            if row.field_name in values:
                row.put(values[row.field_name])
