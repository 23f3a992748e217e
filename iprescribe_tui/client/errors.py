"""Errors that keep the backend from accepting an answer, each with a message for the applicant.

    BackendError                 the backend could not be asked; typed values are kept, the same can be retried
    ├─ BackendUnreachable        no connection, or it was lost
    ├─ BackendTimeout            no complete response within the deadline
    ├─ BackendUntrusted          the connection would not be safe: TLS, or plain http over a network
    ├─ BackendFailed             its response was 5xx
    │  └─ BackendCannotSave      its disk is full or not writable
    ├─ NotOurBackend             another server, which does not speak this contract
    ├─ UnexpectedAnswer          it speaks the contract, but this response breaks it
    │  └─ UnsafeAddress          the response has an address that is not safe to open
    ├─ ListMissing               it lacks a list that a form's choice needs
    ├─ UpdateNeeded              program and backend have different versions
    ├─ SignedOut                 the tokens are not valid, and cannot be renewed
    └─ TooManyRequests           it asks for a pause
    StepRejected                 the backend (or a check of a photo on this machine) rejected the answer
    StaleView                    the answer was for a view that is no longer the current one

None of them contains a body, a token or a typed value, and none is raised with one in its context.
"""

from typing import ClassVar

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.views import BackendView, Problem
from iprescribe_tui.system.wording import duration

KEPT = "Nothing that you typed is lost."


class BackendError(Exception):
    """The backend could not be asked. `title` says what happened, `advice` what it means and what to do.

    `why` is the observed cause as a clause, for callers with other advice.
    """

    title: ClassVar[str] = "The backend could not be asked"

    def __init__(self, advice: str, why: str = "") -> None:
        super().__init__()
        self.advice = plain(advice)
        self.why = plain(why)

    def __str__(self) -> str:
        return f"{self.title}. {self.advice}"


class BackendUnreachable(BackendError):
    """No connection to `host`, or a lost one; `why` is a clause such as "it refuses connections"."""

    title = "The backend cannot be reached"

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"{host}: {why}. {KEPT} Check the network connection (and the VPN, if there is one), then retry.",
            why,
        )


class BackendTimeout(BackendError):
    """No complete response from `host` within `seconds`."""

    title = "The backend does not answer"

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            f"{host} gave no whole answer within {duration(seconds)}. {KEPT} "
            "Retry: if your answer did arrive, it counts once.",
            f"it gave no whole answer within {duration(seconds)}",
        )


class BackendUntrusted(BackendError):
    """An unsafe connection to `host`; `why` is a clause without a period, `do` is advice."""

    title = "The connection to the backend is not safe"

    def __init__(self, host: str, why: str, do: str = "Check the backend's address.") -> None:
        self.do = plain(do)
        super().__init__(f"{host}: {why}. Nothing was sent. {KEPT} {do}", why)


class BackendFailed(BackendError):
    """A failure of `host` itself, HTTP `status` 5xx."""

    title = "The backend has a problem"

    def __init__(self, host: str, status: int) -> None:
        super().__init__(
            f"{host} answered that something went wrong there (HTTP {status}). This is not your mistake. {KEPT} "
            "Wait a minute, then retry.",
            f"it answered that something went wrong there (HTTP {status})",
        )
        self.status = status


class BackendCannotSave(BackendFailed):
    """`host` cannot write (HTTP 507); `message` is its explanation in sentences, or ""."""

    title = "The backend cannot save anything now"

    def __init__(self, host: str, message: str) -> None:
        super().__init__(host, 507)
        text = message or "Its disk is full or cannot be written to. Wait a while, then retry."
        self.advice = plain(f"{host}: {text} {KEPT}")
        self.why = "it cannot save anything (HTTP 507)"


class NotOurBackend(BackendError):
    """A server at `host` that is not an iPrescribe registration backend; `why` is a clause such as "answered 404"."""

    title = "This is not an iPrescribe registration backend"

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"{host} {why}. {KEPT} Check the backend's address. On a guest network, open its sign-in page in a browser "
            "first, then retry.",
            f"it {why}",
        )


class UnexpectedAnswer(BackendError):
    """A response of `host` that breaks the contract; `why` is a clause such as "it is too long"."""

    title = "The backend's answer makes no sense"

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"The answer of {host} cannot be read: {why}. {KEPT} Retry; if it stays so, tell the people who run the "
            "backend.",
            f"its answer cannot be read: {why}",
        )


class UnsafeAddress(UnexpectedAnswer):
    """An unsafe address to open from `host`; `why` is a clause, `shown` the address spelled so that it is no link."""

    title = "The backend sent an unsafe address"

    def __init__(self, host: str, why: str, shown: str) -> None:
        super().__init__(host, f"the address to open isn't safe, {why}: {shown}")
        self.advice = plain(
            f"{host} wants you to open {shown or 'an address, but sent none'}. This isn't a safe address: {why}. Don't "
            f"open it; it's spelled here so that it is no link. {KEPT} Retry; if it happens again, tell the people who "
            "run the backend."
        )


class ListMissing(BackendError):
    """A missing or empty list `name` of `host`, needed for the choice in the field `title`."""

    title = "The backend lacks a list"

    def __init__(self, host: str, name: str, title: str) -> None:
        super().__init__(
            f'{host} has no entries in its list "{name}", so there is nothing to choose under "{title}". {KEPT} Tell '
            f'the people who run the backend that their service document lacks "lists.{name}", then retry.',
            f'its list "{name}" is missing or empty',
        )


class UpdateNeeded(BackendError):
    """Different versions of program and backend; `which` is the older of them, `why` the evidence as a clause."""

    title = "An update is needed"

    def __init__(
        self, host: str, which: str = "program", why: str = "it asks for something that this program does not know"
    ) -> None:
        self.which = which
        if which == "program":
            advice = (
                f"{host} asks for something that this version of the program does not know. {KEPT} "
                "Update the program, start it again, and go on where you are."
            )
        else:
            advice = (
                f"{host} is older than this program, and they do not understand each other. {KEPT} Tell the people who "
                "run the backend, or use an older version of the program."
            )
        super().__init__(advice, why)


class SignedOut(BackendError):
    """No tokens that the backend accepts; `code` is that of the problem with which it said why, or ""."""

    title = "You are signed out"

    def __init__(self, code: str = "") -> None:
        self.code = code
        super().__init__(
            "Your registration is kept. Sign in with your iPrescribe username and password to go on where you are; "
            "if you have not chosen them yet, start again with your NPI."
        )


class TooManyRequests(BackendError):
    """A request of `host` for a pause of `retry_after` seconds, None if it did not say."""

    title = "The backend asks for a pause"

    def __init__(self, host: str, retry_after: float | None) -> None:
        pause = duration(retry_after) if retry_after else "a minute"
        super().__init__(f"{host} was asked too often. {KEPT} Wait {pause}, then retry.", "it was asked too often")
        self.retry_after = retry_after


class StepRejected(Exception):
    """A rejected answer: `problem` says why, by field. `retry_after` is in seconds, None if not given."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.retry_after = retry_after


class StaleView(Exception):
    """An answer to a view that is no longer current; `view` is the current one."""

    def __init__(self, view: BackendView) -> None:
        super().__init__()
        self.view = view
