"""Where Tab leads, and what Enter does there: the last line says it, and says it of now."""

from pathlib import Path

import pytest

from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar, fitting
from iprescribe_tui.front_ends.tui.widgets.field_row import row_of
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


def said(person: Person) -> str:
    """What the last line says that Enter does."""
    return dict(person.screen.query_one(KeyBar).keys).get("Enter", "")


async def test_tab_and_enter_after_the_last_field_continue(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.fill("amelia.h", PASSWORD, PASSWORD)
        await person.press("tab")
        assert said(person) == "Continue"
        assert "Enter Continue" in person.words
        await person.answered("\n")
        await person.until_step(Step.PERSONAL)


@pytest.mark.parametrize(
    "step",
    [
        *(Step.PERSONAL, Step.PRACTICE, Step.IDME_LAUNCH, Step.IDME_SIGN_UP, Step.MFA_CHOICE, Step.MFA_CODE),
        *(Step.DOCUMENT, Step.SSN, Step.PHONE_MATCH, Step.ATTRIBUTES_REVIEW, Step.LICENSE_REVIEW, Step.CONSENT),
    ],
)
async def test_continue_follows_the_fields_and_back_is_last(step: Step, machine: Machine) -> None:
    async with resumed_at(machine, step) as person:
        chain = person.screen.focus_chain
        fields = [widget for widget in chain if row_of(widget)]
        assert chain[: len(fields)] == fields
        assert chain[len(fields)].id == "continue"
        assert [widget.id for widget in chain[len(fields) :]].count("back") == int(person.screen.can_go_back)
        assert chain[-1].id == "back" or not person.screen.can_go_back
        for widget in chain:
            person.screen.set_focus(widget)
            await person.settle()
            assert said(person), f"nothing is said at {widget}"


async def test_the_last_line_follows_what_is_typed(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        assert said(person) == "Continue"
        await person.answered("1000000012\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        assert said(person) == "Yes, continue"
        await person.answered("\n")
        await person.until_step(Step.CREDENTIALS)
        assert said(person) == "Next field"
        await person.fill("amelia.h", PASSWORD, PASSWORD)
        assert said(person) == "Continue"
        await person.type("<shift+tab>")
        assert said(person) == "Continue"
        await person.type("\t<ctrl+u>")
        assert said(person) == "Continue", "nothing is missing below the last field"
        await person.type("<shift+tab>")
        assert said(person) == "Next field"


async def test_the_last_line_names_the_button(machine: Machine) -> None:
    async with resumed_at(machine, Step.MFA_CODE) as person:
        said_at = []
        for _ in person.screen.focus_chain:
            said_at.append(said(person))
            await person.press("tab")
        assert said_at == ["Continue", "Continue", "Change the number", "Another second factor", "Back"]
        await person.type("<shift+tab>")
        assert said(person) == "Back"
        await person.answered("\n")
        await person.until_step(Step.MFA_PHONE)


async def test_the_last_line_says_that_an_entry_is_taken(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("email", "amelia@example.com")
        await person.press("tab", "1", "tab")
        assert said(person) == "Continue"
        await person.press("down")
        assert said(person) == "Take the highlighted entry"
        await person.press("escape")
        assert said(person) == "Continue"
        await person.press(*"psych")
        assert said(person) == "Take the highlighted entry", "several are meant: one is taken, and nothing is sent"
        await person.press("enter")
        assert said(person) == "Continue"
        assert person.app.focused is person.screen.query_one("#continue")


async def test_enter_in_a_longer_text_is_a_new_line(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.go_to("message")
        assert said(person) == "New line"


async def test_where_nothing_is_sent_enter_is_said_of_buttons_alone(machine: Machine) -> None:
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.answered("<f6>")
        await person.until("Files instead")
        assert person.app.focused is None
        assert said(person) == ""
        await person.press("tab")
        assert said(person) == "Back"


def test_keys_stand_closer_only_where_more_of_them_fit_then() -> None:
    few, many = [("Tab", "Choose"), ("Enter", "Press")], [(f"F{number}", "Elsewhere!") for number in range(1, 9)]
    assert fitting(few, 58).plain == "Tab Choose  Enter Press"
    assert fitting(many, 56).plain == "F1 Elsewhere! F2 Elsewhere! F3 Elsewhere! F4 Elsewhere!"
    assert fitting(many, 78).plain == "F1 Elsewhere!  F2 Elsewhere!  F3 Elsewhere!  F4 Elsewhere!  F5 Elsewhere!"


async def test_what_is_waited_for_ends_in_a_mark_where_it_is_cut(machine: Machine) -> None:
    async with resumed_at(machine, Step.SELFIE) as person:
        person.screen.show_status("Waiting for http://127.0.0.1:41583 · 12 s · F10 leaves, nothing is lost")
        await person.until("Waiting for http://127.0.0.1:41583 · 12 s · F10", "… Back")
        await person.pilot.resize_terminal(60, 20)
        await person.until("Waiting for http://127.0.0.1:", "… Back")


def test_a_long_label_is_cut_and_not_left_out() -> None:
    line = fitting([("Enter", "Use " + "a long name " * 9), ("F1", "Help")], 40).plain
    assert line.startswith("Enter Use a long name")
    assert line.endswith("…")
    assert len(line) <= 40
