"""Photo decoding in a separate process, in which a hostile file finds no secrets.

Each photo gets a new process, without environment or open files, so that no photo learns of another. If it dies or
takes too long, the photo is rejected. Its answer is untrusted: a photo may have made it up (see `worker_answers`).
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from pydantic import TypeAdapter

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, damaged, original
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts
from iprescribe_tui.photos.files import opened_photo
from iprescribe_tui.photos.preview import SHOWN, Preview
from iprescribe_tui.photos.process import Worker, give_up
from iprescribe_tui.photos.worker_answers import LOOKED, PREVIEWED, READ, RECEIVED, Failed, understood

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

A = TypeVar("A")


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

    request = {"task": "look", "policy": asdict(policy)}
    answer = _asked(path, original(policy), request, LOOKED, clean, policy.max_bytes)
    preview = _within(answer.preview, SHOWN)
    if isinstance(answer, Failed):
        return PhotoInspection(preview, answer.fault)
    return PhotoInspection(preview, None, answer.media_type, answer.facts, answer.fingerprint, answer.doubts)


def received_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes], *, barcode: bool, niceness: int = 0) -> Arrived:
    """Judge a received photo at `path`; blocks for a second, or with `barcode` for up to some seconds.

    If its file holds more than a picture (EXIF, GPS, comments) or is not a JPEG, the picture alone is written into
    `clean`, which otherwise stays empty. Raises CheckFailed (the photo is rejected).
    """

    request = {"task": "receive", "policy": asdict(policy), "barcode": barcode}
    answer = _asked(path, policy, request, RECEIVED, clean, policy.max_bytes, niceness)
    if isinstance(answer, Failed):
        raise answer.fault
    return Arrived(answer.fingerprint, answer.barcode, answer.doubts, answer.picture)


def preview_apart(path: Path, columns: int, lines: int) -> Preview | None:
    """Return the photo at `path` in that many character cells, or None if it cannot be decoded; blocks."""
    request = {"task": "preview", "columns": columns, "lines": lines}
    try:
        answer = _asked(path, original(PhotoPolicy()), request, PREVIEWED)
        return _within(answer.preview, (columns, lines))
    except CheckFailed:
        return None


def barcode_apart(path: Path) -> str | None:
    """Return the text of the barcode in the photo at `path`, or None if unreadable; blocks for up to some seconds."""
    try:
        answer = _asked(path, original(PhotoPolicy()), {"task": "barcode"}, READ)
    except CheckFailed:
        return None
    return None if isinstance(answer, Failed) else answer.barcode


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
    expected: TypeAdapter[A],
    clean: IO[bytes] | None = None,
    most: int = 0,
    niceness: int = 0,
) -> A:
    """Return the checked answer of a process of `niceness` for the photo at `path`; `clean` gets at most `most` bytes.

    Raises CheckFailed (the photo is rejected, or the process dies).
    """
    with ExitStack() as stack:
        with opened_photo(path, policy) as (size, content):
            worker = stack.enter_context(Worker(niceness))
            worker.ask({**request, "size": size}, content)
        line = worker.answer(clean or io.BytesIO(), most)
    return understood(line, expected)


def _within(preview: Preview | None, cells: tuple[int, int]) -> Preview | None:
    """Return a preview unchanged. Raises CheckFailed if it is larger than what was asked for, in columns and lines."""
    columns, lines = cells
    if preview and (len(preview.rows) > lines or any(len(row) > columns for row in preview.rows)):
        raise damaged()
    return preview
