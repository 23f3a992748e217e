"""What a front end is shown, and what it answers: the words in which it speaks with the loop."""

from dataclasses import dataclass, field

from iprescribe_tui.client.calls import new_key
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import BackendView


@dataclass(frozen=True)
class ResumeView:
    """Asked at the start: go on with the registration that this machine remembers?"""

    registration: str
    npi: str
    username: str
    step: str
    left_at: str


@dataclass(frozen=True)
class SignInView:
    """The iPrescribe username and password are asked for, to go on where that registration is."""

    username: str = ""


@dataclass(frozen=True)
class SupportView:
    """A request to the support is being written; `behind` is where the applicant goes on afterwards."""

    behind: "BackendView | ResumeView | SignInView"


View = BackendView | ResumeView | SignInView | SupportView
"""What a front end shows."""


def _key() -> str:
    """A field that makes sending an answer twice the same as sending it once; no part of what is answered."""
    return field(default_factory=new_key, compare=False)


@dataclass(frozen=True)
class Submit:
    """The filled-in form; `despite` has the digests of photos to send although something seems wrong with them."""

    form: StepForm
    key: str = _key()
    despite: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Back:
    """One step back, or to one of the ways that the view offers."""

    to: Step | None = None


@dataclass(frozen=True)
class Resend:
    """A new code or link."""

    key: str = _key()


@dataclass(frozen=True)
class UsePhone:
    """Let a phone take the photos of this step."""

    key: str = _key()


@dataclass(frozen=True)
class Resume:
    """Go on with a remembered registration."""

    registration: str
    username: str = ""


@dataclass(frozen=True)
class StartAnew:
    """Begin with an NPI."""


@dataclass(frozen=True)
class SignInInstead:
    """Go on with a registration that this machine does not hold the tokens of."""

    username: str = ""


@dataclass(frozen=True)
class AskSupport:
    """Write a request to the support."""


@dataclass(frozen=True)
class LookAgain:
    """Ask the backend where the applicant is."""


@dataclass(frozen=True)
class Leave:
    """Save and leave."""


@dataclass(frozen=True)
class TimedOut:
    """Nobody was there for too long: the session ends."""


Action = (
    Submit | Back | Resend | UsePhone | Resume | StartAnew | SignInInstead | AskSupport | LookAgain | Leave | TimedOut
)
