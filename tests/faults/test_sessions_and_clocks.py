"""Tokens that end, are renewed twice at once or revoked, and clocks that differ: at every step, with one effect."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from iprescribe_tui.client import Client
from iprescribe_tui.flow.actions import SignInView
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.tables import TokenFamily, TokenRow
from tests.backend import PASSWORD, RunningSandbox
from tests.faults.counts import lost_and_doubled
from tests.faults.link import link_to
from tests.faults.test_bad_networks import NPI, ON_THE_WAY, counted, in_good_weather, typed_at
from tests.front_ends.applicant import answer, put_photos, shown_step
from tests.front_ends.harness import Machine, Person, at_the_screens
from tests.tally import Tally

SECRET: Final = {"password", "password_again", "ssn", "code"}
"""Fields that are typed anew after a sign-in; nothing else is."""

UNNAMED: Final = (Step.ACCOUNTS_INTRO, Step.CREDENTIALS)
"""Steps before there is a username, with which one could sign in."""


@pytest.fixture(autouse=True)
def _among_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_photos(tmp_path)
    monkeypatch.chdir(tmp_path)


EXPIRED: Final = "the access token has ended"
RACED: Final = "two terminals renew it at once"
REVOKED: Final = "the session was revoked"

TIMES: Final = {
    Step.EMAIL_CONFIRMATION: "F5 sends a new one in (4:5|5:0)",
    Step.MFA_CODE: "F5 sends a new one in 0:[01]",
    Step.PHONE_LINK: "It works for another (14:5|15:0)",
}
"""What the countdowns say where both clocks are right."""


def end_access(sandbox: RunningSandbox) -> None:
    """As after ten minutes: access tokens are good for nothing any more, what renews them is."""
    ended = update(TokenRow).where(TokenRow.kind == "access").values(expires_at=sandbox.clock.now)
    sandbox.backend.store.writing(lambda db: db.execute(ended))


def revoke(sandbox: RunningSandbox) -> None:
    """As after a sign-out elsewhere."""
    sandbox.backend.store.writing(lambda db: db.execute(update(TokenFamily).values(revoked=True)))


async def the_way(person: Person) -> AsyncIterator[Step]:
    """Each step once there is a session, as it is shown; whoever asks answers it."""
    await person.answered(f"{NPI}\n")
    for step in ON_THE_WAY[1:]:
        assert shown_step(person) is step
        yield step


def judge(sandbox: RunningSandbox, step: Step, what: str, tally: Tally) -> None:
    """Every effect up to a step is there once."""
    done = counted(sandbox)
    if what == REVOKED and step not in ON_THE_WAY[: ON_THE_WAY.index(Step.RECOVERY_CODE)]:
        done["revisions"] -= 1  # who signs in is shown a recovery code of their own
    lost, doubled = lost_and_doubled(in_good_weather()[step], done)
    tally(
        "faults",
        what,
        tried=1,
        recovered=1,
        **{"by itself": int(what != REVOKED)},
        lost=len(lost),
        doubled=len(doubled),
    )
    assert not [*lost, *doubled], f"{what} at {step}"


@pytest.mark.matrix
async def test_a_token_that_ended_is_renewed_unnoticed_at_every_step(
    sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    async with at_the_screens(Machine(sandbox, tmp_path / "state")) as person:
        async for step in the_way(person):
            end_access(sandbox)
            await answer(person)
            judge(sandbox, step, EXPIRED, tally)


@pytest.mark.matrix
async def test_two_terminals_that_renew_at_once_both_stay_signed_in(
    sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    machine = Machine(sandbox, tmp_path / "state")
    async with at_the_screens(machine) as person:
        async for step in the_way(person):
            other = machine.services().client
            await beside(other, person, sandbox)
            await other.aclose()
            judge(sandbox, step, RACED, tally)


async def beside(other: Client, person: Person, sandbox: RunningSandbox) -> None:
    """Answer a step while another terminal of the same registration asks where it is, both with a token that ended."""
    assert person.screen.step_view
    registration = person.screen.step_view.registration
    await other.resume(registration)
    end_access(sandbox)
    _, again = await asyncio.gather(answer(person), other.resume(registration))
    assert again.revision


@pytest.mark.matrix
async def test_who_was_signed_out_elsewhere_signs_in_and_goes_on_at_every_step(
    sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    async with at_the_screens(Machine(sandbox, tmp_path / "state")) as person:
        async for step in the_way(person):
            if step in UNNAMED:
                await answer(person)
                continue
            await go_on_after_a_sign_in(person, step)
            judge(sandbox, step, REVOKED, tally)


async def go_on_after_a_sign_in(person: Person, step: Step) -> None:
    """Answer `step` in a session that was revoked, sign in, and answer it with what is still there."""
    waits = step is Step.PHONE_LINK
    if not waits:
        await person.type(typed_at(person, step).removesuffix("\n"))
    values = dict(person.screen.values)
    revoke(person.sandbox)
    if not waits:
        await person.type("\n")
    await person.until_true(lambda: person.ready and isinstance(person.screen.view, SignInView), "the sign-in")
    await person.until("Your session is over. Sign in to go on where you were.")
    await person.until_true(lambda: not person.row("username").blank, "the username filled in")
    await person.answered(f"{PASSWORD}\n")
    await person.until_step(step)
    if waits:
        await answer(person)
        return
    gone = {name for name, value in values.items() if person.screen.values[name] != value}
    assert gone <= SECRET | {"saved"}
    for name in sorted(gone):
        value = values[name]
        if name == "saved":  # it was said of another recovery code
            await person.go_to(name)
            await person.press("space")
            continue
        assert isinstance(value, SecretStr)
        await person.enter(name, value.get_secret_value())
    await person.press_continue()
    await person.until_true(lambda: person.ready and shown_step(person) is not step, "the next step")
    await person.settle()


@pytest.mark.matrix
@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_backend_whose_clock_is_an_hour_off_is_used_as_any_other(
    hours: int, sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    sandbox.clock.advance(hours=hours)
    with link_to(sandbox.url) as link:
        link.ahead = timedelta(hours=hours)
        async with at_the_screens(Machine(sandbox, tmp_path / "state", url=link.url)) as person:
            async for step in the_way(person):
                assert re.search(TIMES.get(step, ""), person.words), person.text
                sandbox.clock.now = datetime.now(UTC) + timedelta(hours=hours)
                await answer(person)
                judge(sandbox, step, f"the backend's clock is {hours:+} h off", tally)
