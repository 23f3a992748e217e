"""The barcode on the back of an ID, read on this machine before the photo is sent."""

import functools
from datetime import date
from pathlib import Path

from iprescribe_tui.journey.licence import WITH_BARCODE, Verdict, judge_barcode
from iprescribe_tui.photos.barcode import read_barcode

__all__ = ["verdict_of"]


def verdict_of(kind: object, slot: str, path: Path, registry_name: str = "") -> Verdict:
    """What the barcode in the photo at `path` says, where `slot` is the back of a `kind` that has one; blocks.

    `registry_name` is the applicant's in the NPI registry, "" where it is not known. The photo is one that
    `client.photos.look_at` has nothing against.
    """
    if slot != "back" or kind not in WITH_BARCODE:
        return Verdict()
    try:
        status = path.stat()
    except OSError:
        return Verdict()  # it went away just now, which is said when it is sent
    text = _read(path, status.st_mtime_ns, status.st_size)
    return judge_barcode(text, registry_name, date.today())


@functools.lru_cache(maxsize=1)  # a field is looked at each time that one is left, and once more when the form is sent
def _read(path: Path, changed_ns: int, size: int) -> str | None:
    return read_barcode(path)
