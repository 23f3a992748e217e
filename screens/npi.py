"""Screen of step 1."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from iprescribe_tui.flow.actions import SignInInstead
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import Step


class NpiScreen(StepScreen):
    """NPI, or sign-in to a registration begun before."""

    step = Step.NPI
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f6", "sign_in", priority=True, show=False)]

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the key that leads to the sign-in."""
        return [("F6", "Sign in to resume")]

    def action_sign_in(self) -> None:
        """Go to the sign-in; the typed NPI is kept."""
        self.answer(SignInInstead())
