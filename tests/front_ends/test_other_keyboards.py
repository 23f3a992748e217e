"""What is pasted from elsewhere, or typed on another keyboard, is taken for what it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.harness import Machine, Person, resumed_at


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def paste(person: Person, name: str, text: str) -> None:
    await person.go_to(name)
    await person.press("end", "ctrl+u")
    person.app.post_message(events.Paste(text))
    await person.settle()


async def is_sent(person: Person, following: Step) -> None:
    await person.press_continue()
    await person.until_step(following)


def wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@pytest.mark.parametrize(
    "typed", ["219\u00a009\u00a09871", "219\u221209\u22129871", "219.09.9871", wide("219-09-9871")]
)
async def test_a_social_security_number(machine: Machine, typed: str) -> None:
    async with resumed_at(machine, Step.SSN) as person:
        await paste(person, "ssn", typed)
        await is_sent(person, Step.ATTRIBUTES_REVIEW)


@pytest.mark.parametrize("copied", [wide, "G-{}".format, "Your code is {}.".format, "\u2068{}\u2069".format])
async def test_a_code_as_a_message_has_it(machine: Machine, copied: Callable[[Any], str]) -> None:
    async with resumed_at(machine, Step.EMAIL_CONFIRMATION) as person:
        await paste(person, "code", copied(machine.sandbox.newest()["code"]))
        await is_sent(person, Step.EMAIL_CONFIRMED)


async def test_an_email_address_with_a_wide_at(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await paste(person, "email", "ann＠example.com")
        await person.press("tab")
        assert person.under("email") == ""


@pytest.mark.parametrize("typed", ["04301975", "19750430", wide("04/30/1975")])
async def test_a_date_of_birth(machine: Machine, typed: str) -> None:
    async with resumed_at(machine, Step.ATTRIBUTES_REVIEW) as person:
        await paste(person, "birth_date", typed)
        await person.press("tab")
        assert person.under("birth_date") == ""
