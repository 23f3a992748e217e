"""All screens: what a server says is text, every field is there, and they show in any terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from textual.containers import VerticalScroll

from iprescribe_tui.front_ends.tui.dialogs import HelpScreen, OutboxScreen
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.guidance import GUIDANCE
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import HandoffView, OutboxMessage, Problem, ViewBase
from iprescribe_tui.sandbox.domain.service import service_document
from screens import screen_for, screen_of
from tests.front_ends.harness import app_showing, press_at, screen_text, shows, until_true, words_of
from tests.snapshots.views import NOW, VIEWS

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""

HOSTILE: Final = "[/] [bold]x[/bold] \x1b[31m\x1b]52;c;aGk=\x07 \u202ewarc\u2066 \x9b2J\r\x00 \\[red]"
WORDS: Final = {"step", "stage", "kind", "level", "to", "mend", "registration", "environment", "identity_proofing"}
FIXED: Final = WORDS | {"until", "resend_at", "completed_at", "oldest_client"}
"""Words of the contract, and times: a server does not choose how they are spelled."""


def hostile(document: Any, key: str = "") -> Any:
    """A document in which every text that a server chooses ends in what would steer a terminal."""
    if isinstance(document, Mapping):
        return {name: hostile(value, name) for name, value in document.items()}
    if isinstance(document, list):
        return [hostile(item, key) for item in document]
    return (
        f"{document[:12]}{HOSTILE}" if isinstance(document, str) and key not in FIXED and not is_time(key) else document
    )


def is_time(key: str) -> bool:
    return key in ("until", "resend_at", "completed_at", "sent_at", "oldest_client")


def hostile_service() -> ServiceDocument:
    service = service_document("native").model_dump(mode="json")
    harmless = {name: service[name] for name in ("contract", "passwords", "photos", "codes", "oldest_client")}
    return ServiceDocument.model_validate(hostile(service) | harmless)


def assert_it_is_text(shown: str) -> None:
    """No character steers a terminal, and what looks like markup stands there as it is."""
    assert [character for character in shown if not character.isprintable() and character != "\n"] == []
    assert "[/] [bold]x[/bold]" in words_of(shown)


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if isinstance(view, ViewBase)])
async def test_what_a_server_says_is_shown_as_text(name: str, tmp_path: Path) -> None:
    document = VIEWS[name]
    assert isinstance(document, ViewBase)
    notices = [{"level": "warning", "text": "Note"}]
    said = hostile(document.model_dump(mode="json") | {"notices": notices})
    if isinstance(document, HandoffView):
        said["state"] = document.state
    view = type(document).model_validate(said)
    app = app_showing(view, tmp_path, hostile_service())
    async with app.run_test(size=(100, 40)) as pilot:
        await until_true(lambda: shows(app, view), lambda: "not shown")
        await pilot.pause(0)
        assert_it_is_text(screen_text(app))
        screen = app.screen
        assert isinstance(screen, StepScreen)
        errors = dict.fromkeys(["", *screen.form.model_fields], HOSTILE)
        problem = {"title": HOSTILE, "status": 422, "code": "x", "errors": errors, "suggestions": [HOSTILE]}
        screen.show_problem(Problem.model_validate(problem))
        await pilot.pause(0)
        assert_it_is_text(screen_text(app))
        press_at(app, "f1")
        await until_true(lambda: isinstance(app.screen, HelpScreen), lambda: "no help")
        press_at(app, *["down"] * 60)
        await until_true(lambda: "[/] [bold]" in screen_text(app), lambda: screen_text(app))
        assert [character for character in screen_text(app) if not character.isprintable() and character != "\n"] == []


async def test_messages_are_shown_as_text(tmp_path: Path) -> None:
    said = {
        "id": "1",
        "channel": "text",
        "to": HOSTILE,
        "subject": HOSTILE,
        "body": HOSTILE,
        "sent_at": NOW.isoformat(),
    }
    message = OutboxMessage.model_validate(said)

    async def load() -> list[OutboxMessage]:
        return [message]

    async def follow(_: OutboxMessage) -> None:
        raise AssertionError("nothing is followed here")

    app = app_showing(VIEWS["npi"], tmp_path)
    async with app.run_test(size=(160, 24)):
        await until_true(lambda: shows(app, VIEWS["npi"]), lambda: "not shown")
        await app.push_screen(OutboxScreen(load, follow, takes_code=True))
        await until_true(lambda: "[bold]" in screen_text(app), lambda: screen_text(app))
        assert_it_is_text(screen_text(app))


def test_every_step_has_words_a_form_a_screen_and_help() -> None:
    for step in Step:
        screen = screen_for(step)
        assert screen.step is step
        assert step.heading
        assert step.intro or step is Step.DONE
        assert issubclass(step.form, StepForm)
        assert screen.form is step.form
        assert GUIDANCE[step].strip()


@pytest.mark.parametrize("name", [name for name in VIEWS if name != "handoff"])
async def test_every_field_of_a_form_is_on_its_screen_and_reached_by_tab(name: str, tmp_path: Path) -> None:
    view = VIEWS[name]
    app = app_showing(view, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_true(lambda: shows(app, view), lambda: "not shown")
        screen = app.screen
        assert isinstance(screen, StepScreen)
        assert [row.field_name for row in screen.field_rows] == list(screen_of(view).form.model_fields)
        reached = set()
        for _ in range(len(screen.focus_chain) + 1):
            reached.add(app.focused)
            press_at(app, "tab")
            await pilot.pause(0)
        missed = [row.field_name for row in screen.field_rows if row.display and row.input not in reached]
        assert not missed
        assert {button for button in screen.query("Button") if button.display} <= reached


TERMINALS: Final[Mapping[str, Mapping[str, str]]] = {
    "usual": {"LANG": "en_US.UTF-8"},
    "no colour": {"LANG": "en_US.UTF-8", "NO_COLOR": "1"},
    "light": {"LANG": "en_US.UTF-8", "COLORFGBG": "0;15"},
    "ascii": {"LANG": "en_US.ISO-8859-1"},
    "C": {"LC_ALL": "C", "LANG": "en_US.UTF-8"},
    "the least": {"NO_COLOR": "1", "COLORFGBG": "0;15", "LC_CTYPE": "POSIX"},
}


@pytest.mark.parametrize(
    ("terminal", "name"),
    [("the least", name) for name in VIEWS] + [(terminal, "practice") for terminal in TERMINALS][:-1],
)
async def test_a_screen_shows_in_any_terminal(
    terminal: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("NO_COLOR", "COLORFGBG", "LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    setting = TERMINALS[terminal]
    for variable, value in setting.items():
        monkeypatch.setenv(variable, value)
    view = VIEWS[name]
    app = app_showing(view, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_true(lambda: shows(app, view), lambda: "not shown")
        await pilot.pause(0)
        text = screen_text(app)
        assert app.current_theme.dark is ("COLORFGBG" not in setting)
        assert app.no_color is ("NO_COLOR" in setting)
        assert text.isascii() is (terminal in ("ascii", "C", "the least"))
        assert screen_of(view).heading in text
        assert app.screen.query_one("#page", VerticalScroll).max_scroll_y == 0
