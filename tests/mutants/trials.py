"""A change on trial: it is made in a copy of the tree, where the tests that should notice it run."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.mutants.changes import Change

LIMIT: Final = 300.0
"""Seconds that the tests of one change may take: a change that makes something endless is noticed by that."""

_AHEAD: Final = 10 * 10**9
"""Nanoseconds by which a changed file is newer than what was compiled of it."""

_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) ([^\s:]+(?:::\w+)*)", re.MULTILINE)
_LEFT_OUT: Final = shutil.ignore_patterns(".git", ".venv", ".*_cache", "dist")


class Fate(StrEnum):
    """What came of a change."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """A change to the module at `module`, a path below the root, and the tests that should notice it."""

    module: Path
    change: Change
    tests: Sequence[str]

    def __str__(self) -> str:
        return f"{self.module}:{self.change.line}  {self.change}"


@dataclass(frozen=True)
class Verdict:
    """What came of a mutant; `killers` are the tests that failed."""

    mutant: Mutant
    fate: Fate
    killers: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.fate:9}  {self.mutant}  {' '.join(self.killers)}".rstrip()


class Tree:
    """A copy of the tree at `root` in a new `folder`, with what was compiled of it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._folder = folder / "tree"
        temporary = folder / "tmp"
        temporary.mkdir(parents=True)
        self._out = folder / "out"
        shutil.copytree(root, self._folder, ignore=_LEFT_OUT)
        environment = {
            **os.environ,
            "PYTHONPATH": str(self._folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
            "PYTEST_ADDOPTS": "",
            "NO_COLOR": "1",
        }
        self._runner = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("runner.py"))],
            cwd=self._folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def try_out(self, mutant: Mutant, limit: float = LIMIT) -> Verdict:
        """Make the change, run its tests until one fails, and take the change back."""
        file = self._folder / mutant.module
        before, times = file.read_bytes(), file.stat()
        file.write_bytes(mutant.change.applied(before))
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + _AHEAD))
        try:
            status, said = self.run(mutant.tests, limit)
        finally:
            file.write_bytes(before)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        if status is None:
            return Verdict(mutant, Fate.TIMED_OUT)
        if status == 0:
            return Verdict(mutant, Fate.SURVIVED)
        return Verdict(mutant, Fate.KILLED, frozenset(_FAILED.findall(said)) or frozenset(mutant.tests[:1]))

    def run(self, tests: Iterable[str], limit: float = LIMIT) -> tuple[int | None, str]:
        """Run tests until one fails; return pytest's status, None where they take too long, and what it said."""
        asked = {"tests": list(tests), "limit": limit, "out": str(self._out)}
        assert self._runner.stdin
        assert self._runner.stdout
        self._runner.stdin.write(json.dumps(asked) + "\n")
        self._runner.stdin.flush()
        status: int | None = json.loads(self._runner.stdout.readline())
        return status, self._out.read_text(errors="replace")

    def close(self) -> None:
        """Run no more tests."""
        with self._runner:
            self._runner.kill()
