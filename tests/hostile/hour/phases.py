"""The two phases of a hostile hour, first in peace and then under attack, and what they came to."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from iprescribe_tui.flow.sandbox_process import SandboxProcess
from tests import quick
from tests.front_ends.applicant import put_photos
from tests.hostile.hour.people import STEPS_EACH, Person, Timed, providers, thinking, timed

LONGEST_WALK: Final = 240.0
"""Seconds that one registration takes at least: so each stays within the limits of what is sent."""

WALKS_IN_PEACE: Final = 2
"""So often each registers at most before the attack: what it is compared with."""

PATIENCE: Final = 60.0
"""Seconds that a registration may take beside twice the time for thought, or else somebody is stuck."""

TWICE: Final = 2.0
UNNOTICED: Final = 0.05
"""Seconds below which nobody notices a call, whatever it is a multiple of."""


@dataclass(frozen=True)
class Plan:
    """What is to happen. `only`: these kinds of attacks, all where it is empty."""

    seconds: float
    rate: float
    people: int
    seed: str
    only: tuple[str, ...] = ()

    @property
    def walks(self) -> int:
        """How often each of the people registers while they are attacked: there are so many prescribers."""
        return max(1, min(round(self.seconds / LONGEST_WALK), len(providers()) // self.people))

    @property
    def pause(self) -> float:
        """Seconds of thought before each answer, so that the walks fill the time."""
        return self.seconds / self.walks / STEPS_EACH

    @property
    def patience(self) -> float:
        """Seconds within which anybody must be through."""
        return PATIENCE + 2 * self.seconds / self.walks


@dataclass
class Phase:
    """What came of a phase. `attacks`: by kind, what came of it how often, and in how many seconds."""

    people: list[Person] = field(default_factory=list)
    calls: list[Timed] = field(default_factory=list)
    attacks: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""
    resident: int = 0
    """The most memory that the sandbox had, in MB."""
    busy: float = 0.0
    """Seconds of processors' time that the sandbox took."""

    @property
    def p95(self) -> float:
        """Seconds within which 95 of 100 calls of people were answered."""
        return percentile([call.seconds for call in self.calls], 0.95)

    @property
    def done(self) -> int:
        """How many registrations ended well."""
        return sum(person.end == "done" for person in self.people)

    @property
    def failed(self) -> list[Timed]:
        """Calls that stopped a person."""
        return [call for call in self.calls if call.failed]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share of `values` is; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def both(plan: Plan, folder: Path) -> tuple[Phase, Phase]:
    """The phase in peace and the one under attack."""
    put_photos(folder)
    with pytest.MonkeyPatch.context() as patch:
        quick.quick(patch)  # of the people's own programs: what is measured is the sandbox
        peace = asyncio.run(_phase(plan, folder, min(plan.walks, WALKS_IN_PEACE), attacked=False))
        return peace, asyncio.run(_phase(plan, folder, plan.walks, attacked=True))


async def _phase(plan: Plan, folder: Path, walks: int, *, attacked: bool) -> Phase:
    state = folder / ("attacked" if attacked else "peace")
    state.mkdir()
    sandbox, phase = SandboxProcess(state), Phase()
    try:
        address = await sandbox.address()
        assert address.sandbox_key
        key = address.sandbox_key.get_secret_value()
        async with _strangers(plan, address.url, key, state, phase, attacked=attacked):
            with timed() as phase.calls:
                phase.people = await _all_register(plan, sandbox, state, folder, walks)
        phase.resident, phase.busy = _spent(sandbox)
    finally:
        sandbox.stop()
    phase.log = (state / "sandbox.log").read_text("utf-8", "replace")
    return phase


async def _all_register(plan: Plan, sandbox: SandboxProcess, state: Path, photos: Path, walks: int) -> list[Person]:
    """Have people register side by side, each the next as soon as one is done."""

    async def line(place: int) -> list[Person]:
        pause = thinking(f"{plan.seed}/{place}", plan.pause)
        await asyncio.sleep(pause())
        numbers = range(place, plan.people * walks, plan.people)
        return [
            await Person(number, sandbox.address, state, photos, pause).register(plan.patience) for number in numbers
        ]

    return [person for people in await asyncio.gather(*map(line, range(plan.people))) for person in people]


