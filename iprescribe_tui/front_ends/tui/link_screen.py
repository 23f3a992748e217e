"""Screen of a step that continues on a phone: the address as a QR code and as text, to copy or print."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.client.web_address import opens_at
from iprescribe_tui.front_ends.tui.printing import print_plainly
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.chrome import OpensAt
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.front_ends.tui.widgets.qr_code import QrBeside
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.views import HandoffView


class LinkScreen(StepScreen):
    """Screen for a handoff's address; with any other view it is an ordinary step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "qr_alone", priority=True, show=False),
        Binding("f4", "copy", priority=True, show=False),
        Binding("f6", "print", priority=True, show=False),
    ]

    @property
    def url(self) -> str:
        """Address to open on a phone, "" if the step is done here."""
        return self.view.url if isinstance(self.view, HandoffView) else ""

    @property
    def can_continue(self) -> bool:
        """False while waiting for a phone."""
        return not self.url

    def rows(self) -> Iterable[FieldRow]:
        """Yield no row while a phone does the step."""
        return () if self.url else super().rows()

    def beside(self) -> Iterable[Widget]:
        """Yield the address as a QR code."""
        if self.url:
            yield QrBeside(self.url, opens_at(self.url))

    def below(self) -> Iterable[Widget]:
        """Yield the host that the address opens at, and the whole address on one line."""
        if self.url:
            yield OpensAt(opens_at(self.url))
            yield Label(plain(self.url), id="url", markup=False)

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the keys that copy and print the address."""
        return [("F4", "Copy"), ("F6", "Print")] if self.url else []

    def action_copy(self) -> None:
        """Copy the address to the terminal's clipboard, which some terminals withhold from programs."""
        if self.url:
            self.app.copy_to_clipboard(self.url)
            self.show_status("Sent to the terminal's clipboard; if it is not there, press F6.")

    def action_print(self) -> None:
        """Print the address and its code outside the full screen, until a key is pressed."""
        if self.url:
            print_plainly(self.app, self.url)

    def action_qr_alone(self) -> None:
        for code in self.query(QrBeside):
            code.show_alone()
