"""What the tests share: a sandbox that runs, with a clock that they move."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend import RunningSandbox, running


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox of the test's own, on SQLite in a folder of its own."""
    with running(tmp_path / "sandbox") as started:
        yield started


@pytest.fixture
def sandbox_url(sandbox: RunningSandbox) -> str:
    """Where the test's sandbox is."""
    return sandbox.url
