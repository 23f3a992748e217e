"""What a person reads is said once, by the name that a step has, and they see how far they are."""

from pathlib import Path

import pytest

from iprescribe_tui.flow.page_texts import errors_of
from iprescribe_tui.front_ends.tui.dialogs import IdleScreen
from iprescribe_tui.front_ends.tui.widgets.chrome import ProgressTrack
from iprescribe_tui.journey.steps import Stage, Step
from iprescribe_tui.journey.views import LockedView, Notice, Problem
from tests.backend import RunningSandbox
from tests.front_ends.harness import Machine, at_the_screens, resumed_at
from tests.snapshots.views import VIEWS


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def test_a_lock_is_said_once_and_keeps_the_progress(machine: Machine) -> None:
    async with resumed_at(machine, Step.SSN, persona="ssn_locked") as person:
        for _ in range(20):
            if isinstance(person.screen.view, LockedView):
                break
            await person.answered("<ctrl+u>219-09-9871\n")
        assert isinstance(person.screen.view, LockedView)
        await person.until("Locked until")
        assert person.words.count(person.screen.view.reason) == 1
        assert str(Stage.PROOFING) in str(person.screen.query_one(ProgressTrack).render())


def test_only_the_reason_of_a_lock_is_left_out() -> None:
    locked = VIEWS["locked"]
    assert isinstance(locked, LockedView)
    problem = Problem(
        title="Locked", status=422, code="locked", current=locked, errors={"ssn": locked.reason, "": "More."}
    )
    assert errors_of(problem) == {"": "More."}


async def test_support_shows_how_far_one_is(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        before = str(person.screen.query_one(ProgressTrack).render())
        await person.answered("<f8>")
        await person.until("Submit a request")
        assert str(person.screen.query_one(ProgressTrack).render()) == before


async def test_free_usernames_are_listed_once(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("1000000012\n")
        await person.answered("\n")
        await person.until_step(Step.CREDENTIALS)
        await person.fill("taken", "violet lantern over quiet harbor", "violet lantern over quiet harbor")
        await person.answered("\n")
        said = person.under("username")
        assert said.startswith('"taken" is already in use.')
        free = said.partition("These are available: ")[2].rstrip(".").split(", ")
        assert len(free) > 1
        assert all(said.count(each) == 1 for each in free), said


@pytest.mark.parametrize("listed", [("amelia7",), ("amelia7", "amelia.h"), ()])
def test_what_a_backend_lists_itself_is_not_added(listed: tuple[str, ...]) -> None:
    text = f"In use. Try {' or '.join(listed)}." if listed else "In use."
    problem = Problem(
        title="In use",
        status=422,
        code="username_taken",
        errors={"username": text},
        suggestions=("amelia7", "amelia.h"),
    )
    said = errors_of(problem)["username"]
    assert [said.count(name) for name in ("amelia7", "amelia.h")] == [1, 1]


@pytest.mark.parametrize("persona", ["no_license", "po_box_practice"])
def test_a_warning_names_a_step_as_its_page_does(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.ACCOUNTS_INTRO, persona)
    notices = [Notice.model_validate(each).text for each in walk.view["notices"]]
    named = [step.heading for step in Step if any(f'"{step.heading}"' in text for text in notices)]
    assert named in (["Your state license"], ["Your practice"])
    assert not any("step 2" in text or "step 5" in text for text in notices)


@pytest.mark.parametrize(("seconds", "said"), [(10, "in 0:10 to protect you"), (149.2, "in 2:30 to protect you")])
def test_what_is_left_is_a_time_and_not_minutes(seconds: float, said: str) -> None:
    assert said in IdleScreen("you sign in again", seconds)._words()