@asynccontextmanager
async def _strangers(
    plan: Plan, url: str, key: str, state: Path, phase: Phase, *, attacked: bool
) -> AsyncIterator[None]:
    """Those who attack, in a process of their own, as long as the block runs; without `attacked` they only stand by."""
    only = [word for name in plan.only for word in ("--only", name)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.hostile.hour.strangers", url),
        *("--rate", str(plan.rate), "--seed", plan.seed, "--folder", str(state), *only),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(f"{key}\n".encode())
        assert await process.stdout.readline() == b"ready\n"
        if attacked:
            process.stdin.write(b"go\n")
        yield
        process.stdin.close()
        phase.attacks = json.loads(await process.stdout.read() or "{}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _spent(sandbox: SandboxProcess) -> tuple[int, float]:
    """The most memory that the sandbox's process had, in MB, and the processors' time it took; 0 where unknown."""
    child = sandbox._child
    process = Path(f"/proc/{child._process.pid}") if child and child._process else Path("/proc/none")
    if not process.exists():
        return 0, 0.0
    most = re.search(r"VmHWM:\s*(\d+)", (process / "status").read_text())
    ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:15]
    return int(most[1]) // 1024 if most else 0, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def faults(peace: Phase, attacked: Phase) -> Iterator[str]:
    """What must not be, however busy the machine is: somebody who is not done, a call that failed."""
    for phase in (peace, attacked):
        yield from (f"{person.provider.npi} ended at {person.end}" for person in phase.people if person.end != "done")
    yield from (f"{call.what} was answered with {call.came}" for call in attacked.failed)
    for kind, of in attacked.attacks.items():
        if broken := {said: count for said, count in of["came"].items() if said.startswith("5") and said != "503"}:
            yield f"{kind}: {broken}"
    if failed := attacked.log.count("A request failed"):
        yield f"{failed} requests failed, says the log"


def slowness(peace: Phase, attacked: Phase) -> Iterator[str]:
    """What people would notice, on a machine that does nothing else: calls that take more than twice as long."""
    if attacked.p95 > TWICE * max(peace.p95, UNNOTICED):
        yield f"p95 is {attacked.p95 * 1000:.0f} ms under attack, {peace.p95 * 1000:.0f} ms without"


def summary(plan: Plan, peace: Phase, attacked: Phase) -> Iterator[str]:
    """What came of both, in lines."""
    for name, phase in (("in peace", peace), ("attacked", attacked)):
        shares = "  ".join(
            f"p{share} {percentile([call.seconds for call in phase.calls], share / 100) * 1000:6.0f} ms"
            for share in (50, 95, 99, 100)
        )
        retried = sum(person.retried for person in phase.people)
        yield (
            f"{name}: {phase.done} of {len(phase.people)} done, {len(phase.calls)} calls  {shares}  "
            f"{len(phase.failed)} failed, {retried} retried, {phase.resident} MB, {phase.busy:.0f} s of CPU"
        )
    yield "\n" + "calls of people".ljust(60) + "calls  p95 in peace  attacked"
    for what in sorted({call.what for call in (*peace.calls, *attacked.calls)}):
        theirs = [[call.seconds for call in phase.calls if call.what == what] for phase in (peace, attacked)]
        before, now = (percentile(seconds, 0.95) * 1000 for seconds in theirs)
        yield f"{what.ljust(60)}{len(theirs[1]):5}{before:10.0f} ms{now:7.0f} ms"
    yield "\n" + "attacks".ljust(48) + " sent      p95  what came"
    for kind, of in attacked.attacks.items():
        came = ", ".join(f"{said} × {count}" for said, count in sorted(of["came"].items()))
        yield f"{kind.ljust(48)}{sum(of['came'].values()):5}{percentile(of['took'], 0.95) * 1000:6.0f} ms  {came}"
    sent = sum(sum(of["came"].values()) for of in attacked.attacks.values())
    yield f"{sent} bad requests, seed {plan.seed}"
