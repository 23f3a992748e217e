"""Photo files on this machine: judged, cleaned, and read in pieces to send, so that memory stays small."""

import asyncio
import base64
import hashlib
import os
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.checks.picture import PictureFacts
from iprescribe_tui.photos.cache import FileCache
from iprescribe_tui.photos.files import must_be_file
from iprescribe_tui.photos.paths import typed_path
from iprescribe_tui.photos.worker import PhotoInspection, seen_apart

if TYPE_CHECKING:
    from io import BufferedRandom

__all__ = ["CHUNK", "PIECE", "PhotoFile", "forget_photos", "inspect_photo", "pieces", "prepare_photo", "typed_path"]

CHUNK = 256 * 1024
"""Bytes read at a time."""

PIECE = 32 * 1024
"""Bytes sent, and reported as progress, at a time."""


@dataclass(frozen=True)
class PhotoFile:
    """A photo that may be sent: the picture alone, in a file without a name that vanishes with this object.

    `path` is the original's; size in bytes, media type and `sha-256=:…:` digest (RFC 9530) are the sent file's.
    """

    path: Path
    size: int
    media_type: str
    digest: str
    facts: PictureFacts
    fingerprint: bytes = field(repr=False)
    content: int = field(repr=False)
    """File descriptor of the file to send."""

    def __post_init__(self) -> None:
        weakref.finalize(self, os.close, self.content)


def prepare_photo(path: Path, policy: PhotoPolicy) -> PhotoFile:
    """Judge the photo at `path`, clean it, and compute the digest to send; blocks for up to a second or two.

    Raises CheckFailed: the codes of `judge`, `write_clean`, `opened_photo` and `Worker`, and `photo_no_room`. The
    message names the file, or asks for a better photo.
    """
    inspection, photo = inspect_photo(path, policy)
    if inspection.fault:
        raise CheckFailed(inspection.fault.code, inspection.fault.message)
    assert photo  # noqa: S101 - as there is no fault
    return photo


def forget_photos() -> None:
    """Forget the inspected photos, and any that is being inspected."""
    _inspections.forget()


def inspect_photo(path: Path, policy: PhotoPolicy) -> tuple[PhotoInspection, PhotoFile | None]:
    """Return the inspection of the photo at `path`, and the photo if it may be sent; blocks as `prepare_photo` does.

    An unchanged file is not inspected again. Raises CheckFailed (it cannot be read).
    """
    status = must_be_file(path)
    return _inspections(path, (status.st_ino, status.st_mtime_ns, status.st_size), policy)


def _inspected(path: Path, stamp: object, policy: PhotoPolicy) -> tuple[PhotoInspection, PhotoFile | None]:
    """Inspect a photo. Its picture is kept in a file without a name, so that nothing of it stays on this machine."""
    try:
        with _nameless() as file:
            inspection = seen_apart(path, policy, file)
            if inspection.facts is None:
                return inspection, None
            file.seek(0)
            digest = base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
            size, content = os.fstat(file.fileno()).st_size, os.dup(file.fileno())
    except OSError:
        failed = CheckFailed("photo_no_room", "There is no room for the photo on this machine. Free some, and go on.")
    else:
        named = f"sha-256=:{digest}:"
        return inspection, PhotoFile(
            path, size, inspection.media_type, named, inspection.facts, inspection.fingerprint, content
        )
    raise failed


_inspections = FileCache(_inspected, most=3)


def _nameless() -> "BufferedRandom":
    """Return a file that vanishes when it is closed: in memory if the system supports it (Linux), else on disk."""
    if hasattr(os, "memfd_create"):
        with suppress(OSError):
            return os.fdopen(os.memfd_create("photo"), "w+b")
    return tempfile.TemporaryFile()


async def pieces(photo: PhotoFile, progress: Callable[[int, int], None]) -> AsyncIterator[bytes]:
    """Yield the cleaned photo in pieces; `progress` is called with the bytes sent, and in total."""
    sent, chunk = 0, b""
    progress(0, photo.size)
    while sent < photo.size:
        del chunk  # before the next one is read
        chunk = await asyncio.to_thread(os.pread, photo.content, CHUNK, sent)
        for at in range(0, len(chunk), PIECE):
            yield chunk[at : at + PIECE]
            sent += min(PIECE, len(chunk) - at)
            progress(sent, photo.size)
