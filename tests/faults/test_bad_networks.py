"""A bad network at every step: the applicant sees what happens and goes on, and the backend did everything once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from iprescribe_tui.client import api, transport, uploads
from iprescribe_tui.front_ends.tui.dialogs import TroubleScreen
from iprescribe_tui.front_ends.tui.form_screen import Values
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import FormView
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import RunningSandbox, running
from tests.faults.counts import Effects, effects, lost_and_doubled
from tests.faults.link import Fault, Link, link_to
from tests.front_ends import applicant, harness
from tests.front_ends.applicant import put_photos, shown_step
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at
from tests.tally import Tally

NPI: Final = PERSONA_NPIS["happy"]
LASTING: Final = {
    Fault.DOWN: "The backend cannot be reached",
    Fault.HANG: "The backend does not answer",
    Fault.RESET: "The backend cannot be reached",
    Fault.CUT: "The backend cannot be reached",
    Fault.LOST: "The backend cannot be reached",
}
"""Faults that no try gets through, and what the screen says of them; through all others the program gets by itself."""

BESIDE: Final[Mapping[Step, dict[str, Any]]] = {
    Step.IDME_SIGN_IN: {"account": "existing"},
    Step.MFA_TOTP: {"method": "app"},
}
"""Steps that not everybody comes to, and how one does."""

SCALED: Final = (Fault.LATENCY, Fault.BANDWIDTH)
"""Faults that take less of their time here than they would, and the deadline with them."""

ON_THE_WAY: Final = [step for step in Step if step not in (*BESIDE, Step.DONE)]
TIMEOUT: Final = 0.5
"""Seconds after which the client here gives up a call that nobody answers; a person's has 30."""

PATIENCE: Final = 40.0
"""Seconds that anything may take before a test gives it up."""

