"""Screen after step 13: the recovery code."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.steps import Step


class RecoveryCodeScreen(StepScreen):
    """Recovery code, shown once."""

    step = Step.RECOVERY_CODE

    def body(self) -> Iterable[Widget]:
        """Yield the code alone on its line, then the form."""
        reveal = self.step_view.reveal if self.step_view else {}
        if "recovery_code" in reveal:
            yield Label(plain(reveal["recovery_code"].get_secret_value()), classes="secret-shown", markup=False)
        yield from super().body()
