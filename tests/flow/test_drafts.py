"""What was typed is there again, whatever it was typed at, and one goes on where one left; nothing else is kept."""

from pathlib import Path
from typing import Final

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.flow.somebody import Start, at_both, resumed
from tests.front_ends.harness import Machine, at_the_screens

NPI: Final = "1000000012"


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def come_to_credentials(start: Start, machine: Machine) -> None:
    """Come to the credentials, type a username and a password, and leave."""
    async with start(machine) as person:
        await person.answer(NPI)
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.answer()
        await person.until_step(Step.CREDENTIALS)
        await person.enter("username", "amelia.hartwell")
        await person.enter("password", PASSWORD)
        assert "begin with the NPI" not in await person.leave()


@at_both
async def test_what_was_typed_is_there_again_and_secrets_are_not(start: Start, machine: Machine) -> None:
    await come_to_credentials(start, machine)
    assert not [file for file in files(machine.state_dir / "drafts") if PASSWORD.encode() in file.read_bytes()]
    async with start(machine) as person:
        await person.until_says("Continue where you left off?", NPI, "Choose a username and password")
        await person.answer()
        await person.until_step(Step.CREDENTIALS)
        assert person.value("username") == "amelia.hartwell"
        assert person.value("password") == ""


@at_both
async def test_without_a_keyring_signing_in_goes_on(start: Start, sandbox: RunningSandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox, tmp_path / "state", keyring=None)
    async with start(machine) as person:
        await person.answer(NPI)
        await person.until_says("This computer has no keyring", "in memory only")
        await person.answer()
        await person.until_step(Step.CREDENTIALS)
        await person.answer("amelia.hartwell", PASSWORD, PASSWORD)
        await person.until_step(Step.PERSONAL)
        assert "sign in with your iPrescribe username" in await person.leave()
    async with start(machine) as person:
        await person.answer()
        await person.until_says("Your session is over. Sign in to go on where you were.")
        assert person.value("username") == "amelia.hartwell"
        await person.start_sign_in(PASSWORD)
        await person.until_step(Step.PERSONAL)


@at_both
async def test_at_the_end_nothing_is_left_behind(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.CONSENT)
    async with resumed(start, machine, walk, Step.CONSENT) as person:
        await person.answer("1")
        await person.until_says("You are registered", "Reference")
        await person.until_true(lambda: not machine.keyring or not machine.keyring.entries, "the tokens to be gone")
    assert files(machine.state_dir / "drafts") == []
    refused = walk.sandbox.call("GET", f"/v1/registrations/{walk.id}", token=walk.access)
    assert refused.status_code == 401


@at_both
async def test_started_over_nothing_is_left_of_what_was_typed(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    kept = machine.state_dir / "drafts"
    async with resumed(start, machine, walk, Step.PRACTICE) as person:
        await person.enter("practice_name", "Planted Clinic")
        await person.go_back()
        await person.until_step(Step.PERSONAL)
        await person.enter("email", "planted@example.com")
        await person.until_true(
            lambda: {"practice.json", "personal.json"} <= {file.name for file in files(kept)}, "both drafts"
        )
        await person.start_over()
        await person.until_step(Step.NPI)
        await person.leave()
    assert {file.name for file in files(kept)} <= {"registration.json", "npi.json"}


@at_both
async def test_whoever_is_registered_already_and_signs_in_leaves_no_npi_behind(start: Start, machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.CONSENT)
    async with start(machine) as person:
        await person.answer(walk.npi)
        await person.until_says("is registered already")
        await person.answer(walk.user, PASSWORD)
        await person.until_step(Step.CONSENT)
        await person.answer("1")
        await person.until_step(Step.DONE)
    assert files(machine.state_dir / "drafts") == []


async def test_another_registration_that_is_signed_in_to_keeps_what_was_typed_and_its_npi(machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE, "happy_two")
    await machine.left_at(walk)
    async with at_the_screens(machine) as person:
        await person.answered("\n")
        await person.until_step(Step.PRACTICE)
        await person.enter("practice_name", "Larkhaven Heart")
        await person.type("<f10>")
    async with at_the_screens(machine) as person:
        await person.until("Continue where you left off?")
        await person.type("<f4>")
        await person.until_step(Step.NPI)
        await person.answered(f"{NPI}\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.type("<f10>")
    async with at_the_screens(machine) as person:
        await person.until("Continue where you left off?", NPI)
        await person.type("<f6>")
        await person.until("Sign in to go on where you were")
        await person.answered(f"{walk.user}\t{PASSWORD}\n")
        await person.until_step(Step.PRACTICE)
        assert person.row("practice_name").value == "Larkhaven Heart"
        left = person.front_end.flow.local_state._drafts.unfinished()
        assert {(each.npi, each.username) for each in left} == {(NPI, ""), (walk.npi, walk.user)}


async def test_support_that_is_left_at_the_end_ends_as_registered(machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.CONSENT)
    await machine.left_at(walk)
    async with at_the_screens(machine) as person:
        await person.answered("\n")
        await person.until_step(Step.CONSENT)
        await person.answered("1\n")
        await person.until_step(Step.DONE)
        await person.type("<f8>")
        await person.until("Submit a request")
        farewell = person.front_end.farewell()
        assert (farewell.status, "You are registered" in farewell.text) == (Ending.REGISTERED, True)
