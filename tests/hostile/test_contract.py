"""The contract's models make each text harmless as they read it, and refuse what nothing can be done with."""

import json
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from iprescribe_tui.client import BackendError
from iprescribe_tui.client.compatibility import service_in
from iprescribe_tui.client.decode import Response, read
from iprescribe_tui.client.received import received
from iprescribe_tui.flow.idle import Presence
from iprescribe_tui.front_ends.plain.words import words_of
from iprescribe_tui.front_ends.tui.widgets.chrome import ProgressTrack
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.password import password_rules
from iprescribe_tui.journey.checks.photo import check_photo
from iprescribe_tui.journey.checks.text import hides
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.forms import license_values
from iprescribe_tui.journey.views import STEP_VIEW, FormView, Notice, Problem, ViewBase
from iprescribe_tui.system.wording import duration
from tests.hostile.real import Answers
from tests.hostile.spoiling import DATA, Json, cases, places, spoiled
from tests.hostile.wrong import wrongs
from tests.snapshots.views import VIEWS
from tests.tally import Tally

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
DATES = ("", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
"""Clocks of backends."""


def texts(value: Any, name: str = "") -> list[str]:
    """Every text that a message holds and that may be shown; secrets are made harmless where they are."""
    if isinstance(value, BaseModel):
        return [text for each in value.model_fields_set for text in texts(getattr(value, each), each)]
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, tuple | list | frozenset):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) and name not in DATA | {"value", "step"} else []


def test_each_text_of_each_message_is_harmless_once_read(tally: Tally) -> None:
    heard: set[str] = set()
    views = {type(view): view for view in VIEWS.values() if isinstance(view, ViewBase)}
    for case in cases():

        def say(place: str, case: str = case) -> str:
            heard.add(place)
            return case

        for view in views.values():
            body = spoiled(type(view), json.loads(view.model_dump_json()) | {"notices": []}, say)
            shown = STEP_VIEW.validate_python(body)
            assert [text for text in texts(shown) if hides(text.replace("\n", ""))] == []
        problem = {"title": "x", "status": 422, "code": "x", "detail": "x", "errors": {"": "x"}, "suggestions": ["x"]}
        refused = Problem.model_validate(spoiled(Problem, problem, say))
        assert [text for text in texts(refused) if hides(text.replace("\n", ""))] == []
        tally("hostile", "texts as they are read", tried=len(heard), named=len(heard))
    assert {"Notice.text", "Fact.value", "EndedView.reason", "Receipt.reference", "Problem.errors"} <= heard <= places()


def told(status: int, document: Json, date: str = "") -> Response:
    """An answer that has come."""
    return Response("backend.example.com", status, "application/json", json.dumps(document).encode(), None, date)


@pytest.mark.matrix
def test_views_with_a_wrong_value_are_shown_or_refused(answers: Answers, tally: Tally) -> None:
    """Numbers and times out of all measure, other types, nothing at all, and a backend's clock that is wrong."""
    for view in answers.views.values():
        for _, document in wrongs(view):
            refused = 0
            for date in DATES:
                try:
                    sent = read(told(200, document, date), STEP_VIEW.validate_python)
                    shown = received(sent, "127.0.0.1:8765", date)
                except BackendError:
                    refused += 1
                else:
                    assert words_of(shown)
                    assert ProgressTrack(getattr(shown, "position", None)).render()
            tally("hostile", "wrong values, refused or shown", tried=len(DATES), named=len(DATES), refused=refused)


@pytest.mark.matrix
def test_a_service_with_a_wrong_value_is_used_or_refused(answers: Answers, tally: Tally) -> None:
    for what, document in wrongs(answers.service):
        try:
            service = service_in(told(200, document))
        except BackendError:
            refused = 1
        else:
            refused = 0
            presence = Presence(lambda: 1e9, service.sessions)
            assert presence.seconds_left > 0, what
            assert presence.should_warn in (True, False)
            assert duration(service.sessions.idle)
            for policy in service.passwords.values():
                assert list(password_rules(policy, "violet lantern"))
            for size, slot in product((1, 2**50), ("front", "back", "photo")):
                with suppress(CheckFailed):
                    check_photo(JPEG, size, service.photos.of(slot))
        tally("hostile", "wrong values, refused or shown", tried=1, named=1, refused=refused)


@pytest.mark.parametrize("label", ["", "SB1", "SB1·IL", "SB1 · Family Medicine Physician", "SB1 · ZZ", "[/] \x1b[2J"])
def test_a_license_is_taken_whatever_its_label(label: str) -> None:
    assert license_values(Option(value="SB1", label=label)) == {"license_number": "SB1"}


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u0489"])
def test_a_notice_puts_no_crowd_of_marks_on_a_letter(mark: str) -> None:
    view = VIEWS["recovery_code"]
    assert isinstance(view, FormView)
    notice = Notice(level="info", text=f"Sent{mark * 3600} again")
    words = "\n".join(words_of(view.model_copy(update={"notices": (notice,)})))
    assert words.count(mark) == 4
    assert f"Sent{mark * 4} again" in words


def test_a_secret_that_steers_is_written_out_at_the_prompts() -> None:
    view = VIEWS["recovery_code"]
    assert isinstance(view, FormView)
    view = view.model_copy(update={"reveal": {"recovery_code": SecretStr("7K\x1b[2J\u202e")}})
    assert r"Your recovery code: 7K\x1b[2J\u202e" in words_of(view)
