"""First screen if a registration was left unfinished."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from iprescribe_tui.flow.actions import Resume, ResumeView, SignInInstead, StartAnew
from iprescribe_tui.flow.page_texts import RESUME, resume_facts
from iprescribe_tui.front_ends.tui.step_parts import alternative, fact_lines
from iprescribe_tui.front_ends.tui.step_screen import StepScreen


class ResumeScreen(StepScreen):
    """Choice to continue the registration, to sign in, or to begin another one."""

    page = RESUME
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "sign_in", priority=True, show=False),
        Binding("f4", "anew", priority=True, show=False),
    ]

    def body(self) -> Iterable[Widget]:
        """Yield the state of the registration, and alternatives."""
        if isinstance(self.view, ResumeView):
            yield from fact_lines(resume_facts(self.view))
        yield Vertical(
            alternative("F4  Begin another registration", "anew"),
            alternative("F6  Sign in with a username", "sign_in"),
            classes="ways",
        )

    @property
    def can_go_back(self) -> bool:
        """False: this is the first screen."""
        return False

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the keys for the alternatives."""
        return [("F4", "Begin another"), ("F6", "Sign in")]

    async def action_submit(self) -> None:
        if isinstance(self.view, ResumeView) and not self.busy:
            self.answer(Resume(self.view.registration, self.view.username))

    def action_sign_in(self) -> None:
        self.answer(SignInInstead(self.view.username if isinstance(self.view, ResumeView) else ""))

    def action_anew(self) -> None:
        """Begin another registration; the unfinished one stays at the backend."""
        self.answer(StartAnew())
