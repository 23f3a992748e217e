"""Photo decoding in a separate process, in which a hostile file finds no secrets.

Each photo gets a new process, without environment or open files, so that no photo learns of another. If it dies or
takes too long, the photo is rejected. Its answer is untrusted: a photo may have made it up.
"""

import base64
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, damaged, original
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts, Place
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.files import opened_photo
from iprescribe_tui.photos.fingerprints import FINGERPRINT
from iprescribe_tui.photos.preview import Preview
from iprescribe_tui.photos.process import Worker, give_up

__all__ = [
    "Arrived",
    "PhotoInspection",
    "barcode_apart",
    "give_up",
    "held_apart",
    "preview_apart",
    "received_apart",
    "seen_apart",
]

T = TypeVar("T")


@dataclass(frozen=True)
class PhotoInspection:
    """The result of inspecting a photo: `fault`, or else its measurements, doubts and fingerprint.

    `preview` is there if the photo could be decoded, even with a fault.
    """

    preview: Preview | None
    fault: CheckFailed | None = None
    media_type: str = ""
    facts: PictureFacts | None = None
    fingerprint: bytes = b""
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Arrived:
    """A received photo: its fingerprint, the text of its barcode if that was asked for, and doubts.

    `picture` is a small JPEG with frames around doubtful places; b"" without a doubt or a request for the barcode.
    """

    fingerprint: bytes = field(repr=False)
    barcode: str | None = field(default=None, repr=False)
    doubts: tuple[Doubt, ...] = ()
    picture: bytes = field(default=b"", repr=False)


def seen_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes]) -> PhotoInspection:
    """Judge the photo at `path`, and write its picture alone into `clean`; blocks for a second or two.

    Raises CheckFailed (the file cannot be read, or its process fails), OSError (`clean` cannot be written).
    """

    def seen(answer: Mapping[str, Any]) -> PhotoInspection:
        preview = _preview(answer["preview"])
        if fault := _fault(answer):
            return PhotoInspection(preview, fault)
        width, height, brightness, sharpness, glare, glare_at = answer["facts"]
        measured = (float(brightness), float(sharpness), float(glare), _place(glare_at))
        facts = PictureFacts(int(width), int(height), *measured)
        return PhotoInspection(preview, None, plain(answer["media_type"]), facts, _fingerprint(answer), _doubts(answer))

    return _asked(path, original(policy), {"task": "look", "policy": asdict(policy)}, seen, clean, policy.max_bytes)


def received_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes], *, barcode: bool, niceness: int = 0) -> Arrived:
    """Judge a received photo at `path`; blocks for a second, or with `barcode` for up to some seconds.

    If its file holds more than a picture (EXIF, GPS, comments) or is not a JPEG, the picture alone is written into
    `clean`, which otherwise stays empty. Raises CheckFailed (the photo is rejected).
    """

    def arrived(answer: Mapping[str, Any]) -> Arrived:
        if fault := _fault(answer):
            raise fault
        picture = base64.b64decode(answer["picture"])
        return Arrived(_fingerprint(answer), _barcode(answer), _doubts(answer), picture)

    request = {"task": "receive", "policy": asdict(policy), "barcode": barcode}
    return _asked(path, policy, request, arrived, clean, policy.max_bytes, niceness)


def preview_apart(path: Path, columns: int, lines: int) -> Preview | None:
    """Return the photo at `path` in that many character cells, or None if it cannot be decoded; blocks."""
    request = {"task": "preview", "columns": columns, "lines": lines}
    try:
        return _asked(path, original(PhotoPolicy()), request, lambda answer: _preview(answer["preview"]))
    except CheckFailed:
        return None


def barcode_apart(path: Path) -> str | None:
    """Return the text of the barcode in the photo at `path`, or None if unreadable; blocks for up to some seconds."""
    try:
        return _asked(path, original(PhotoPolicy()), {"task": "barcode"}, _barcode)
    except CheckFailed:
        return None


def held_apart() -> Sequence[str]:
    """Return the restrictions of a decoding process here, as named by `lockdown`; empty if none starts; blocks."""
    try:
        with Worker() as worker:
            return worker.ready()
    except CheckFailed:
        return ()


def _asked(
    path: Path,
    policy: PhotoPolicy,
    request: Mapping[str, object],
    understood: Callable[[Mapping[str, Any]], T],
    clean: IO[bytes] | None = None,
    most: int = 0,
    niceness: int = 0,
) -> T:
    """Return the result of a process of `niceness` for the photo at `path`; it may write `most` bytes into `clean`.

    Raises CheckFailed (the photo is rejected, or the process dies).
    """
    with ExitStack() as stack:
        with opened_photo(path, policy) as (size, content):
            worker = stack.enter_context(Worker(niceness))
            worker.ask({**request, "size": size}, content)
        line = worker.answer(clean or io.BytesIO(), most)
    try:
        return understood(json.loads(line))
    except CheckFailed:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged() from None  # the photo made the process give an invalid answer


def _fault(answer: Mapping[str, Any]) -> CheckFailed | None:
    if "failed" not in answer:
        return None
    code, message = answer["failed"]
    return CheckFailed(plain(code), plain(message))


def _doubts(answer: Mapping[str, Any]) -> tuple[Doubt, ...]:
    return tuple(Doubt(plain(code), plain(message), _place(place)) for code, message, place in answer["doubts"])


def _place(place: Sequence[Any] | None) -> Place | None:
    if place is None:
        return None
    left, top, right, bottom = (min(1.0, max(0.0, float(side))) for side in place)  # NaN becomes 0
    return left, top, right, bottom


def _fingerprint(answer: Mapping[str, Any]) -> bytes:
    fingerprint = base64.b64decode(answer["fingerprint"])
    if len(fingerprint) != FINGERPRINT:
        raise damaged()
    return fingerprint


def _barcode(answer: Mapping[str, Any]) -> str | None:
    text = answer["barcode"]
    return None if text is None else str(text)


def _preview(answer: Mapping[str, Any] | None) -> Preview | None:
    if answer is None:
        return None
    rows = tuple(tuple((tuple(upper), tuple(lower)) for upper, lower in row) for row in answer["rows"])
    return Preview(rows, answer["width"], answer["height"], answer["size"])
