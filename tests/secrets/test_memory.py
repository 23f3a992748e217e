"""A secret is let go of once it was sent, or once its step was left: no living object has it any more.

Secrets are written backwards here, and typed forwards, so that the search finds the program's copies alone.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.outgoing import forget_photos
from tests.backend import PASSWORD, running
from tests.front_ends.applicant import answer, put_photos
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at
from tests.secrets.memory import held
from tests.tally import Tally

SSN = "6193-74-825"
MISTYPED = "8150-29-039"
OTHER = "7401-38-925"
SECRET = "Q7/sdrow telov detnalp"

MATRIX = pytest.mark.matrix


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    with running(tmp_path / "sandbox") as sandbox:
        yield Machine(sandbox, tmp_path / "state")


async def let_go(person: Person, *backwards: str) -> None:
    """Wait until nothing holds these; a screen that was left is taken away bit by bit."""
    for _ in range(5):
        if not (holders := held(backwards)):
            return
        await person.settle()
    raise AssertionError("\n".join(holders[:9]))


async def typed(person: Person) -> None:
    await person.answered(f"{SSN[::-1]}\n")


async def pasted(person: Person) -> None:
    person.app.post_message(events.Paste(SSN[::-1]))
    await person.answered("\n")


async def looked_at(person: Person) -> None:
    await person.answered(f"{SSN[::-1]}<f7>\n")


async def mistyped(person: Person) -> None:
    await person.type(f"{MISTYPED[::-1]}\n")
    await person.until("✗")
    await person.enter("ssn", SSN[::-1])
    await person.answered("\n")


async def gone_back(person: Person) -> None:
    await person.answered(f"{SSN[::-1]}<f9>")


async def started_over(person: Person) -> None:
    await person.type(f"{SSN[::-1]}<f11>")
    await person.until("Start over?")
    await person.answered("\t\n")


WAYS = {each.__name__: each for each in (typed, pasted, looked_at, mistyped, gone_back, started_over)}
PLAIN = ("typed", "gone_back")


@pytest.mark.parametrize(
    "way", [name if name in PLAIN else pytest.param(name, marks=pytest.mark.matrix) for name in WAYS]
)
async def test_the_number_is_let_go_of_once_the_step_is_left(way: str, machine: Machine, tally: Tally) -> None:
    async with resumed_at(machine, Step.SSN) as person:
        await WAYS[way](person)
        assert getattr(person.screen, "step", None) is not Step.SSN
        await let_go(person, SSN, MISTYPED)
    tally("canaries", "memory, SSN typed, pasted, refused, left", searches=1, canaries=2, hits=0)


@MATRIX
async def test_a_number_that_the_backend_refused_is_let_go_of_too(machine: Machine, tally: Tally) -> None:
    async with resumed_at(machine, Step.SSN, "ssn_refused_once") as person:
        await person.answered(f"{OTHER[::-1]}\n")
        await person.until("✗")
        await person.enter("ssn", SSN[::-1])
        await person.answered("\n")
        await person.until_step(Step.ATTRIBUTES_REVIEW)
        await let_go(person, SSN, OTHER)
    tally("canaries", "memory, SSN typed, pasted, refused, left", searches=1, canaries=2, hits=0)


@MATRIX
@pytest.mark.parametrize("way", ["\n", "<f9>"], ids=["accepted", "left by Back"])
async def test_a_password_is_let_go_of(way: str, machine: Machine, tally: Tally) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("1000000012\n")
        await answer(person)
        await person.answered(f"amelia.hartwell\t{SECRET[::-1]}\t{SECRET[::-1]}{way}")
        await let_go(person, SECRET)
    tally("canaries", "memory, passwords", searches=1, canaries=1, hits=0)


@MATRIX
async def test_a_wrong_password_to_sign_in_with_is_let_go_of(machine: Machine, tally: Tally) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with at_the_screens(machine) as person:
        await person.answered("<f6>")
        await person.answered(f"{walk.user}\t{SECRET[::-1]}\n")
        await person.until("✗")
        await person.enter("password", PASSWORD)
        await person.answered("\n")
        await person.until_step(Step.PRACTICE)
        await let_go(person, SECRET)
    tally("canaries", "memory, passwords", searches=1, canaries=1, hits=0)


def photos_held() -> list[str]:
    """The photos that this process holds, as files without a name."""
    links = [Path("/proc/self/fd") / each for each in os.listdir("/proc/self/fd")]
    return [str(link.readlink()) for link in links if link.is_symlink() and "memfd:photo" in str(link.readlink())]


@pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")
async def test_a_photo_is_let_go_of_once_it_was_sent(machine: Machine) -> None:
    forget_photos()
    async with resumed_at(machine, Step.SELFIE) as person:
        await person.type("face.jpg")
        await person.until_true(lambda: bool(photos_held()), "the photo, looked at")
        await person.answered("\n")
        await person.until_step(Step.PHONE_MATCH)
        await person.until_true(lambda: not photos_held(), "nothing of it")


async def test_the_search_itself_finds_what_a_screen_holds(machine: Machine) -> None:
    async with resumed_at(machine, Step.SSN) as person:
        await person.type(SSN[::-1])
        assert any("SecretInput" in holder for holder in held([SSN]))
