"""A backend whose lists lack what a form needs: the page that comes says which, and so does the doctor."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.client import ListMissing
from iprescribe_tui.journey.forms import NpiForm, PersonalForm
from iprescribe_tui.journey.service_document import LISTS, ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.openapi import FILE
from tests.client.faulty import client_of
from tests.hostile.peer import Peer, Turn, speaking
from tests.hostile.real import Answers
from tests.plain.person import Plain
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, fill, until_step

NAMED = "The backend lacks a list"


def without(answers: Answers, name: str) -> dict[str, Any]:
    """The sandbox's lists without one of them."""
    return {key: entries for key, entries in answers.service["lists"].items() if key != name}


def lists_of(answers: Answers, case: str) -> dict[str, Any]:
    """Lists in which "roles" lack, in one way or another."""
    rest = without(answers, "roles")
    return {
        "missing": rest,
        "another name": rest | {"role": answers.service["lists"]["roles"]},
        "another case": rest | {"Roles": answers.service["lists"]["roles"]},
        "empty": rest | {"roles": []},
        "no lists": {},
    }[case]


CASES = ("missing", "another name", "another case", "empty", "no lists")


def peer_at(answers: Answers, kind: str, step: Step, lists: Mapping[str, Any]) -> Peer:
    """A backend that comes to `step` at once, as often as it is asked."""
    view = answers.views[kind, step.value] | {"registration": "r1"}
    return Peer(answers.service | {"lists": lists}, turns=[Turn(view), Turn(view)])


@pytest.mark.parametrize("case", CASES)
def test_the_screen_says_which_list_lacks_and_goes_on_once_it_is_there(
    case: str, answers: Answers, tmp_path: Path
) -> None:
    peer = peer_at(answers, "form", Step.PERSONAL, lists_of(answers, case))
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until(NAMED, '"roles"', "Organizational role")
        peer.service = answers.service
        terminal.press("enter")
        until_step(terminal, Step.PERSONAL)


@pytest.mark.parametrize("case", CASES)
def test_the_prompts_say_which_list_lacks_and_go_on_once_it_is_there(
    case: str, answers: Answers, tmp_path: Path
) -> None:
    peer = peer_at(answers, "form", Step.PERSONAL, lists_of(answers, case))
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path) as plain:
        plain.prompt()
        plain.type(HAPPY)
        assert NAMED in plain.words
        assert 'its list "roles"' in plain.words
        peer.service = answers.service
        plain.type("")
        assert plain.step is Step.PERSONAL


@pytest.mark.parametrize(
    ("name", "step"),
    [("specialties", Step.PERSONAL), ("specialties", Step.LICENSE_REVIEW), ("phone_methods", Step.PHONE_MATCH)],
)
def test_each_list_is_named_by_the_step_that_needs_it(name: str, step: Step, answers: Answers, tmp_path: Path) -> None:
    peer = peer_at(answers, "form", step, without(answers, name))
    peer.turns = [Turn(turn.body | {"options": {}}) for turn in peer.turns if isinstance(turn.body, dict)]
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until(NAMED, f'"{name}"')


def test_without_its_list_a_request_to_the_support_is_named_too(answers: Answers, tmp_path: Path) -> None:
    peer = Peer(answers.service | {"lists": without(answers, "support_categories")})
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        terminal.press("f8")
        terminal.until(NAMED, '"support_categories"')
        terminal.press("f9")
        terminal.until("Sign in to resume")


def test_a_views_own_options_stand_in_for_a_list(answers: Answers, tmp_path: Path) -> None:
    peer = peer_at(answers, "form", Step.PHONE_MATCH, without(answers, "phone_methods") | {"countries": []})
    options = {"method": [{"value": "text", "label": "Text message"}]}
    peer.turns = [Turn(turn.body | {"options": options}) for turn in peer.turns if isinstance(turn.body, dict)]
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        until_step(terminal, Step.PHONE_MATCH)


async def test_options_that_are_empty_do_not_stand_in(answers: Answers) -> None:
    with speaking(Peer(answers.service | {"lists": without(answers, "roles")})) as peer:
        async with client_of(peer.url) as client:
            await client.connect()
            await client.demand_lists(NpiForm, {})
            with pytest.raises(ListMissing):
                await client.demand_lists(PersonalForm, {"role": ()})


@pytest.mark.parametrize("entry", [{"value": "a"}, {"value": "a", "label": ""}, {"value": "a", "label": "  "}, "a"])
def test_an_entry_without_a_label_is_named_by_its_place(entry: object, answers: Answers, tmp_path: Path) -> None:
    lists = answers.service["lists"] | {"roles": [*answers.service["lists"]["roles"], entry]}
    with (
        speaking(Peer(answers.service | {"lists": lists})) as peer,
        Terminal(program(peer.url), home=tmp_path) as terminal,
    ):
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until("The backend's answer makes no sense", "lists.roles.8")


@pytest.mark.parametrize("case", CASES)
def test_the_doctor_says_which_list_lacks(case: str, answers: Answers, tmp_path: Path) -> None:
    with (
        speaking(Peer(answers.service | {"lists": lists_of(answers, case)})) as peer,
        Terminal((*program(peer.url), "doctor", "--json"), home=tmp_path, size=(200, 200)) as terminal,
    ):
        assert terminal.finish() == 1
    found = {each["name"]: each for each in json.loads(terminal.raw)["findings"] if each["area"] == "backend"}
    assert found["lists"]["level"] == "failure"
    assert '"roles"' in found["lists"]["says"]
    assert "tell the people who run the backend" in found["lists"]["advice"]


def test_the_document_says_which_lists_there_are() -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    lists = document["components"]["schemas"]["ServiceDocument"]["properties"]["lists"]
    assert lists["required"] == list(LISTS)
    assert {name: each["description"] for name, each in lists["properties"].items()} == LISTS
    asked = {getattr(each, "listed", "") for step in Step for each in step.form.asked().values()}
    assert asked - {""} <= LISTS.keys()
    assert ServiceDocument.model_fields["lists"].default == {}
