"""Every step asks for the same fields everywhere: on screens, in prompts, in an answers file, over the wire."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.front_ends.automation.answers.loader import BESIDE, load
from iprescribe_tui.front_ends.automation.answers.schema import schema
from iprescribe_tui.front_ends.automation.answers.template import template
from iprescribe_tui.front_ends.plain.prompt_page import PromptPage
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.api import openapi
from iprescribe_tui.sandbox.domain.service import service_document
from screens import screen_of
from tests.plain.test_same_words import Heard
from tests.snapshots.test_snapshots import Frame, screen_context
from tests.snapshots.views import VIEWS

FRONTS: dict[str, Callable[[str, Path], Iterable[str]]] = {
    "answers schema": lambda page, _: schema()["$defs"][page]["properties"].keys() - BESIDE.keys(),
    "answers template": lambda page, folder: _templated(page, folder),
    "API": lambda page, _: _over_the_wire(page),
}
"""What each asks for at a page; the screens, which must be up for it, have a test of their own."""

PAGES = [*(step.value for step in Step if step is not Step.DONE), "sign_in", "support_request"]


def fields(page: str) -> list[str]:
    """What the page's form asks for, in its order."""
    return list(screen_of(VIEWS[page]).form.asked())


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("page", PAGES)
def test_a_front_asks_for_the_form(page: str, front: str, tmp_path: Path) -> None:
    assert sorted(FRONTS[front](page, tmp_path)) == sorted(fields(page))


@pytest.mark.parametrize("page", PAGES)
async def test_a_screen_asks_for_the_form(page: str) -> None:
    app = Frame(screen_of(VIEWS[page])(VIEWS[page], screen_context()))
    async with app.run_test(size=(80, 24)):
        screen = app.screen
        assert [row.field_name for row in screen.field_rows] == fields(page)  # type: ignore[attr-defined]  # a form's
        assert all(screen.query_one(f"#{name}") for name in fields(page))


@pytest.mark.parametrize("page", PAGES)
async def test_the_prompts_ask_for_the_form(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Stopped(Exception):
        pass

    async def ask(self: PromptPage, name: str, doubt: str = "") -> None:
        asked.append(name)
        if name == list(self.asked)[-1]:
            raise Stopped

    monkeypatch.setattr(PromptPage, "_ask_field", ask)
    prompts = PromptPage(VIEWS[page], service_document("native"), Heard(), {}, lambda values: None, lambda: True)
    if fields(page):
        with pytest.raises(Stopped):
            await prompts.answer(None)
    assert asked == fields(page)


def test_no_step_is_left_out() -> None:
    assert set(PAGES) >= STEPS.keys() - {"done"}


def _templated(page: str, folder: Path) -> Iterable[str]:
    """What the template has at a page, with what may be left out uncommented."""
    file = folder / "template.toml"
    lines = template(None).splitlines()
    file.write_text("\n".join(line[2:] if line.endswith('= "{ask}"') and line[0] == "#" else line for line in lines))
    visits = load(file).visits.get(page, ())
    return visits[0].values if visits else ()


def _over_the_wire(page: str) -> Iterable[str]:
    """The properties of the body that is posted, from the OpenAPI document."""
    whole: dict[str, Any] = json.loads(Path(openapi.__file__).with_suffix(".json").read_text(encoding="utf-8"))
    name = "".join(part.title() for part in page.split("_")) + "Form"
    return list(whole["components"]["schemas"][name].get("properties", {}))
