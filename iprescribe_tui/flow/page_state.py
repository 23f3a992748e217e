"""What the registration's flow hands to a front end, and what it asks of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from iprescribe_tui.client import BackendError
from iprescribe_tui.flow.actions import Action, View
from iprescribe_tui.journey.fields import FieldValue
from iprescribe_tui.journey.views import Problem, ServiceDocument


@dataclass(frozen=True)
class Filled:
    """What a source fills in at a page, and does then; without an `action` a person goes on, and `turn` says why.

    `problem` is what the form refused; `despite` has the digests of photos to send whatever seems wrong with them.
    """

    values: Mapping[str, FieldValue] = field(default_factory=dict, repr=False)
    action: Action | None = None
    turn: str = ""
    problem: Problem | None = None
    despite: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PageState:
    """A page as it is to be shown: the view, what was typed there before, and what is to be said with it.

    `problem` is what was wrong with the last action; `service` has the lists and rules that the form is checked by.
    A page is shown once more with what a source has `filled` in.
    """

    view: View
    problem: Problem | None = None
    typed: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    notices: tuple[str, ...] = ()
    service: ServiceDocument | None = None
    filled: Filled | None = None


@dataclass(frozen=True)
class WaitState:
    """What the backend is being waited for.

    `seconds` have passed since an action was sent; None where a change is waited for, and the page can be answered.
    `sent` of `total` bytes of a photo have left. `trouble` says why the backend can't be asked for the change.
    """

    seconds: int | None = None
    sent: int = 0
    total: int = 0
    trouble: BackendError | None = None


class FrontEnd(Protocol):
    """All that a front end is: Textual screens, plain prompts, somebody in a test.

    It tells the flow of each key or line with `RegistrationFlow.touch`, and of what was typed with `LocalState.keep`.
    """

    async def show(self, page: PageState) -> None:
        """Show a page; one whose view is shown already stays, with what was typed into it."""
        ...

    async def read(self) -> Action:
        """Return the next action at the page that is shown; TimedOut once the session was said to be over."""
        ...

    async def confirm_retry(self, error: BackendError) -> bool:
        """Say that the backend could not be asked. True tries the same again, False goes back to the page."""
        ...

    def waiting(self, state: WaitState | None) -> None:
        """Show what is waited for: at once, each second, and at each news. None: a page or a question comes next."""
        ...

    def idle(self, seconds_left: float | None) -> None:
        """Warn that the session ends for want of keys; 0: it is over, so hide what was typed; None: no more warning."""
        ...


class ActionSource(Protocol):
    """What answers pages in place of a person, as far as it can: an answers file."""

    def answers(self, page: PageState) -> bool:
        """Return whether it has an answer left for a page."""
        ...

    async def fill(self, page: PageState) -> Filled:
        """Return what it fills in at a page and does then; waits where it has nothing to do until the page changes."""
        ...

    def hand_over(self, page: PageState) -> None:
        """Answer a page no more: a person has pressed a key there."""
        ...
