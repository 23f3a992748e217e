"""What the tests share: a sandbox that runs, with a clock that they move."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from iprescribe_tui.sandbox.domain import accounts
from tests.backend import RunningSandbox, running
from tests.quick import DEAR, quick, real_looks

pytest_plugins = ["tests.disks", "tests.tally", "tests.last_words"]

gc.set_threshold(50_000, 20, 20)
"""Thousands of screens are made and gone: a tenth of the time went into looking for what of them can be let go of."""


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """Most of a walk's time went into passwords and pictures, in the sandboxes and clients that run inside a test."""
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A login of the tests' own: what lasts as long as one leaves nothing behind on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("login")))
        yield


@pytest.fixture(name="real_looks")
def _real_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each picture is looked at as by the program, for tests of that."""
    real_looks(monkeypatch)


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as the program makes them, for tests of what they cost."""
    monkeypatch.setattr(accounts, "_HASHER", DEAR)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox of the test's own, on SQLite in a folder of its own."""
    with running(tmp_path / "sandbox") as started:
        yield started


@pytest.fixture
def sandbox_url(sandbox: RunningSandbox) -> str:
    """Where the test's sandbox is."""
    return sandbox.url
