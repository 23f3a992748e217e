"""Photos: received as a stream, checked by content, kept as files until they are no longer needed."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.picture import Doubt
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Evidence
from iprescribe_tui.photos.fingerprints import alike
from iprescribe_tui.photos.worker import received_apart
from iprescribe_tui.sandbox.domain import limits
from iprescribe_tui.sandbox.domain.backend import Backend, after_commit
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, bad_request, not_found, seconds_until
from iprescribe_tui.sandbox.store.database import demand_outside
from iprescribe_tui.sandbox.store.tables import EvidenceRow, Fingerprint, Registration
from iprescribe_tui.system.private_files import make_private
from iprescribe_tui.system.wording import duration

SLOTS: Final = {"front": Step.DOCUMENT, "back": Step.DOCUMENT, "photo": Step.SELFIE}
"""Photo slots: each is a field of its step's form."""

_FIRST: Final = 12
"""Photos of an NPI in ten minutes that are judged at once, more than anybody needs; later ones let those of others go
first."""

_NICENESS: Final = 15

_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")


@dataclass(frozen=True)
class ReceivedPhoto:
    """Photo in a file named by `id`; after `examine`, with its fingerprint, doubts, and the barcode text of a back.

    `picture` is a JPEG copy for the phone that sent the photo, and is never stored.
    """

    id: str
    digest: bytes
    size: int
    fingerprint: bytes = field(default=b"", repr=False)
    barcode: str | None = field(default=None, repr=False)
    doubts: tuple[Doubt, ...] = ()
    picture: bytes = field(default=b"", repr=False)


def digest_of(header: str | None) -> bytes:
    """Return the SHA-256 in a `Content-Digest` header (RFC 9530). Raises ProblemError (400) if there is none."""
    found = _DIGEST.search(header or "")
    if found is None:
        raise bad_request("digest_missing", "Content-Digest must give the photo's sha-256, as RFC 9530 writes it.")
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise bad_request("digest_missing", "Content-Digest holds no readable sha-256.") from None


def folder_of(backend: Backend) -> Path:
    """Return the folder of the photos, created for the owner alone."""
    folder = backend.folder / "evidence"
    make_private(folder)
    return folder


async def receive(
    stream: AsyncIterator[bytes], slot: str, announced: bytes, policy: PhotoPolicy, folder: Path
) -> ReceivedPhoto:
    """Write a photo to a file as it arrives; delete the file if the photo is refused.

    Raises ProblemError: too large (413), not an accepted photo (422), not the announced digest (400).
    """
    ident, running, head, size = secrets.token_hex(16), hashlib.sha256(), b"", 0
    path = folder / ident
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            async for chunk in stream:
                size += len(chunk)
                head += chunk[: max(0, HEAD_BYTES - len(head))]
                if size > policy.max_bytes:
                    _judge(slot, head, size, policy)
                running.update(chunk)
                file.write(chunk)
        if not hmac.compare_digest(running.digest(), announced):
            raise bad_request("digest_mismatch", "The photo did not arrive as it was sent. Send it again.")
        _judge(slot, head, size, policy)
    except BaseException:
        _remove(path)
        raise
    return ReceivedPhoto(ident, running.digest(), size)


def _judge(slot: str, head: bytes, size: int, policy: PhotoPolicy) -> None:
    try:
        check_photo(head, size, policy)
    except CheckFailed as failed:
        raise _not_accepted(slot, failed) from None


def _not_accepted(slot: str, failed: CheckFailed) -> ProblemError:
    status = 413 if failed.code == "photo_large" else 422
    return ProblemError(Refusal(status, failed.code, "This photo was not accepted", errors={slot: failed.message}))


def refuse_many(backend: Backend, db: Session, npi: str) -> None:
    """Raise ProblemError (429) if the registration of `npi` sent too many photos: to judge one takes a second."""
    if until := limits.locked_until(db, limits.PHOTOS, _sender(backend, npi), backend.clock()):
        wait = seconds_until(until, backend.clock())
        sent = f"{limits.PHOTOS.tries} photos were sent in 10 minutes. This one was not kept."
        message = f"{sent} Try again in {duration(wait)}."
        raise ProblemError(Refusal(429, "too_many_photos", "Too many photos were sent", message, retry_after=wait))


def _sender(backend: Backend, npi: str) -> str:
    return backend.key.digest("limit", f"npi:{npi}".encode())


def _count(backend: Backend, db: Session, registration_id: str) -> bool:
    """Count a photo to judge; return whether it is one of the first, which are judged before others.

    Raises ProblemError (404 if the registration is gone, 429 after too many photos).
    """
    registration = db.get(Registration, registration_id)
    if registration is None:  # it was given up while the photo arrived
        raise not_found()
    refuse_many(backend, db, registration.npi)
    attempt = limits.record_attempt(db, limits.PHOTOS, _sender(backend, registration.npi), backend.clock())
    return limits.PHOTOS.tries - attempt.left <= _FIRST


