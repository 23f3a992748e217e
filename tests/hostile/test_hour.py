"""A hostile hour in short: people register while strangers send all that is bad, and nobody is stopped."""

from pathlib import Path

import pytest

from tests.hostile.hour.attacks import KINDS
from tests.hostile.hour.phases import Plan, both, faults, summary


@pytest.mark.matrix
@pytest.mark.parametrize(("rate", "people"), [(60, 10)])
def test_people_register_while_strangers_attack(tmp_path: Path, rate: float, people: int) -> None:
    plan = Plan(seconds=30, rate=rate, people=people, seed="7")
    peace, attacked = both(plan, tmp_path)
    assert attacked.attacks.keys() == set(KINDS), "some kinds were not sent"
    assert not list(faults(peace, attacked)), "\n".join(summary(plan, peace, attacked))
