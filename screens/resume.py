"""The first screen where a registration was left: go on with it?"""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from iprescribe_tui.pages import RESUME, resume_facts
from iprescribe_tui.turns import Resume, ResumeView, SignInInstead, StartAnew
from iprescribe_tui.ui.step_screen import StepScreen, way


class ResumeScreen(StepScreen):
    """Asks whether to continue where one left off, to sign in, or to begin another registration."""

    page = RESUME
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "sign_in", priority=True, show=False),
        Binding("f4", "anew", priority=True, show=False),
    ]

    def body(self) -> Iterable[Widget]:
        """What was left, and when."""
        if isinstance(self.view, ResumeView):
            yield from self.facts(resume_facts(self.view))
        yield Vertical(
            way("F4  Begin another registration", "anew"), way("F6  Sign in with a username", "sign_in"), classes="ways"
        )

    @property
    def can_go_back(self) -> bool:
        """There is nothing before it."""
        return False

    def own_keys(self) -> list[tuple[str, str]]:
        """The two other ways on."""
        return [("F4", "Begin another"), ("F6", "Sign in")]

    async def action_submit(self) -> None:
        """Go on with the registration that was left."""
        if isinstance(self.view, ResumeView) and not self.busy:
            self.answer(Resume(self.view.registration, self.view.username))

    def action_sign_in(self) -> None:
        """Go on with whatever registration the username has."""
        self.answer(SignInInstead(self.view.username if isinstance(self.view, ResumeView) else ""))

    def action_anew(self) -> None:
        """Begin with an NPI; what was left stays at the backend."""
        self.answer(StartAnew())
