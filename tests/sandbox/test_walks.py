"""Whole journeys over HTTP, each way that leads to the end."""

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox


@pytest.mark.parametrize("method", ["text", "call", "app"])
def test_a_new_idme_account_leads_to_the_end(sandbox: RunningSandbox, method: str) -> None:
    walk = sandbox.registration_at(Step.DONE, method=method)
    assert walk.view["receipt"]["username"] == walk.user
