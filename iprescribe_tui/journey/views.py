"""Messages between client and backend: views, problems, tokens, evidence.

Names are those of the wire. A server's texts are made safe to show when they are read (`checks.text.plain`); secrets
are `SecretStr`, revealed in JSON only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    field_serializer,
)

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.steps import Stage, Step

SESSION_REPLACED = "session_replaced"
SESSION_CHANGED = "session_changed"
SESSION_STARTED_OVER = "session_started_over"
TOKEN_REUSED = "token_reused"  # noqa: S105 - the name of a problem
"""Problem codes (401) that tell why a session ended, in their order: another terminal started with the same NPI;
another session set a password, second factor or recovery code; it started over; a refresh token was used twice."""

SHOWN = AfterValidator(lambda text: plain(text, multiline=True))
Text = Annotated[str, StringConstraints(max_length=4000), SHOWN]
"""A server's text, with control characters escaped."""

NOTICES, FACTS, WAYS, FIELDS, LINES, OPTIONS = 20, 50, 10, 50, 20, 500
"""Maximum items of each kind in a message: more than a page needs, and no more than a terminal draws at once."""

FieldOptions = Annotated[tuple[Option, ...], Field(max_length=OPTIONS)]
"""Choices of a field for one applicant."""

Address = Annotated[str, StringConstraints(max_length=4000)]
"""An address to open, as sent; `client` checks it before it is shown."""

FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Years between which times can be calculated with, and shown in any time zone."""


def _near(time: datetime) -> datetime:
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError("out of all measure")
    return time


Moment = Annotated[AwareDatetime, AfterValidator(_near)]
"""A point in time sent by a server."""


class Wire(BaseModel):
    """Base of all messages: frozen, ignores fields that a newer backend adds, and shows no input in errors."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    @field_serializer("*", when_used="json", check_fields=False)
    def _reveal(self, value: Any) -> Any:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if isinstance(value, dict):
            return {key: self._reveal(item) for key, item in value.items()}
        return value


class Notice(Wire):
    """Something the applicant should know at a step; `level` says how much it matters."""

    level: Literal["info", "warning"] = "info"
    text: Text


class Fact(Wire):
    """A line that is shown and not typed; `mend` is the step at which it can be changed."""

    label: Text
    value: Text
    mend: Step | None = None


class Way(Wire):
    """Another way on from here: a step to which the applicant may go back."""

    label: Text
    to: Step


class Position(Wire):
    """Where a step stands in its stage: 3 of 5."""

    stage: Stage
    number: int = Field(ge=0, le=999)
    total: int = Field(ge=0, le=999)

    @classmethod
    def of(cls, step: Step) -> "Position":
        """Return the position of `step`, without validation: the validators are built when they are needed."""
        return cls.model_construct(stage=step.stage, number=step.place[0], total=step.place[1])


class ViewBase(Wire):
    """Base of all views: the registration, its revision, and notices."""

    registration: Text = ""
    revision: int = 0
    notices: tuple[Notice, ...] = Field(default=(), max_length=NOTICES)
    can_go_back: bool = False


class StepViewBase(ViewBase):
    """Base of a step's views.

    `prefill` has field values that the applicant gave or that are presumed; `on_file` values that one key takes over
    (the registry's address); `options` choices of a field for this applicant alone; `reveal` secrets that are shown
    once (recovery code, TOTP key); `resend_at` the time from which a code or link can be sent again, None if nothing is
    sent; `registry_name` the name that a document is compared with.
    """

    step: Step
    position: Position
    prefill: Mapping[str, Text | bool] = Field(default={}, max_length=FIELDS)
    on_file: Mapping[str, Text] = Field(default={}, max_length=FIELDS)
    on_file_label: Text = ""
    options: Mapping[str, FieldOptions] = Field(default={}, max_length=FIELDS)
    facts: tuple[Fact, ...] = Field(default=(), max_length=FACTS)
    ways: tuple[Way, ...] = Field(default=(), max_length=WAYS)
    reveal: Mapping[str, Annotated[SecretStr, Field(max_length=200)]] = Field(default={}, max_length=FIELDS)
    resend_at: Moment | None = None
    tries_left: int | None = None
    registry_name: Text = ""


