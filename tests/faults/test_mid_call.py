"""In the middle of each call the backend is killed or the connection cut: the journey goes on, with one effect.

Each call is struck twice: before the backend has any of it, and, when it is sent again, before its answer is back.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from iprescribe_tui.client import BackendAddress, Client, transport
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.flow.sandbox_process import SandboxProcess
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.tokens import TokenStore
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.system.settings import Settings
from tests.backend import RunningSandbox, running
from tests.faults.applicant import Applicant, Course, courses
from tests.faults.effects import Effects, compared, effects_in
from tests.faults.relay import POINTS, Held, Point, relay_to
from tests.front_ends.harness import Machine, at_the_screens
from tests.tally import Tally

OUTLIVES_TOKENS = 11.0
"""Minutes after which an access token has run out, and another code may be sent."""

Hits = Callable[[Point, str], bool]
"""Which calls are struck, at which point."""

ONCE_MORE: dict[Course, tuple[str, ...]] = {
    "new account": ("",),
    "own account": ("steps/idme_launch", "steps/idme_sign_in", "steps/mfa_code"),
    "code generator": ("steps/mfa_choice", "steps/mfa_totp", "steps/mfa_code"),
}
"""The calls of a course that are not as in those before it; "" stands for all."""


def each(point: Point, call: str) -> bool:
    """All that can be lost or doubled: what only asks is struck once, for it has no effect."""
    return point == "answer" or not call.startswith("GET")


@dataclass
class Blows:
    """Strikes each call that `hits` names once at each point: `blow` happens to it, and the connection breaks."""

    blow: Callable[[], object]
    hits: Hits
    struck: list[tuple[Point, str]] = field(default_factory=list)

    def __call__(self, point: Point, call: str) -> bool:
        if (point, call) in self.struck or not self.hits(point, call):
            return False
        self.struck.append((point, call))
        self.blow()
        return True


@dataclass
class Backend:
    """A backend that a test has in hand. `blow` is what befalls it in the middle of a call."""

    folder: Path
    address: Callable[[], Awaitable[BackendAddress]]
    clock: Callable[[], datetime]
    blow: Callable[[], object] = lambda: None
    pass_time: Callable[[Step], None] | None = None


@dataclass
class Walked:
    """What came of a walk: at each step after the first the effects until then, and which calls were struck."""

    steps: list[Step]
    effects: list[Effects]
    struck: list[tuple[Point, str]]
    retried: int


@contextmanager
def in_a_thread(folder: Path, *, pass_time: bool = True) -> Iterator[Backend]:
    """A sandbox in this process, whose connections can be cut, and whose clock is moved now and then."""
    with running(folder) as sandbox:

        async def address() -> BackendAddress:
            return BackendAddress(sandbox.url, SecretStr(sandbox.key))

        def move_clock(step: Step) -> None:
            if step in (Step.MFA_CODE, Step.SELFIE):
                sandbox.clock.advance(minutes=OUTLIVES_TOKENS)

        yield Backend(folder, address, sandbox.clock, pass_time=move_clock if pass_time else None)


@contextmanager
def as_a_child(folder: Path) -> Iterator[Backend]:
    """The program's own sandbox, which is killed; the program's own code starts it again."""
    own = SandboxProcess(folder)

    def kill() -> None:
        process = own._child and own._child._process
        assert process
        process.kill()
        process.wait()

    try:
        yield Backend(folder / "sandbox", own.address, lambda: datetime.now(UTC), kill)
    finally:
        own.stop()


async def walked(
    backend: Backend, course: Course, folder: Path, hits: Hits = lambda *_: False, to: Step = Step.DONE
) -> Walked:
    """Walk a course by way of a relay; the calls that `hits` names are struck."""
    blows = Blows(backend.blow, hits)
    effects: list[Effects] = []
    with relay_to() as relay:

        async def by_the_relay() -> BackendAddress:
            there = await backend.address()
            relay.target = there.url
            return BackendAddress(relay.url, there.sandbox_key)

        settings = Settings(None, None, folder, folder / "config.toml")
        tokens = TokenStore("here", find=lambda: None)
        client = Client(settings, tokens, by_the_relay)
        services = Services(settings, tokens, Drafts(backend.folder / "person", "here"), client, own_sandbox=True)
        applicant = Applicant(client, folder, backend.clock, course, to)
        applicant.arrived = lambda step: effects.append(effects_in(backend.folder)) if step is not Step.NPI else None
        if backend.pass_time:
            applicant.pass_time, applicant.resends = backend.pass_time, True
        relay.strike = blows
        await RegistrationFlow(services, applicant).run()
        await client.aclose()
    effects.append(effects_in(backend.folder))
    return Walked(applicant.came_to, effects, blows.struck, applicant.retried)


def judge(tally: Tally, fault: str, found: Walked, wanted: Walked) -> None:
    """Count, and see that every step was come to with the effects that there are without a fault."""
    assert found.steps == wanted.steps
    wrong = []
    lost = doubled = 0
    for step, here, there in zip((*found.steps[1:], Step.DONE), found.effects, wanted.effects, strict=True):
        counts = compared(here, there)
        lost, doubled = max(lost, counts["lost"]), max(doubled, counts["doubled"])
        if any(counts.values()):
            wrong.append(f"at {step}: lost {there - here}, doubled {here - there}")
    for point in POINTS:
        tried = len([where for where, _ in found.struck if where == point])
        tally("faults", f"{fault}, the {point} on its way", tried=tried, recovered=tried, lost=lost, doubled=doubled)
    assert not wrong, wrong[0]
    assert found.retried == 0, "it goes on by itself"


@pytest.fixture(autouse=True)
def hardly_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries."""
    monkeypatch.setattr(transport, "BACKOFF", 0.01)


