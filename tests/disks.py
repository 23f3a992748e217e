"""Disks of a few hundred kilobytes, to fill and to free, and a user whom folders can refuse."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PLAIN_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""Makes of root a user like others, who has no rights but to what is theirs."""

needs_plain_user = pytest.mark.skipif(
    bool(PLAIN_USER) and not shutil.which("setpriv"), reason="setpriv is not installed"
)

FULL = "No space left on device"


@dataclass(frozen=True)
class Disk:
    """A disk, mounted at `folder`."""

    folder: Path

    def fill(self) -> None:
        """Write until nothing more can be written."""
        out = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for size in (4096, 1):
                with suppress(OSError):
                    while os.write(out, bytes(size)):
                        pass
        finally:
            os.close(out)

    def free(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink()


@contextmanager
def small_disk(folder: Path, size: str = "2m") -> Iterator[Disk]:
    """A disk of a few pages for as long as the block runs; skips the test where none can be mounted."""
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 2 MiB: some 500 pages, of which the sandbox takes about 70."""
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted
