"""Refusals, sent as problem documents (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Self, TypeVar

from iprescribe_tui.journey.fields import CheckContext
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.views import (
    FIELDS,
    SESSION_CHANGED,
    SESSION_REPLACED,
    SESSION_STARTED_OVER,
    TOKEN_REUSED,
    Problem,
)

F = TypeVar("F", bound=StepForm)

CHECK_ANSWERS = "Some answers need another look"
_INVALID = "invalid"


@dataclass(frozen=True)
class Refusal:
    """Content of a problem document, and its headers; `retry_after` in seconds."""

    status: int
    code: str
    title: str
    detail: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    tries_left: int | None = None
    locked_until: datetime | None = None
    suggestions: tuple[str, ...] = ()
    retry_after: int | None = None

    def problem(self, current: Any = None) -> Problem:
        """Return the problem document, with the view where the applicant is now."""
        return Problem(
            title=self.title,
            status=self.status,
            code=self.code,
            detail=self.detail,
            errors=dict(islice(self.errors.items(), FIELDS)),
            tries_left=self.tries_left,
            locked_until=self.locked_until,
            suggestions=self.suggestions,
            current=current,
        )

    @property
    def is_of_form(self) -> bool:
        """True if answers did not pass their form: nothing was done, and messages may repeat what was typed."""
        return self.code == _INVALID

    def saved(self) -> dict[str, Any]:
        """Return the refusal as JSON values."""
        until = self.locked_until
        return {**asdict(self), "locked_until": until.isoformat() if until else None}

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> Self:
        """Return the refusal from the values of `saved`."""
        until = saved["locked_until"]
        moment = datetime.fromisoformat(until) if until else None
        return cls(**{**saved, "locked_until": moment, "suggestions": tuple(saved["suggestions"])})


class ProblemError(Exception):
    """Refusal of a request. Attempts that were counted, and values remembered, stay so.

    `with_current` asks for the current view in the response; it is put into `current`.
    """

    def __init__(self, refusal: Refusal, *, with_current: bool = False) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.with_current = with_current
        self.current: Any = None


def refused(status: int, code: str, title: str, **more: Any) -> ProblemError:
    """Return a refusal that is sent with the current view."""
    return ProblemError(Refusal(status, code, title, **more), with_current=True)


def wrong(code: str, errors: Mapping[str, str], **more: Any) -> ProblemError:
    """Return the refusal (422) of well-formed answers, with a message for each field."""
    return ProblemError(Refusal(422, code, CHECK_ANSWERS, errors=errors, **more))


def rejected(failed: FormRejected) -> ProblemError:
    """Return the refusal (422) of answers that their form rejected."""
    return wrong(_INVALID, failed.errors)


def form_of(form: type[F], answers: Mapping[str, object], context: CheckContext | None = None) -> F:
    """Return the form that `answers` make. Raises ProblemError (422)."""
    try:
        return form.check(answers, context)
    except FormRejected as failed:
        raise rejected(failed) from None


def seconds_until(end: datetime, now: datetime) -> int:
    """Return the whole seconds to wait before trying again, at least 1."""
    return max(1, round((end - now).total_seconds()))


def locked(until: datetime, reason: str, now: datetime) -> ProblemError:
    """Return the refusal (429) of a lock, with its reason and end."""
    wait = seconds_until(until, now)
    return refused(429, "locked", "Locked for a while", detail=reason, locked_until=until, retry_after=wait)


def not_found() -> ProblemError:
    """Return the refusal (404) of what does not exist or is another's: the two read the same."""
    return ProblemError(Refusal(404, "not_found", "There is nothing here", "The address is wrong, or it is not yours."))


def unauthorized(code: str = "unauthorized", title: str = "Sign in to go on", detail: str = "") -> ProblemError:
    """Return the refusal (401) of a request without a valid token."""
    message = detail or "Your session is over. Sign in with your username and password."
    return ProblemError(Refusal(401, code, title, message))


def session_replaced() -> ProblemError:
    """Return the refusal (401) of a session whose registration, still without a username, was replaced."""
    message = (
        "Another terminal started with this NPI before a username was chosen, so this session ended. Enter the NPI "
        "again to continue here, which ends the session there, and choose a username and password: from then on, only "
        "they open the registration."
    )
    return unauthorized(SESSION_REPLACED, "Another terminal started with this NPI", message)


def session_closed(code: str) -> ProblemError:
    """Return the refusal (401) of a session closed for the reason `code`, "" for an unknown one."""
    if code not in _CLOSED:
        return unauthorized()
    return unauthorized(code, "This session was closed to protect you", _CLOSED[code])


_CLOSED = {
    SESSION_CHANGED: (
        "A password, second factor or recovery code was set in another session, which closed this one. Sign in to go "
        "on. If it was not you, change the password then."
    ),
    SESSION_STARTED_OVER: (
        "This registration was started over in another session, which erased its answers and closed this one. To start "
        "again here, enter the NPI, which ends the session there. If it was not you, ask support."
    ),
    TOKEN_REUSED: "A refresh token of this session was used twice, as by somebody who copied it. Sign in again.",
}


def bad_request(code: str, detail: str, status: int = 400) -> ProblemError:
    """Return the refusal of a request that breaks the contract."""
    return ProblemError(Refusal(status, code, "The request cannot be understood", detail))