WALKS = [
    pytest.param("own account", Step.DOCUMENT),
    *(pytest.param(course, Step.DONE, marks=pytest.mark.matrix) for course in courses()),
]


@pytest.mark.parametrize(("course", "to"), WALKS)
async def test_the_connection_is_cut_in_each_call(course: Course, to: Step, tmp_path: Path, tally: Tally) -> None:
    with in_a_thread(tmp_path / "calm") as calm, in_a_thread(tmp_path / "cut") as cut:
        wanted = await walked(calm, course, tmp_path, to=to)
        found = await walked(cut, course, tmp_path, each, to)
    judge(tally, "connection cut", found, wanted)
    assert len(found.struck) > (40 if to is Step.DONE else 20), found.struck


@pytest.mark.matrix
@pytest.mark.parametrize("course", courses())
async def test_its_own_sandbox_is_killed_in_each_call(course: Course, tmp_path: Path, tally: Tally) -> None:
    """The program starts it again by itself."""

    def hits(_: Point, call: str) -> bool:
        return not call.startswith("GET") and call.endswith(ONCE_MORE[course])

    with in_a_thread(tmp_path / "calm", pass_time=False) as calm, as_a_child(tmp_path / "killed") as killed:
        wanted = await walked(calm, course, tmp_path)
        found = await walked(killed, course, tmp_path, hits)
    judge(tally, "kill -9 of the own sandbox", found, wanted)


async def test_a_request_to_the_support_that_is_sent_again_by_the_next_run_counts_once(
    sandbox: RunningSandbox, tmp_path: Path, tally: Tally
) -> None:
    with relay_to(sandbox.url) as relay:
        machine = Machine(replace(sandbox, url=relay.url), tmp_path / "state")
        held = Held(relay, "answer", "support-requests")
        async with at_the_screens(machine) as person:
            await person.answered("<f8>")
            await person.type("something\tWhich number is mine?")
            await person.go_to("contact")
            await person.type("217-555-0134\n")
            await person.until_true(held.reached.is_set, "the answer on its way")
            await person.type("<f10>")
        held.drop()
        async with at_the_screens(machine) as person:
            await person.answered("<f8>")
            assert person.row("message").value == "Which number is mine?"
            await person.go_to("contact")
            await person.answered("\n")
            await person.until("Your request was received.")
    requests = [count for row, count in effects_in(sandbox.folder).items() if row.startswith("support_requests")]
    tally("faults", "left, the answer to a request on its way", tried=1, recovered=1, doubled=sum(requests) - 1)
    assert requests == [1]
