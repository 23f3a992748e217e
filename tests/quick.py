"""What the same work done again costs next to nothing: passwords hashed, and pictures that were looked at before.

Run as a script, wherever it is started, it is `iprescribe-tui` whose sandbox works like that.
"""

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import IO

import pytest

from iprescribe_tui.__main__ import main
from iprescribe_tui.client import barcode, photos
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.apart import Seen, barcode_apart, seen_apart
from iprescribe_tui.photos.barcode import read_barcode
from iprescribe_tui.photos.judging import fingerprint_of, judge
from iprescribe_tui.sandbox import accounts, evidence, licence

DEAR = accounts._HASHER

_barcodes: dict[bytes, str | None] = {}
_seen: dict[tuple[bytes, PhotoPolicy], tuple[Seen, bytes]] = {}


def quick(patch: pytest.MonkeyPatch) -> None:
    """Work like that until `patch` is undone."""
    patch.setattr(accounts, "_HASHER", accounts._SEED_HASHER)
    patch.setattr(evidence, "judge", cache(judge))
    patch.setattr(evidence, "fingerprint_of", cache(fingerprint_of))
    patch.setattr(licence, "read_barcode", _read_barcode)
    patch.setattr(barcode, "barcode_apart", _barcode_apart)
    patch.setattr(photos, "seen_apart", _seen_apart)


def real_looks(patch: pytest.MonkeyPatch) -> None:
    """Look at each picture as the program does, each time, and keep nothing of those before."""
    _seen.clear()
    patch.setattr(evidence, "judge", judge)
    patch.setattr(evidence, "fingerprint_of", fingerprint_of)
    patch.setattr(licence, "read_barcode", read_barcode)
    patch.setattr(barcode, "barcode_apart", barcode_apart)
    patch.setattr(photos, "seen_apart", seen_apart)


def _read_barcode(path: Path) -> str | None:
    digest = _digest(path)
    if digest not in _barcodes:
        _barcodes[digest] = read_barcode(path)
    return _barcodes[digest]


def _barcode_apart(path: Path) -> str | None:
    digest = _digest(path)
    if digest not in _barcodes:
        _barcodes[digest] = barcode_apart(path)
    return _barcodes[digest]


def _seen_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes]) -> Seen:
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
