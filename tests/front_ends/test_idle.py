"""Who presses no key is warned, and then nobody finds their screen: they sign in, and are where they were."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from textual.widgets import Input

from iprescribe_tui.flow.actions import SignInView
from iprescribe_tui.front_ends.tui.dialogs import IdleScreen
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.tables import TokenFamily
from tests.backend import PASSWORD, RunningSandbox, Walk
from tests.front_ends.applicant import put_photos
from tests.front_ends.harness import IdleClock, Machine, Person, at_the_screens, resumed, resumed_at
from tests.tally import Tally

SECRET = "planted violet words 7Q"
AWAY = "Nothing was typed for 15 minutes"

TYPED: dict[Step, tuple[str, str]] = {
    Step.PERSONAL: ("email", "home@example.com"),
    Step.PRACTICE: ("practice_name", "Lakeside Family"),
    Step.MFA_PHONE: ("phone", "217-555-01"),
    Step.PHONE_MATCH: ("phone", "217-555-01"),
    Step.ATTRIBUTES_REVIEW: ("street", "12 Elm St"),
    Step.NPI_MATCH: ("npi", "10000"),
    Step.LICENSE_REVIEW: ("license_number", "12345-20"),
}
"""A field of a step that is no secret, and what is typed into it."""

SECRETS = {Step.SSN: "ssn", Step.IDME_SIGN_UP: "password", Step.MFA_CODE: "code"}
BEFORE = (Step.NPI, Step.ACCOUNTS_INTRO, Step.CREDENTIALS)
STEPS = [step for step in Step if step not in (*BEFORE, Step.DONE)]
QUICK = (Step.PRACTICE,)


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state", clock=IdleClock())


async def away(person: Person, **time: float) -> None:
    """Let time pass here and at the backend, and the program look around, as it does each second."""
    clock = person.machine.clock
    assert isinstance(clock, IdleClock)
    clock.advance(**time)
    person.sandbox.clock.advance(**time)
    person.front_end.flow.check_idle()
    await person.until_true(lambda: person.app.screen.is_mounted, "what lies over the step")
    await person.settle()


def is_covered(person: Person) -> bool:
    """Whether something lies over the step."""
    return person.app.screen is not person.screen


def ways_to(step: Step) -> dict[str, Any]:
    return {Step.IDME_SIGN_IN: {"account": "existing"}, Step.MFA_TOTP: {"method": "app"}}.get(step, {})


async def until_signed_out(person: Person) -> None:
    await person.until_true(lambda: person.ready and isinstance(person.screen.view, SignInView), "the sign-in")
    await person.until(AWAY)


async def until_forgotten(person: Person) -> None:
    """Wait until neither the program nor the keyring has tokens."""
    keyring = person.machine.keyring
    assert keyring
    await person.until_true(lambda: not person.front_end.client.signed_in and not keyring.entries, "no tokens")


async def sign_in(person: Person) -> None:
    """Type the password; the username stands there."""
    await person.until_true(lambda: not person.row("username").blank, "the username filled in")
    await person.answered(f"{PASSWORD}\n")


def open_sessions(walk: Walk) -> int:
    """How many sessions of a registration the backend would go on with."""
    with walk.sandbox.backend.store.reading() as db:
        families = db.scalars(select(TokenFamily).where(TokenFamily.registration_id == walk.id))
        return sum(not family.revoked for family in families)


@pytest.mark.parametrize(
    "step", [step if step in QUICK else pytest.param(step, marks=pytest.mark.matrix) for step in STEPS]
)
async def test_who_is_gone_signs_in_again_and_is_where_they_were(
    step: Step, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    walk = machine.sandbox.registration_at(step, name="amelia.h", **ways_to(step))
    async with resumed(machine, walk) as person:
        await person.until_step(step)
        field, text = TYPED.get(step, ("", ""))
        if field:
            await person.enter(field, text)
        if step in SECRETS:
            await person.enter(SECRETS[step], SECRET if step is Step.IDME_SIGN_UP else "219-09")
        await away(person, minutes=12, seconds=29)
        assert not is_covered(person), "warned too early"
        await away(person, seconds=2)
        assert "Are you still there?" in person.words
        assert "your session is closed in 2:29 to protect you" in person.words
        await away(person, seconds=149)
        await until_signed_out(person)
        assert walk.npi not in person.text
        assert walk.email not in person.text
        assert not text or text not in person.text
        assert not any(SECRET in each.value for each in person.app.query(Input)), "a secret is still held"
        await until_forgotten(person)
        assert open_sessions(walk) == 0
        await sign_in(person)
        await person.until_step(step)
        if field:
            assert person.row(field).value == text
        if step in SECRETS:
            assert person.row(SECRETS[step]).blank
    tally("sessions", "idle at the screens, by step", tried=1, recovered=1, lost=0)


@pytest.mark.matrix
@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_the_warning_is_whole(machine: Machine, size: tuple[int, int]) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(machine, walk, size) as person:
        await person.until_step(Step.PRACTICE)
        await away(person, minutes=13)
        for words in (
            "Are you still there?",
            "in 2:00 to",
            "you sign in again",
            "Social Security number).",
            "▸ Stay",
        ):
            assert words in person.words
        await away(person, seconds=1)
        assert "in 1:59 to" in person.words


@pytest.mark.matrix
@pytest.mark.parametrize("key", ["enter", "x", "escape", "tab", "f1", "f9"])
async def test_any_key_stays_and_does_nothing_else(machine: Machine, key: str) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("practice_name", "Lakeside")
        await away(person, minutes=13)
        await person.press(key)
        assert not is_covered(person)
        assert person.row("practice_name").value == "Lakeside"
        await away(person, minutes=12)
        assert not is_covered(person), "the key did not count"
        await away(person, minutes=1)
        assert isinstance(person.app.screen, IdleScreen)


@pytest.mark.matrix
async def test_each_key_and_each_paste_counts(machine: Machine) -> None:
    from textual import events

    async with resumed_at(machine, Step.PRACTICE) as person:
        for _ in range(4):
            await away(person, minutes=12)
            await person.press("a")
        await away(person, minutes=12)
        person.app.post_message(events.Paste("b"))
        await person.settle()
        await away(person, minutes=12)
        assert person.row("practice_name").value == "aaaab"


@pytest.mark.parametrize("key", ["a", pytest.param("enter", marks=pytest.mark.matrix)])
async def test_a_key_that_comes_too_late_is_for_nobody(machine: Machine, key: str) -> None:
    """As after a laptop was shut, or the program suspended: the key is pressed before the program looked around."""
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("practice_name", "Lakeside")
        assert isinstance(machine.clock, IdleClock)
        machine.clock.advance(minutes=15)
        await person.press(key)
        await until_signed_out(person)
        assert person.row("password").blank
        await sign_in(person)
        assert person.row("practice_name").value == "Lakeside"


@pytest.mark.matrix
@pytest.mark.parametrize("over", ["f1", "f2", "f11"])
async def test_what_lies_over_the_step_goes_with_it(machine: Machine, over: str) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.press(over)
        await person.until_true(lambda: is_covered(person), "the dialog")
        await away(person, minutes=13)
        assert isinstance(person.app.screen, IdleScreen)
        await person.press("space")
        assert is_covered(person)
        await away(person, minutes=15)
        await until_signed_out(person)
        assert not is_covered(person)
        await sign_in(person)
        await person.until_step(Step.PRACTICE)


async def test_without_a_session_nothing_times_out_but_a_password(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.enter("npi", "10000")
        await away(person, minutes=40)
        assert person.row("npi").value == "10000"
        await person.answered("<f6>")
        await person.fill("amelia", SECRET)
        await away(person, minutes=14)
        assert not person.row("password").blank
        await away(person, minutes=1)
        assert person.row("password").blank
        assert person.row("username").value == "amelia"


async def test_twelve_hours_are_all_however_often_a_key_is_pressed(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("practice_name", "Lakeside")
        for _ in range(11):  # each time something is asked of the backend, and tokens are renewed
            person.sandbox.clock.advance(hours=1)
            await person.front_end.client.current()
        assert person.row("practice_name").value == "Lakeside"
        person.sandbox.clock.advance(hours=1)
        await person.enter("street", "400 Lake St")
        await person.press("f9")
        await person.until("Your session is over. Sign in to go on where you were.")
        await sign_in(person)
        await person.until_step(Step.PRACTICE)
        assert person.row("street").value == "400 Lake St"


@pytest.mark.matrix
async def test_a_wait_says_that_it_goes_on_no_more(machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    async with resumed(machine, walk) as person:
        await person.until_step(Step.EMAIL_CONFIRMATION)
        assert walk.sandbox.call("DELETE", "/v1/sessions/current", token=walk.token()).status_code == 204
        await person.until("Your session is over. Sign in to go on where you were.")
        await sign_in(person)
        await person.until_step(Step.EMAIL_CONFIRMATION)
