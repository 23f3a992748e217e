"""Step 1."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.turns import SignInInstead
from iprescribe_tui.ui.step_screen import StepScreen


class NpiScreen(StepScreen):
    """Asks for the NPI, and lets those who have begun before sign in."""

    step = Step.NPI
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f6", "sign_in", priority=True, show=False)]

    def own_keys(self) -> list[tuple[str, str]]:
        """Those who have begun before sign in."""
        return [("F6", "Sign in to resume")]

    def action_sign_in(self) -> None:
        """To the sign-in, with what is typed here kept."""
        self.answer(SignInInstead())
