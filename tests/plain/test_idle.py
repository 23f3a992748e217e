"""At the prompts no clock writes anything: an answer that comes too late is kept, and leads to the sign-in."""

from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.front_ends.harness import IdleClock, Machine, until_true
from tests.longer import few
from tests.plain.prompts import Listener, at_step

AWAY = "Nothing was typed for 15 minutes, so your session was closed to protect you."


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state", clock=IdleClock())


def away(person: Listener, **time: float) -> None:
    """Let time pass, here and at the backend."""
    assert isinstance(person.machine.clock, IdleClock)
    person.machine.clock.advance(**time)
    person.sandbox.clock.advance(**time)


async def until_closed(machine: Machine) -> None:
    await until_true(lambda: not machine.keyring or machine.keyring.entries == {}, lambda: "tokens are kept")


async def sign_in(person: Listener) -> None:
    """Keep the username that is offered, and type the password."""
    assert person.field == "username"
    await person.type("")
    await person.type(PASSWORD)


async def test_an_answer_that_comes_too_late_leads_to_the_sign_in_and_is_kept(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        await person.type("Lakeside")
        said = person.text
        away(person, minutes=15)
        person.front_end.flow.check_idle()
        assert person.text == said, "a clock wrote into a prompt"
        await person.type("400 Lake St")
        assert AWAY in person.said
        await until_closed(machine)
        await sign_in(person)
        await person.until_step(Step.PRACTICE)
        assert person.page.values["practice_name"] == "Lakeside"
        assert person.page.values["street"] == "400 Lake St"


@pytest.mark.matrix
@pytest.mark.parametrize("late", ["?", "/again", "/over", "<", "/messages", "/support"])
async def test_a_command_that_comes_too_late_does_nothing(machine: Machine, late: str) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        away(person, minutes=15)
        await person.type(late)
        assert AWAY in person.said
        assert "At every prompt of this step" not in person.said
        await sign_in(person)
        await person.until_step(Step.PRACTICE)


@pytest.mark.parametrize("step", few([Step.SSN, Step.EMAIL_CONFIRMED, Step.PHONE_LINK]))
async def test_a_secret_or_an_enter_that_comes_too_late_is_not_sent(machine: Machine, step: Step) -> None:
    async with at_step(machine, step) as person:
        away(person, minutes=15)
        await person.type("219-09-9871" if step is Step.SSN else "")
        assert AWAY in person.said
        assert "219-09-9871" not in person.text
        await sign_in(person)
        await person.until_step(step)


@pytest.mark.matrix
async def test_leaving_is_possible_at_any_time(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        away(person, minutes=15)
        await person.type("!")
        person.send("!")
        assert "sign in with your iPrescribe username" in await person.end()
    await until_closed(machine)