SCALE: Final = 0.05
"""How much of their time faults take here that the client sees through, and how much of 30 s its deadline is."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", 0.02)
    monkeypatch.setattr(transport, "LONGEST_BACKOFF", 0.05)
    monkeypatch.setattr(api, "RECONNECT", 0.05)
    monkeypatch.setattr(api, "PACE", 0.05)
    monkeypatch.setattr(uploads, "SLOWEST", uploads.SLOWEST / SCALE)
    monkeypatch.setattr(harness, "PATIENCE", PATIENCE)


@pytest.fixture(autouse=True)
def _among_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_photos(tmp_path)
    monkeypatch.chdir(tmp_path)


@dataclass
class Applicant:
    """Somebody at the screens, at the near end of a line."""

    person: Person
    link: Link
    npi: str = NPI

    async def answer(self, fault: Fault, *, by_going_back: bool) -> str:
        """Answer the step that is shown while the line has `fault`; how the program got through it."""
        step = shown_step(self.person)
        self.link.suffer(fault)
        if step is Step.PHONE_LINK:
            return await self._wait(fault)
        typed = typed_at(self.person, step)
        await self.person.type(typed.removesuffix("\n"))
        values = dict(self.person.screen.values)
        await self.person.type("\n")
        if fault not in LASTING:
            await self._come_from(step, retries=fault in SCALED)
            return "by itself"
        await self._see_the_trouble(fault, values)
        self.link.suffer(None)
        if by_going_back:
            await self.person.press("f9")
            await self.person.until_true(lambda: self.person.ready, "the step again")
            assert self.person.screen.values == values
            await self.person.press_continue()
        else:
            await self.person.press("enter")
        await self._come_from(step)
        return "at Retry"

    async def _wait(self, fault: Fault) -> str:
        """The same at the step that waits for something outside: it is not interrupted, and goes on by itself."""
        if fault in LASTING:
            await self.person.until(f"{LASTING[fault]}. Trying again; nothing is lost.")
            self.link.suffer(None)
        sandbox = self.person.sandbox
        assert sandbox.follow(sandbox.newest()).status_code == 204
        await self._come_from(Step.PHONE_LINK)
        return "by itself"

    async def _see_the_trouble(self, fault: Fault, values: Values) -> None:
        """There is a screen that says what it is, what it means, and what to do; nothing is gone."""
        await self.person.until(LASTING[fault], "Nothing that you typed is lost", "Retry", "Save and leave")
        assert isinstance(self.person.app.screen, TroubleScreen)
        assert self.person.screen.values == values

    async def _come_from(self, step: Step, *, retries: bool = True) -> None:
        """Wait for another step, pressing Retry as often as the machine is too slow for the deadline."""
        while True:
            await self.person.until_true(
                lambda: isinstance(self.person.app.screen, TroubleScreen) or self.has_left(step), f"more than {step}"
            )
            if self.has_left(step):
                break
            assert retries, self.person.text
            await self.person.press("enter")
        self.link.suffer(None)
        await self.person.settle()

    def has_left(self, step: Step) -> bool:
        """Whether another step is shown that takes an answer."""
        return self.person.ready and shown_step(self.person) is not step


def typed_at(person: Person, step: Step) -> str:
    """What is typed at a step."""
    if step is Step.IDME_SIGN_IN:
        return f"<shift+tab><end><ctrl+u>{SEED_IDME[0].email}\t{SEED_IDME[0].password}\n"
    return f"{NPI}\n" if step is Step.NPI else applicant.typed_by(person, step)


def counted(sandbox: RunningSandbox) -> Effects:
    """What the backend has done so far."""
    with sandbox.backend.store.reading() as db:
        return effects(db)


@cache
def in_good_weather(beside: Step | None = None) -> Mapping[Step, Effects]:
    """What the backend has done once each step was answered, by the usual way or by that to a step beside it."""
    done: dict[Step, Effects] = {}
    with TemporaryDirectory() as folder, running(Path(folder)) as sandbox:
        walk = sandbox.start(**(BESIDE[beside] if beside else {}))
        done[Step.NPI] = counted(sandbox)
        while (step := Step._value2member_map_[walk.view["step"]]) is not Step.DONE:
            assert isinstance(step, Step)
            walk.go_on()
            done[step] = counted(sandbox)
    return done


def judge(sandbox: RunningSandbox, step: Step, fault: Fault, how: str, tally: Tally) -> None:
    """Every effect is there once."""
    lost, doubled = lost_and_doubled(in_good_weather(step if step in BESIDE else None)[step], counted(sandbox))
    by_itself = how == "by itself"
    tally(
        "faults",
        fault.value,
        tried=1,
        recovered=1,
        **{"by itself": int(by_itself), "at Retry": int(not by_itself)},
        lost=len(lost),
        doubled=len(doubled),
    )
    assert not [*lost, *doubled], f"{fault} at {step}"


def far(sandbox: RunningSandbox, folder: Path, link: Link, fault: Fault) -> Machine:
    """A machine at the near end of the line."""
    timeout = TIMEOUT if fault is Fault.HANG else 30 * SCALE if fault in SCALED else 10.0
    return Machine(sandbox, folder / "state", url=link.url, timeout=timeout)


@pytest.mark.matrix
@pytest.mark.parametrize("fault", Fault)
async def test_every_step_is_got_through_and_counts_once(
    fault: Fault, sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    with link_to(sandbox.url, scale=SCALE) as link:
        async with at_the_screens(far(sandbox, tmp_path, link, fault)) as person:
            somebody = Applicant(person, link)
            for number, step in enumerate(ON_THE_WAY):
                assert shown_step(person) is step
                # Where something else may come about meanwhile, one would go on from there.
                goes_back = number % 2 == 1 and isinstance(person.screen.view, FormView)
                how = await somebody.answer(fault, by_going_back=goes_back)
                judge(sandbox, step, fault, how, tally)
            assert shown_step(person) is Step.DONE


@pytest.mark.matrix
@pytest.mark.parametrize("step", BESIDE)
@pytest.mark.parametrize("fault", Fault)
async def test_so_are_the_steps_that_some_come_to(
    fault: Fault, step: Step, sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    with link_to(sandbox.url, scale=SCALE) as link:
        machine = far(sandbox, tmp_path, link, fault)
        async with resumed_at(machine, step, **BESIDE[step]) as person:
            how = await Applicant(person, link).answer(fault, by_going_back=False)
            judge(sandbox, step, fault, how, tally)
