"""Step 6."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.journey.protocol import HandoffView
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.qr import QrBeside
from iprescribe_tui.ui.step_screen import StepScreen


class IdmeLaunchScreen(StepScreen):
    """Leads over to ID.me: to the product's own screens, or to a phone where the backend hosts the proofing."""

    step = Step.IDME_LAUNCH

    def body(self) -> Iterable[Widget]:
        """A hosted backend's URL as text; else the form."""
        if not isinstance(self.view, HandoffView):
            yield from super().body()
            return
        yield Label("Go on at this address, on your phone or in any browser:", markup=False)
        yield Label(self.view.url, classes="url", markup=False)
        yield from super().body()

    def beside(self) -> Iterable[Widget]:
        """The URL as a QR code."""
        if isinstance(self.view, HandoffView):
            yield QrBeside(self.view.url)

    def rows(self) -> Iterable[FieldRow]:
        """Nothing is filled in here when a phone goes on."""
        return () if isinstance(self.view, HandoffView) else super().rows()

    def buttons(self) -> Iterable[Widget]:
        """Nothing to continue with while a phone is waited for."""
        return (button for button in super().buttons() if not isinstance(self.view, HandoffView) or button.id == "back")
