"""An answer may hold so many of each thing: one more is named, as many are shown, and Ctrl+Q always leaves at once."""

import json
from pathlib import Path

import pytest

from iprescribe_tui.client import UnexpectedAnswer
from iprescribe_tui.client.api import NEWEST
from iprescribe_tui.client.compatibility import service_in
from iprescribe_tui.client.decode import MAX_VALUES, Response, parse, problem_in, read
from iprescribe_tui.journey.views import STEP_VIEW
from tests.client.faulty import Request, answer, backend, client_of
from tests.hostile.counting import SAMPLES, document_with, holding, limits, schemas, unbounded
from tests.hostile.real import Answers

NO_SENSE = "The backend's answer makes no sense"
TOO_MUCH = "it lists more than a page can hold"

LIMITS = {name: limit for schema in schemas().values() for name, limit in limits(schema).items()}
OF_VIEWS = ("notices", "facts", "ways", "prefill", "on_file", "options", "options.*", "reveal", "slots", "next_steps")


def take(name: str, document: object) -> object:
    """Read an answer that has the list `name`, as the client does."""
    media = "application/problem+json" if name in ("errors", "suggestions") else "application/json"
    told = Response("backend.example.com", 200, media, json.dumps(document).encode(), None)
    if name in limits(schemas()["service"]):
        return service_in(told)
    return problem_in(told) if "problem" in media else read(told, STEP_VIEW.validate_python)


@pytest.mark.parametrize("kind", schemas())
def test_the_contract_bounds_every_list(kind: str) -> None:
    assert unbounded(schemas()[kind]) == []
    assert limits(schemas()[kind]).keys() <= SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_one_more_than_the_contract_allows_is_named(name: str, answers: Answers) -> None:
    document = document_with(answers, name)
    assert take(name, holding(document, name, LIMITS[name]))
    with pytest.raises(UnexpectedAnswer, match=TOO_MUCH):
        take(name, holding(document, name, LIMITS[name] + 1))


FLOODS = {
    "empty objects": b'{"notices": [%s]}' % b",".join([b"{}"] * 200_000),
    "names": b"{%s}" % b",".join(b'"%d":1' % number for number in range(70_000)),
    "texts": b'["%s"]' % b'","'.join([b"x"] * 200_000),
    "lists in lists": b"[%s]" % b",".join([b"[[[]]]"] * 100_000),
    "of a list that is not known": b'{"novelties": [%s]}' % b",".join([b"0"] * 400_000),
}


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_values_is_named_before_it_is_looked_at(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match=TOO_MUCH):
        read(Response("backend.example.com", 200, "application/json", body, None), STEP_VIEW.validate_python)


def test_as_many_values_as_allowed_are_read() -> None:
    assert parse(json.dumps([0] * MAX_VALUES).encode()) == [0] * MAX_VALUES


async def test_a_busy_office_sees_its_newest_messages(tmp_path: Path) -> None:
    one = {"channel": "text", "to": "555-0100", "subject": "s", "body": "b", "sent_at": "2026-01-01T00:00:00Z"}
    sent = [one | {"id": f"m{number}"} for number in range(2_500)]

    async def handle(_: Request) -> bytes:
        return answer({"messages": sent})

    async with backend(handle) as there, client_of(there.url) as client:
        assert [each.id for each in await client.outbox()] == [f"m{number}" for number in range(NEWEST)]