class FormView(StepViewBase):
    """A step's form is to be filled in; `phone` says that a phone may do it instead (`POST …/handoffs`)."""

    kind: Literal["form"] = "form"
    phone: bool = False


class WaitingView(StepViewBase):
    """Something outside is waited for; a form with fields may be sent meanwhile (the code instead of the link)."""

    kind: Literal["waiting"] = "waiting"
    waiting_for: Text
    until: Moment | None = None


class HandoffSlot(Wire):
    """A photo that a phone is asked for: whether one has arrived and stays, and what was wrong with the last.

    One with which something seems wrong has not arrived (`received`) until the phone says that it is sent all the same;
    `says` tells what seems wrong, and that the phone has the choice.
    """

    slot: Text
    received: bool = False
    says: Text = ""


class HandoffView(StepViewBase):
    """The journey goes on elsewhere, at a URL that a phone opens; here it is waited for.

    `slots` are the photos that the phone is asked for; there are none where all goes on elsewhere.
    """

    kind: Literal["handoff"] = "handoff"
    url: Address
    until: Moment
    state: Literal["waiting", "opened", "canceled", "expired"] = "waiting"
    slots: tuple[HandoffSlot, ...] = Field(default=(), max_length=LINES)


class LockedView(ViewBase):
    """Nothing can be done until a time."""

    kind: Literal["locked"] = "locked"
    step: Step
    until: Moment
    reason: Text


class EndedView(ViewBase):
    """The registration does not go on here; `reason` says why and what to do instead."""

    kind: Literal["ended"] = "ended"
    heading: Text
    reason: Text
    reference: Text = ""


class Receipt(Wire):
    """What the applicant takes away: no secrets."""

    username: Text
    npi: Text
    reference: Text
    completed_at: Moment
    next_steps: tuple[Text, ...] = Field(default=(), max_length=LINES)


class DoneView(ViewBase):
    """The registration is complete."""

    kind: Literal["done"] = "done"
    step: Literal[Step.DONE] = Step.DONE
    receipt: Receipt


BackendView = FormView | WaitingView | HandoffView | LockedView | EndedView | DoneView
"""View of a backend."""

StepView = Annotated[BackendView, Field(discriminator="kind")]
STEP_VIEW: TypeAdapter[BackendView] = TypeAdapter(StepView, config=ConfigDict(defer_build=True))

START = FormView.model_construct(step=Step.NPI, position=Position.of(Step.NPI))
"""The view in which every registration starts, before the backend knows of it: the form of `POST /registrations`.

Built without validation, so that the models' validators are built only when they are needed.
"""


class Problem(Wire):
    """What went wrong (RFC 9457): `code` is stable, `errors` go to the fields, "" is the form as a whole."""

    type: Text = "about:blank"
    title: Text
    status: int
    code: Text
    detail: Text = ""
    errors: Mapping[str, Text] = Field(default={}, max_length=FIELDS)
    tries_left: int | None = None
    locked_until: Moment | None = None
    suggestions: tuple[Text, ...] = Field(default=(), max_length=LINES)
    current: StepView | None = None


class Session(Wire):
    """Where the applicant is, and the tokens that open it; lifetimes in seconds."""

    view: StepView
    tokens: "Tokens"


class Tokens(Wire):
    """OAuth 2.0 names (RFC 6749 §5.1): the access token is short-lived, the refresh token is used once."""

    access_token: SecretStr
    refresh_token: SecretStr
    expires_in: int


class TokenRequest(Wire):
    """`POST /tokens`: a refresh token for a new pair."""

    refresh_token: SecretStr


class BackRequest(Wire):
    """`POST …/back`: to the step before, or to one of the view's `ways` and facts' `mend`."""

    to: Step | None = None


class Evidence(Wire):
    """A photo that the backend has: its id goes into the form; `digest` is `sha-256=:…:` (RFC 9530)."""

    id: Text
    slot: Text
    digest: Text
    size: int


class SupportReceipt(Wire):
    """A support request was taken."""

    reference: Text


class OutboxMessage(Wire):
    """A message that the sandbox "sent"; it exists in the sandbox only."""

    id: Text
    channel: Literal["e-mail", "text", "call"]
    to: Text
    subject: Text
    body: Text
    sent_at: Annotated[datetime, AfterValidator(_near)]
    link: Text = ""
    code: Text = ""
