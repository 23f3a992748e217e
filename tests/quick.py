"""What the same work done again costs next to nothing: passwords hashed, and pictures that were looked at before.

Run as a script, wherever it is started, it is `iprescribe-tui` whose sandbox works like that.
"""

import hashlib
import sys
from pathlib import Path
from typing import IO

import pytest

from iprescribe_tui.__main__ import main
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos import back_of_id, outgoing
from iprescribe_tui.photos.worker import Arrived, PhotoInspection, barcode_apart, received_apart, seen_apart
from iprescribe_tui.sandbox.domain import accounts, evidence

DEAR = accounts._HASHER

_barcodes: dict[bytes, str | None] = {}
_arrived: dict[tuple[bytes, PhotoPolicy, bool], tuple[Arrived, bytes]] = {}
_seen: dict[tuple[bytes, PhotoPolicy], tuple[PhotoInspection, bytes]] = {}


def quick(patch: pytest.MonkeyPatch) -> None:
    """Work like that until `patch` is undone."""
    patch.setattr(accounts, "_HASHER", accounts._SEED_HASHER)
    patch.setattr(evidence, "received_apart", _received_apart)
    patch.setattr(back_of_id, "barcode_apart", _barcode_apart)
    patch.setattr(outgoing, "seen_apart", _seen_apart)


def real_looks(patch: pytest.MonkeyPatch) -> None:
    """Look at each picture as the program does, each time, and keep nothing of those before."""
    _seen.clear()
    patch.setattr(evidence, "received_apart", received_apart)
    patch.setattr(back_of_id, "barcode_apart", barcode_apart)
    patch.setattr(outgoing, "seen_apart", seen_apart)


def _received_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes], *, barcode: bool, niceness: int = 0) -> Arrived:
    what = _digest(path), policy, barcode
    if what not in _arrived:
        arrived = received_apart(path, policy, clean, barcode=barcode)
        clean.seek(0)
        _arrived[what] = arrived, clean.read()
        return arrived
    arrived, cleaned = _arrived[what]
    clean.write(cleaned)
    return arrived


def _barcode_apart(path: Path) -> str | None:
    digest = _digest(path)
    if digest not in _barcodes:
        _barcodes[digest] = barcode_apart(path)
    return _barcodes[digest]


def _seen_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes]) -> PhotoInspection:
    what = _digest(path), policy
    if what not in _seen:
        seen = seen_apart(path, policy, clean)
        clean.seek(0)
        _seen[what] = seen, clean.read()
        return seen
    seen, cleaned = _seen[what]
    clean.write(cleaned)
    return seen


def _digest(path: Path) -> bytes:
    """Which file it is; b"" where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as for_good:
        quick(for_good)
        sys.exit(main())
