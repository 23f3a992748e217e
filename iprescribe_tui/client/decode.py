"""Decoding of the backend's responses: bounded, strict JSON, then the contract's models, else a named error."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar

from pydantic import ValidationError

from iprescribe_tui.client.errors import (
    BackendCannotSave,
    BackendFailed,
    BackendUnreachable,
    NotOurBackend,
    StaleView,
    StepRejected,
    TooManyRequests,
    UnexpectedAnswer,
    UpdateNeeded,
)
from iprescribe_tui.client.received import received
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.views import Problem

MAX_LEVELS = 32
"""Maximum nesting of the arrays and objects in a response."""

MAX_VALUES = 50_000
"""Maximum values and names in a response."""

_TOO_MUCH = "it lists more than a page can hold"

VERDICTS = frozenset({"registry_unreachable"})
"""Codes of 5xx problems that are an answer to the applicant, not a failure of the backend."""

CANNOT_SAVE = 507
"""Insufficient Storage (RFC 4918 §11.5)."""

_CONTRACT_ENUMS = frozenset({"step", "to", "mend", "stage", "kind"})

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """Validation of JSON values into a model, by a TypeAdapter or a model class."""

    def __call__(self, document: Any, /) -> T_co:
        """Return the model. Raises pydantic's ValidationError."""
        ...


@dataclass(frozen=True)
class Response:
    """A complete HTTP response: `body` has at most 1 MiB, `media` is the content type without parameters.

    `retry_after` is in seconds, None if missing; `date` is the header of that name, "" if missing.
    """

    host: str
    status: int
    media: str
    body: bytes = field(repr=False)
    retry_after: float | None
    date: str = ""


class TooMuch(ValueError):
    """A response with more values than MAX_VALUES."""


def parse(body: bytes) -> object:
    """Return the value of `body` as JSON (RFC 8259): UTF-8, no duplicate names, no NaN, at most 32 levels.

    Raises ValueError, including TooMuch; it never quotes the body.
    """
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
        sound = _is_sound(document)
    except TooMuch:
        raise
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise ValueError("not the JSON that the contract allows")
    return document


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _is_sound(document: object) -> bool:
    """Return True if the nesting is within bounds.

    Raises TooMuch, and ValueError (a text is not Unicode: a lone surrogate).
    """
    level: list[object] = [document]
    depth = count = 0
    while level:
        depth += 1
        deeper: list[object] = []
        for value in level:
            match value:
                case dict() | list() if depth > MAX_LEVELS:
                    return False
                case dict():
                    deeper += value.keys()
                    deeper += value.values()
                case list():
                    deeper += value
                case str():
                    value.encode()
        count += len(deeper)
        if count > MAX_VALUES:
            raise TooMuch
        level = deeper
    return True


def read(response: Response, reader: Reader[T]) -> T:
    """Return the model in a 2xx response.

    Raises NotOurBackend (no JSON), UpdateNeeded (a kind or step that this program does not know), UnexpectedAnswer, and
    what `refused` raises for any other status.
    """
    if not 200 <= response.status < 300:
        refused(response)
    return model(response, document(response), reader)


def document(response: Response) -> object:
    """Return the JSON value in a response of any status. Raises NotOurBackend (no JSON), UnexpectedAnswer."""
    if response.media not in ("application/json", "application/problem+json"):
        raise NotOurBackend(response.host, f"answered with {_kind_of(response.media)}")
    try:
        return parse(response.body)
    except TooMuch:
        why = _TOO_MUCH
    except ValueError:
        why = "it is not proper JSON"
    raise UnexpectedAnswer(response.host, why)


def model(response: Response, value: object, reader: Reader[T]) -> T:
    """Return `value` as the contract's model. Raises UpdateNeeded, UnexpectedAnswer."""
    try:
        return reader(value)
    except ValidationError as invalid:
        problems = invalid.errors(include_input=False, include_context=False, include_url=False)
    if any(_is_newer(str(item["type"]), item["loc"]) for item in problems):
        raise UpdateNeeded(response.host)
    if any(item["type"] == "too_long" for item in problems):
        raise UnexpectedAnswer(response.host, _TOO_MUCH)
    place = plain(".".join(map(str, problems[0]["loc"])))[:80]
    raise UnexpectedAnswer(
        response.host, f"it does not hold what the contract asks for{f' at {place}' if place else ''}"
    )


def _is_newer(kind: str, place: Sequence[int | str]) -> bool:
    """Return True if this error shows that the backend has a kind of view or a step unknown to this program."""
    return kind == "union_tag_invalid" or (kind == "enum" and bool(place) and place[-1] in _CONTRACT_ENUMS)


def problem_in(response: Response) -> Problem | None:
    """Return the problem document in a response, or None. Raises UpdateNeeded, UnexpectedAnswer."""
    if response.media != "application/problem+json":
        return None
    problem = received(model(response, document(response), Problem.model_validate), response.host, response.date)
    if problem.current is None:
        return problem
    return problem.model_copy(update={"current": received(problem.current, response.host, response.date)})


def is_verdict(response: Response) -> bool:
    """Return True unless a 5xx response is a failure of the backend, not meant for the applicant."""
    if response.status < 500:
        return True
    try:
        problem = problem_in(response)
    except (UnexpectedAnswer, UpdateNeeded):
        return False
    return problem is not None and problem.code in VERDICTS


def refused(response: Response) -> NoReturn:
    """Raise the error that a response other than 2xx means: see `errors`."""
    if response.status == CANNOT_SAVE:
        raise BackendCannotSave(response.host, _problem_detail(response))
    if not is_verdict(response):
        raise BackendFailed(response.host, response.status)
    if response.status == 408:
        raise BackendUnreachable(response.host, "what was sent did not arrive there whole, or too slowly")
    problem = problem_in(response)
    if problem is None:
        if response.status == 429:
            raise TooManyRequests(response.host, response.retry_after)
        raise NotOurBackend(response.host, f"answered {response.status} with {_kind_of(response.media)}")
    if problem.code == "stale" and problem.current is not None:
        raise StaleView(problem.current)
    raise StepRejected(problem, response.retry_after)


def _problem_detail(response: Response) -> str:
    """Return the detail of a failure's problem document, or "" if none can be read."""
    try:
        problem = problem_in(response)
    except (NotOurBackend, UnexpectedAnswer, UpdateNeeded):
        return ""
    return problem.detail if problem else ""


def _kind_of(media: str) -> str:
    """Return a content type in words."""
    if media == "text/html":
        return "a web page"
    if media in ("application/json", "application/problem+json"):
        return "JSON that is not this contract's"
    return f"{media[:60]} instead of JSON" if media else "something that is not JSON"
