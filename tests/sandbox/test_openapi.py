"""The OpenAPI document: the one in the repository is the one that is served, and it tells all."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest

from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Problem
from iprescribe_tui.sandbox.api import openapi
from iprescribe_tui.sandbox.api.openapi import FILE
from tests.backend import Json, RunningSandbox


@pytest.fixture
def document(sandbox: RunningSandbox) -> Json:
    answer = sandbox.call("GET", "/v1/openapi.json")
    assert answer.status_code == 200
    served: Json = answer.json()
    return served


def test_the_one_in_the_repository_is_the_one_that_is_served(sandbox: RunningSandbox) -> None:
    served = sandbox.call("GET", "/v1/openapi.json").text
    assert FILE.read_text(encoding="utf-8") == served, "run: python -m iprescribe_tui.sandbox.api.write_openapi"


def test_every_step_tells_its_form(document: Json) -> None:
    for step in Step:
        path = f"/v1/registrations/{{registration_id}}/steps/{step}"
        if step is Step.DONE:
            assert path not in document["paths"]
            continue
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert schema["properties"].keys() == step.form.model_fields.keys() if step.form.model_fields else True


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_leads_somewhere(document: Json) -> None:
    for reference in references(document):
        _, _, kind, name = reference.split("/")
        assert name in document["components"][kind], reference


def test_every_post_tells_its_key_and_every_call_its_problems(document: Json) -> None:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            names = {parameter["name"] for parameter in call.get("parameters", ())}
            assert method != "post" or "Idempotency-Key" in names or "sandbox" in path, path
            assert "default" in call["responses"], path
    problem = document["components"]["schemas"]["Problem"]
    assert problem["properties"].keys() == Problem.model_fields.keys()


def test_secrets_are_marked_as_such(document: Json) -> None:
    for form, name in (("CredentialsForm", "password"), ("SsnForm", "ssn"), ("MfaCodeForm", "code")):
        assert document["components"]["schemas"][form]["properties"][name]["format"] == "password"


def test_it_is_made_once_however_often_strangers_ask(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes 30 ms, in which nobody else is answered."""
    made: list[str] = []
    monkeypatch.setattr(openapi, "_tidy", lambda operation: made.append("operation"))
    first = sandbox.call("GET", "/v1/openapi.json").content
    once = len(made)
    assert once > 20
    assert sandbox.call("GET", "/v1/openapi.json").content == first
    assert len(made) == once


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_the_service_says_is_written_once(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    said = [sandbox.call("GET", "/v1/service", headers={"Accept-Encoding": encoding}).json()]
    monkeypatch.setattr(gzip, "compress", lambda *body, **how: b"compressed anew")
    monkeypatch.setattr(ServiceDocument, "model_dump_json", lambda self: "written anew")
    said.append(sandbox.call("GET", "/v1/service", headers={"Accept-Encoding": encoding}).json())
    assert said[0] == said[1]
