"""The barcode on the back of an ID, read on this machine before the photo is sent."""

from datetime import date
from pathlib import Path

from iprescribe_tui.journey.id_card import WITH_BARCODE, BarcodeResult, judge_barcode
from iprescribe_tui.photos.cache import FileCache
from iprescribe_tui.photos.worker import barcode_apart

__all__ = ["forget_barcodes", "verdict_of"]


def verdict_of(kind: object, path: Path, registry_name: str = "") -> BarcodeResult:
    """Return the verdict on the barcode in the photo at `path`, the back of a `kind` that has one or not; blocks.

    `registry_name` is the applicant's name in the NPI registry, "" if unknown. The photo must have passed
    `photos.outgoing.prepare_photo`.
    """
    if kind not in WITH_BARCODE:
        return BarcodeResult()
    try:
        status = path.stat()
    except OSError:
        return BarcodeResult()  # it has just disappeared, which is reported when it is sent
    text = _read(path, status.st_mtime_ns, status.st_size)
    return judge_barcode(text, registry_name, date.today())


def forget_barcodes() -> None:
    """Delete all barcode texts kept in memory."""
    _read.forget()


def _read_barcode(path: Path, changed_ns: int, size: int) -> str | None:
    return barcode_apart(path)


_read = FileCache(_read_barcode, most=1)
