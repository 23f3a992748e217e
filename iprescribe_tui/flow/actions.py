"""Views that a front end can show, and the actions it can return."""

from dataclasses import dataclass, field

from iprescribe_tui.client.calls import new_key
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import BackendView, DoneView, EndedView, ViewBase


@dataclass(frozen=True)
class ResumeView:
    """Offer at the start to continue the registration that this machine remembers."""

    registration: str
    npi: str
    username: str
    step: str
    left_at: str


@dataclass(frozen=True)
class SignInView:
    """Sign-in with the iPrescribe username and password, to continue a registration where it was left."""

    username: str = ""


@dataclass(frozen=True)
class SupportView:
    """Request to support, being written; `behind` is the view to return to."""

    behind: "BackendView | ResumeView | SignInView"


View = BackendView | ResumeView | SignInView | SupportView
"""Views that a front end can show."""


def _key() -> str:
    """Return a field whose value makes sending an action twice the same as sending it once; comparisons ignore it."""
    return field(default_factory=new_key, compare=False)


@dataclass(frozen=True)
class Submit:
    """Filled-in form; `despite` has the digests of photos to send although something seems wrong with them."""

    form: StepForm
    key: str = _key()
    despite: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Back:
    """Return to the previous step, or to step `to`."""

    to: Step | None = None


@dataclass(frozen=True)
class Resend:
    """Request for a new code or link."""

    key: str = _key()


@dataclass(frozen=True)
class UsePhone:
    """Request for a link with which a phone takes the photos of this step."""

    key: str = _key()


@dataclass(frozen=True)
class Resume:
    """Continuation of a remembered registration."""

    registration: str
    username: str = ""


@dataclass(frozen=True)
class StartAnew:
    """Start of another registration, with an NPI."""


@dataclass(frozen=True)
class SignInInstead:
    """Sign-in, for a registration whose tokens are not on this machine."""

    username: str = ""


@dataclass(frozen=True)
class AskSupport:
    """Start of a request to support."""


@dataclass(frozen=True)
class LookAgain:
    """Request for the current view."""


@dataclass(frozen=True)
class Leave:
    """End of the program; the registration can be continued later."""


@dataclass(frozen=True)
class TimedOut:
    """End of the session after too long without a key."""


Action = (
    Submit | Back | Resend | UsePhone | Resume | StartAnew | SignInInstead | AskSupport | LookAgain | Leave | TimedOut
)


def is_over(view: View) -> bool:
    """Return True at an end that cannot be gone back from: nothing is left to do with the registration."""
    return isinstance(view, DoneView | EndedView) and not view.can_go_back


def can_start_over(view: View) -> bool:
    """Return True if the backend has a registration that is not over."""
    return isinstance(view, ViewBase) and bool(view.registration) and not is_over(view)
