"""Who does nothing for long is signed out, whatever they are at: they sign in again, and are where they were."""

from pathlib import Path

import pytest
from sqlalchemy import select

from iprescribe_tui.client import transport
from iprescribe_tui.flow.idle import Presence
from iprescribe_tui.flow.page_state import PageState
from iprescribe_tui.journey.service_document import SessionPolicy
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from iprescribe_tui.sandbox.store.tables import TokenFamily
from tests.backend import PASSWORD, RunningSandbox, Walk
from tests.faults.relay import Held, relay_to
from tests.flow.somebody import Somebody, Start, at_both, resumed
from tests.front_ends.harness import IdleClock, Machine

AWAY = "Nothing was typed for 15 minutes, so your session was closed to protect you."


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state", clock=IdleClock())


def pass_time(machine: Machine, **time: float) -> None:
    """Let time pass here, between two looks at the clock."""
    assert isinstance(machine.clock, IdleClock)
    machine.clock.advance(**time)


def open_sessions(walk: Walk) -> int:
    """How many sessions of a registration the backend would go on with."""
    with walk.sandbox.backend.store.reading() as db:
        families = db.scalars(select(TokenFamily).where(TokenFamily.registration_id == walk.id))
        return sum(not family.revoked for family in families)


async def until_forgotten(person: Somebody, machine: Machine) -> None:
    """Wait until neither the program nor the keyring has tokens."""
    keyring = machine.keyring
    assert keyring
    await person.until_true(lambda: not person.front_end.client.signed_in and not keyring.entries, "no tokens")


