"""Line ends in what is pasted: the lines are joined where one is asked for, and kept where several are."""

from pathlib import Path

import pytest
from textual import events

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at

ENDS = ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\r\n", "\n\n", " \r "]


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def paste(person: Person, text: str) -> None:
    person.app.post_message(events.Paste(text))
    await person.settle()


@pytest.mark.parametrize("end", ENDS, ids=ascii)
async def test_pasted_lines_are_joined(end: str, machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.go_to("street")
        await paste(person, end.join(("400 Lake St", "Building 7", "Room 12")) + end)
        assert person.row("street").value == "400 Lake St Building 7 Room 12"


async def test_a_crowd_of_marks_is_left_out_of_a_name(machine: Machine) -> None:
    crowd = "Zoe" + "\u0335" * 3600
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.go_to("practice_name")
        await paste(person, f"{crowd} Lee")
        assert person.row("practice_name").value == "Zoe" + "\u0335" * 4 + " Lee"
        for typed in "\u0335" * 9:
            await person.press(typed)
        assert str(person.row("practice_name").value).count("\u0335") <= 8


async def test_a_crowd_of_marks_stays_in_a_password(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.go_to("password")
        await paste(person, "violet" + "\u0335" * 9)
        value = person.screen.values["password"]
        assert not isinstance(value, str | bool)
        assert value.get_secret_value() == "violet" + "\u0335" * 9


async def test_a_pasted_password_keeps_its_spaces_and_loses_the_line_end(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.go_to("password")
        for name in ("password", "password_again"):
            await person.go_to(name)
            await paste(person, " violet lantern over quiet harbor \r")
            value = person.screen.values[name]
            assert not isinstance(value, str | bool)
            assert value.get_secret_value() == " violet lantern over quiet harbor "


async def test_a_specialty_and_a_code_are_pasted_with_their_line_end(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        await paste(person, "Dermatology\rPhysician\r")
        await person.press("tab")
        assert person.screen.query_one("#specialty").value == "Dermatology Physician"  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"], ids=ascii)
async def test_a_longer_text_keeps_its_lines(end: str, machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.go_to("message")
        await paste(person, end.join(("line one", "line two")))
        assert person.row("message").value == "line one\nline two"


async def test_lines_of_the_programs_own_clipboard_are_joined(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        person.app.copy_to_clipboard("10000\n00012\r\n")
        await person.press("ctrl+v")
        assert person.row("npi").value == "10000 00012"
