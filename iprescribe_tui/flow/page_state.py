"""Pages, waits, and values that the flow hands to a front end, and its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from iprescribe_tui.client import BackendError
from iprescribe_tui.flow.actions import Action, View
from iprescribe_tui.journey.fields import FieldValue
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.views import Problem


@dataclass(frozen=True)
class Filled:
    """Values and action of a source at a page; without an `action` a person continues, and `turn` says why.

    `problem` is the form's, if it refused them; `despite` has the digests of photos to send despite doubts.
    """

    values: Mapping[str, FieldValue] = field(default_factory=dict, repr=False)
    action: Action | None = None
    turn: str = ""
    problem: Problem | None = None
    despite: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PageState:
    """Page to show: its view, the values typed there before, and notices to show with it.

    `problem` is the problem with the last action; `service` has the lists and rules that the form is checked by.
    A page is shown once more with the values that a source has `filled` in.
    """

    view: View
    problem: Problem | None = None
    typed: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    notices: tuple[str, ...] = ()
    service: ServiceDocument | None = None
    filled: Filled | None = None


@dataclass(frozen=True)
class WaitState:
    """Wait for the backend.

    `seconds` have passed since an action was sent; None while a change is awaited, and the page can be answered.
    `sent` of `total` bytes of a photo have left. `trouble` is the reason if the backend can't be asked for the change.
    """

    seconds: int | None = None
    sent: int = 0
    total: int = 0
    trouble: BackendError | None = None


class FrontEnd(Protocol):
    """Front end, such as Textual screens or plain prompts.

    It reports each key or line to `RegistrationFlow.touch`, and typed values to `LocalState.keep`.
    """

    async def show(self, page: PageState) -> None:
        """Show a page; one with the same view as before stays, with the values typed into it."""
        ...

    async def read(self) -> Action:
        """Return the next action at the current page; `TimedOut` once `idle` was called with 0 in a session."""
        ...

    async def confirm_retry(self, error: BackendError) -> bool:
        """Report a failed request; return True to retry it, False to return to the page."""
        ...

    def waiting(self, state: WaitState | None) -> None:
        """Show a wait: at its start, each second, and at each news; None before the next page or question."""
        ...

    def idle(self, seconds_left: float | None) -> None:
        """Warn that the session ends without a key; 0: it is over, hide typed values; None: the warning is over."""
        ...


class ActionSource(Protocol):
    """Source of actions in place of a person, as far as it has any: an answers file."""

    def answers(self, page: PageState) -> bool:
        """Return whether an answer for a page is left."""
        ...

    async def fill(self, page: PageState) -> Filled:
        """Return its values and action for a page; with nothing to do, wait until the page changes."""
        ...

    def hand_over(self, page: PageState) -> None:
        """Answer a page no more: a person has pressed a key there."""
        ...
