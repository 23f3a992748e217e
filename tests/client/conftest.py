"""What the client's tests share: no pause between two tries, and no proxy but the test's own."""

import os

import pytest

from iprescribe_tui.client import api, transport


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow one another at once."""
    monkeypatch.setattr(transport, "BACKOFF", 0.0)
    monkeypatch.setattr(api, "RECONNECT", 0.0)
    monkeypatch.setattr(api, "PACE", 0.0)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxies are not the tests'."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
