"""Screen of step 12 for an authenticator app."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.flow.page_texts import in_groups
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.qr_code import QrBeside
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.steps import Step


class MfaTotpScreen(StepScreen):
    """Key of the authenticator app, to scan or to type."""

    step = Step.MFA_TOTP
    DEFAULT_CLASSES = "-dense"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f3", "qr_alone", priority=True, show=False)]

    def revealed(self, name: str) -> str:
        """Return the secret `name` that the view reveals, "" if it does not."""
        reveal = self.step_view.reveal if self.step_view else {}
        return reveal[name].get_secret_value() if name in reveal else ""

    def body(self) -> Iterable[Widget]:
        """Yield the key in groups of four, then the form."""
        key = plain(self.revealed("totp_secret"))
        groups = in_groups(key)
        lines = [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
        yield Label("The key:", markup=False)
        yield Label("\n".join(lines), classes="secret-shown", markup=False)
        yield Label("Continue when the app shows six digits.", classes="text", markup=False)
        yield from super().body()

    def beside(self) -> Iterable[Widget]:
        """Yield the key as a QR code."""
        if uri := self.revealed("otpauth_uri"):
            yield QrBeside(uri)

    def action_qr_alone(self) -> None:
        """Show the code alone on the screen. It is secret, so it is never printed to the scrollback."""
        for code in self.query(QrBeside):
            code.show_alone()
