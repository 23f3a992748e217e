"""Drafts at their worst moments: killed in the midst of being written, done with, started over."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.applicant import go_to
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at

BACKEND = "https://registration.example.com"

KILLED = """
import json, os, signal, sys
from pathlib import Path
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.journey.steps import Step

def die(*given):
    if given and hasattr(given[-1], "write"):
        given[-1].write('{"email": "hal')
        given[-1].flush()
    os.kill(os.getpid(), signal.SIGKILL)

drafts = Drafts(Path(sys.argv[1]), sys.argv[2])
drafts.save("r1", Step.PERSONAL, {"email": "before@example.com"})
setattr(*{"half written": (json, "dump", die), "not renamed": (Path, "replace", die)}[sys.argv[3]])
drafts.save("r1", Step.PERSONAL, {"email": "after@example.com"})
"""


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("moment", ["half written", "not renamed"])
def test_a_kill_in_the_midst_of_writing_leaves_the_draft_before_whole(moment: str, tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), BACKEND, moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    drafts = Drafts(tmp_path, BACKEND)
    assert drafts.load("r1", Step.PERSONAL) == {"email": "before@example.com"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)} == {0o600}
    drafts.save("r1", Step.PERSONAL, {})
    assert files(tmp_path) == [], "what the killed run left half done is gone with the draft"


def test_a_kill_in_the_midst_of_forgetting_leaves_what_the_next_run_needs_to_go_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = Drafts(tmp_path, BACKEND)
    drafts.remember("r1", npi="1000000012")
    for step in (Step.CREDENTIALS, Step.PERSONAL, Step.PRACTICE, Step.SELFIE):
        drafts.save("r1", step, dict.fromkeys(step.form.asked(), "a"))
    unlink = Path.unlink
    left = [2]

    def killed(file: Path, missing_ok: bool = False) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        unlink(file, missing_ok)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            drafts.forget("r1")
    assert len(files(tmp_path)) == 3
    again = Drafts(tmp_path, BACKEND)
    found = again.remembered()
    assert found, "what is left belongs to nothing, and stays for ever"
    again.forget(found.registration)
    assert files(tmp_path) == []


def test_a_draft_that_another_terminal_has_just_removed_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts, other = Drafts(tmp_path, BACKEND), Drafts(tmp_path, BACKEND)
    replace = Path.replace

    def removed_meanwhile(passing: Path, file: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        other.forget("r1")
        return passing.replace(file)

    drafts.save("r1", Step.PERSONAL, {"email": "a@example.com"})
    monkeypatch.setattr(Path, "replace", removed_meanwhile)
    drafts.save("r1", Step.PERSONAL, {"email": "b@example.com"})
    assert drafts.notice is None
    assert files(tmp_path) == []


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def start_over(person: Person) -> None:
    await person.type("<f11>")
    await person.until("Start over?")
    await person.answered("\t\n")
    await person.until_step(Step.NPI)


async def test_going_back_to_the_npi_loses_only_what_was_typed_for_another(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("1000000012\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.answered("\n")
        await person.until_step(Step.CREDENTIALS)
        await person.type("amelia.planted")
        for npi, typed in (("1000000012", "amelia.planted"), ("1000000020", "")):
            await back_to_npi(person)
            await person.answered("<ctrl+u>1000000004\n")
            await person.until("1000000004 is not in the NPI registry")
            await person.answered(f"<ctrl+u>{npi}\n")
            await person.until_step(Step.ACCOUNTS_INTRO)
            await person.answered("\n")
            await person.until_step(Step.CREDENTIALS)
            assert person.row("username").value == typed


async def back_to_npi(person: Person) -> None:
    await person.answered("<f9>")
    await person.until_step(Step.ACCOUNTS_INTRO)
    await person.answered("<f9>")
    await person.until_step(Step.NPI)


@pytest.mark.matrix
async def test_started_over_nobody_is_asked_for_the_username_that_is_gone(machine: Machine) -> None:
    """Without a keyring one signs in to go on; there is nothing to sign in with once the username was given up."""
    machine.keyring = None
    async with at_the_screens(machine) as person:
        await person.answered("1000000012\n")
        await go_to(person, Step.PERSONAL)
        await start_over(person)
        await person.type("<f10>")
    async with at_the_screens(machine) as person:
        await person.answered()
        await person.until("There is no username yet to sign in with")
        assert person.row("npi").value == "1000000012"
        await person.answered("\n")
        await person.until_step(Step.ACCOUNTS_INTRO)


async def test_what_a_page_says_late_that_was_left_is_kept_no_more(machine: Machine) -> None:
    """A page tells what was typed into it once that is drawn: the registration may be complete by then."""
    async with resumed_at(machine, Step.CONSENT) as person:
        left = person.screen.view
        await person.answered("1\n")
        await person.until_step(Step.DONE)
        person.front_end.flow.local_state.keep(left, {"decision": "allow"})
        assert files(machine.state_dir / "drafts") == []
