"""What the tests of the commands share: a command as a script calls it, and the real cases beside the checkout."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.journey.conftest import corpus
from tests.terminal.terminal import environment

__all__ = ["Done", "Program", "corpus"]

PROGRAM = (sys.executable, "-m", "iprescribe_tui")
Done = subprocess.CompletedProcess[bytes]
Program = Callable[..., Done]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Runs the program without a terminal, in a home of its own, with `given` on its standard input."""

    def ran(
        *arguments: str | bytes,
        given: bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Done:
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=cwd,
            env=environment(tmp_path) | dict(env or {}),
            stdin=subprocess.DEVNULL if given is None else None,
            input=given,
            capture_output=True,
            timeout=120,
        )

    return ran