async def examine(backend: Backend, registration_id: str, slot: str, received: ReceivedPhoto) -> ReceivedPhoto:
    """Have a received photo judged, and the barcode of a back read; delete it if refused.

    Until its turn, the photo waits as a file. Call this outside a transaction. Raises ProblemError (422, 429).
    """
    path = folder_of(backend) / received.id
    try:
        is_first = await backend.change(lambda db: _count(backend, db, registration_id))
        async with backend.decoding.turn(registration_id, is_first=is_first):
            policy, niceness = backend.service.photos.of(slot), 0 if is_first else _NICENESS
            return await run_in_threadpool(_examined, slot, received, path, policy, niceness)
    except CheckFailed as failed:
        _remove(path)
        raise _not_accepted(slot, failed) from None
    except BaseException:
        _remove(path)
        raise


def _examined(slot: str, received: ReceivedPhoto, path: Path, policy: PhotoPolicy, niceness: int) -> ReceivedPhoto:
    """Have a worker process judge a photo and write a clean copy, which takes the place of its file.

    There is a copy if the file holds anything but the picture (EXIF, GPS, comments), or is not JPEG: a client may send
    what it did not clean.
    """
    demand_outside()
    cleaned = path.with_suffix(".clean")
    try:
        with os.fdopen(os.open(cleaned, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            arrived = received_apart(path, policy, file, barcode=slot == "back", niceness=niceness)
            is_cleaned = file.tell() > 0
        if is_cleaned:
            cleaned.replace(path)
    finally:
        _remove(cleaned)
    return replace(
        received,
        fingerprint=arrived.fingerprint,
        barcode=arrived.barcode,
        doubts=arrived.doubts,
        picture=arrived.picture,
    )


def keep(backend: Backend, db: Session, registration_id: str, slot: str, received: ReceivedPhoto) -> Evidence:
    """Store a received photo in place of the one before in its slot."""
    discard(backend, db, registration_id, slots=(slot,))
    row = EvidenceRow(
        id=received.id,
        registration_id=registration_id,
        step=SLOTS[slot].value,
        slot=slot,
        digest=_written(received.digest),
        size=received.size,
    )
    db.add(row)
    db.add(Fingerprint(evidence_id=row.id, fingerprint=received.fingerprint))
    return _shown(row)


def look_alike(db: Session, one: str, other: str) -> bool:
    """Return whether two stored photos show one picture; False if a former version stored one without a fingerprint."""
    found = [db.get(Fingerprint, ident) for ident in (one, other)]
    prints = [row.fingerprint for row in found if row is not None]
    return len(prints) == 2 and alike(*prints)


def kept_already(db: Session, registration_id: str, slot: str, digest: bytes) -> Evidence | None:
    """Return the photo in a slot if it has this digest: to send it again changes nothing, as with any PUT.

    So a request that was given up and arrives late does not replace the photo that was sent in its place.
    """
    mine = (EvidenceRow.registration_id == registration_id, EvidenceRow.slot == slot)
    row = db.scalar(select(EvidenceRow).where(*mine, EvidenceRow.digest == _written(digest)))
    return _shown(row) if row else None


def _written(digest: bytes) -> str:
    return f"sha-256=:{base64.b64encode(digest).decode('ascii')}:"


def _shown(row: EvidenceRow) -> Evidence:
    return Evidence(id=row.id, slot=row.slot, digest=row.digest, size=row.size)


def find(db: Session, registration_id: str, slot: str, ident: str) -> EvidenceRow | None:
    """Return the photo `ident` if it is in this registration's `slot`."""
    row = db.get(EvidenceRow, ident)
    return row if row and row.registration_id == registration_id and row.slot == slot else None


def discard(backend: Backend, db: Session, registration_id: str, slots: tuple[str, ...] = tuple(SLOTS)) -> None:
    """Delete photos: the rows now, the files after the commit."""
    mine = EvidenceRow.registration_id == registration_id
    for row in db.scalars(select(EvidenceRow).where(mine, EvidenceRow.slot.in_(slots))):
        db.delete(row)
        path = folder_of(backend) / row.id
        after_commit(db, lambda path=path: _remove(path))  # type: ignore[misc]  # bound as it is now
    db.flush()


def _remove(path: Path) -> None:
    """Delete a photo's file; if that fails, `sweep` does it at a later start."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def sweep(backend: Backend, db: Session) -> None:
    """Delete files without a row, left by a killed process, once they are an hour old."""
    known = set(db.scalars(select(EvidenceRow.id)))
    # Another process may be receiving one now; none takes an hour to arrive.
    before = time.time() - 3600
    for path in folder_of(backend).iterdir():
        if path.name not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
