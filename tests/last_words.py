"""A plugin of pytest: prints the file that CI_LAST_WORDS names at the very end, just before the summary's last line."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print it after all that others print."""
    yield
    if file := os.environ.get("CI_LAST_WORDS"):
        terminalreporter.write_sep("=", "what CI could and could not look up")
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            terminalreporter.write_line(line)