@at_both
async def test_who_comes_back_too_late_signs_in_and_is_where_they_were(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        await person.enter("practice_name", "Lakeside")
        pass_time(machine, minutes=15)
        await person.stir()
        await person.until_says(AWAY, "Sign in to go on where you were.")
        await until_forgotten(person, machine)
        assert open_sessions(walk) == 0
        await person.start_sign_in(PASSWORD)
        await person.until_step(Step.PRACTICE)
        assert person.value("practice_name") == "Lakeside"


@at_both
async def test_each_thing_that_is_done_counts_from_anew(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        typed = {"practice_name": "Lakeside", "street": "400 Lake St", "city": "Springfield"}
        for name, value in typed.items():
            pass_time(machine, minutes=14, seconds=59)
            await person.enter(name, value)
        assert {name: person.value(name) for name in typed} == typed


@at_both
async def test_before_there_is_a_username_one_begins_again_and_loses_nothing(start: Start, machine: Machine) -> None:
    async with start(machine) as person:
        await person.answer(PERSONA_NPIS["happy"])
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.answer()
        await person.until_step(Step.CREDENTIALS)
        await person.enter("username", "amelia.h")
        pass_time(machine, minutes=15)
        await person.stir()
        await person.until_says(f"{AWAY} There is no username yet to sign in with, so begin with the NPI again.")
        await until_forgotten(person, machine)
        await person.answer()
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.answer()
        await person.until_step(Step.CREDENTIALS)
        assert person.value("username") == "amelia.h"


@at_both
async def test_somebody_who_went_away_from_a_backend_that_was_away(
    start: Start, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is over here at once, though the backend can be told of it only later, or never."""
    monkeypatch.setattr(transport, "BACKOFF", 0.01)
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        up, machine.sandbox.url = machine.sandbox.url, "http://127.0.0.1:1"
        await person.be_in_trouble()
        pass_time(machine, minutes=15)
        await person.stir()
        await person.until_says(AWAY)
        machine.sandbox.url = up
        await until_forgotten(person, machine)
        await person.start_sign_in(PASSWORD)
        await person.until_step(Step.PRACTICE)


@at_both
async def test_the_time_in_which_the_backend_works_is_not_idle(
    start: Start, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """An upload over a slow line may take longer than that: whoever watches it is there."""
    with relay_to(sandbox.url) as relay:
        machine = Machine(sandbox, tmp_path / "state", clock=IdleClock(), url=relay.url)
        walk = sandbox.registration_at(Step.PRACTICE)
        async with resumed(start, machine, walk, Step.PRACTICE) as person:
            held = Held(relay, "request", "/back")
            await person.start_back()
            await person.until_true(held.reached.is_set, "the step back on its way")
            pass_time(machine, minutes=20)
            person.flow.check_idle()
            held.drop()
            await person.until_step(Step.PERSONAL)
            pass_time(machine, minutes=12)
            await person.enter("email", "home@example.com")
            assert person.value("email") == "home@example.com", "the time of the backend counted as idle"
            pass_time(machine, minutes=15)
            await person.stir()
            await person.until_says(AWAY)


@at_both
async def test_a_session_that_ends_just_as_the_next_page_comes_is_over(
    start: Start, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link was opened elsewhere, and the time was up before there was anybody to ask."""
    walk = machine.sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    async with resumed(start, machine, walk, Step.EMAIL_CONFIRMATION) as person:
        show = person.front_end.show

        async def show_too_late(page: PageState) -> None:
            monkeypatch.undo()
            person.flow._expire()
            await show(page)

        monkeypatch.setattr(person.front_end, "show", show_too_late)
        assert machine.sandbox.follow(machine.sandbox.newest()).status_code == 204
        await person.until_says(AWAY)
        await person.start_sign_in(PASSWORD)
        await person.until_step(Step.EMAIL_CONFIRMED)


@at_both
async def test_a_session_that_is_over_shows_nothing_of_the_next_page(start: Start, machine: Machine) -> None:
    """The time is up and the link is opened elsewhere, and only then does anybody do anything, or nobody."""
    walk = machine.sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    async with resumed(start, machine, walk, Step.EMAIL_CONFIRMATION) as person:
        pass_time(machine, minutes=15)
        person.flow.check_idle()
        assert machine.sandbox.follow(machine.sandbox.newest()).status_code == 204
        await person.until_says(AWAY)
        await person.start_sign_in(PASSWORD)
        await person.until_step(Step.EMAIL_CONFIRMED)


@at_both
async def test_a_session_that_is_still_being_closed_takes_no_new_one_along(
    start: Start, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Whoever comes back and signs in at once, before the backend has heard of the end, is not signed out again."""
    with relay_to(sandbox.url) as relay:
        machine = Machine(sandbox, tmp_path / "state", clock=IdleClock(), url=relay.url)
        walk = sandbox.registration_at(Step.PRACTICE)
        async with resumed(start, machine, walk, Step.PRACTICE) as person:
            held = Held(relay, "request", "/sessions/current")
            pass_time(machine, minutes=15)
            await person.stir()
            await person.until_says(AWAY)
            await person.until_true(held.reached.is_set, "the end of the session on its way")
            await person.start_sign_in(PASSWORD)
            held.drop()
            await person.until_step(Step.PRACTICE)
            assert person.front_end.client.signed_in
            assert machine.keyring
            assert machine.keyring.entries, "the tokens of the new session are not kept"


@at_both
async def test_leaving_after_that_says_how_one_goes_on(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        pass_time(machine, minutes=15)
        await person.stir()
        await person.until_says(AWAY)
        await until_forgotten(person, machine)
        assert "sign in with your iPrescribe username" in await person.leave()


@at_both
async def test_the_backend_says_how_long(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        service = person.front_end.client.service
        assert service is not None
        short = SessionPolicy(idle=60, warning=10)
        person.front_end.client.service = service.model_copy(update={"sessions": short})
        person.flow.check_idle()
        pass_time(machine, seconds=60)
        await person.stir()
        await person.until_says("Nothing was typed for 60 seconds")


def test_a_clock_that_is_not_looked_at_for_long_is_over_all_the_same() -> None:
    clock = IdleClock()
    presence = Presence(clock, SessionPolicy(idle=100, warning=90))
    clock.advance(seconds=49)
    assert not presence.should_warn, "at most half of the time is warned of"
    assert presence.touch()
    clock.advance(seconds=100)
    assert not presence.touch()
    assert presence.is_over
    presence.begin()
    assert presence.seconds_left == 100
