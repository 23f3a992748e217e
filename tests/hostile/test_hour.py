"""A hostile hour in short: people register while strangers send all that is bad, and nobody is stopped."""

import logging
import random
from pathlib import Path

import pytest

from tests.backend import RunningSandbox
from tests.hostile.hour.attacks import KINDS
from tests.hostile.hour.phases import Plan, both, faults, summary
from tests.hostile.hour.strangers import Attack
from tests.hostile.hour.villains import gathered


@pytest.mark.matrix
@pytest.mark.parametrize(("rate", "people"), [(60, 10)])
def test_people_register_while_strangers_attack(tmp_path: Path, rate: float, people: int) -> None:
    plan = Plan(seconds=30, rate=rate, people=people, seed="7")
    peace, attacked = both(plan, tmp_path)
    assert attacked.attacks.keys() == set(KINDS), "some kinds were not sent"
    assert not list(faults(peace, attacked)), "\n".join(summary(plan, peace, attacked))


@pytest.mark.matrix
async def test_each_bad_request_is_refused_and_none_fails(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr("tests.hostile.hour.strangers.HANGS", 0.2)
    dice = random.Random(7)
    with gathered(sandbox.url, sandbox.key, sandbox.folder) as gang:
        attack = Attack(sandbox.url, gang, dice)
        for kind, make in KINDS.items():
            for _ in range(8):
                await attack.shoot(kind, make(gang, dice))
    failed = {kind: dict(came) for kind, came in attack.came.items() if any(said.startswith("5") for said in came)}
    assert failed == {}
    assert [record.getMessage() for record in caplog.records if "failed" in record.getMessage()] == []
    sent = sum(sum(came.values()) for came in attack.came.values())
    assert sent == 8 * len(KINDS)
