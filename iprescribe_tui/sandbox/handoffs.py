"""Handing a step's photos over to a phone: one short-lived code a registration, and what has come of it so far."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.protocol import HandoffSlot, Notice
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox import evidence, licence
from iprescribe_tui.sandbox.backend import Backend
from iprescribe_tui.sandbox.evidence import Received
from iprescribe_tui.sandbox.tables import EvidenceDoubt, Handoff, Registration
from iprescribe_tui.sandbox.visit import Parts, Visit
from iprescribe_tui.settings import is_loopback

LIFETIME: Final = timedelta(minutes=15)
CODE_BYTES: Final = 10
"""80 bits, which are 16 letters and digits of base 32: the alphabet of a QR code's alphanumeric mode."""

_HERE_ALONE: Final = (
    "This sandbox can only be reached from this computer: open the address in a browser here, not on a phone. "
    "Press F9 to use photo files, or start a sandbox with `iprescribe-tui sandbox --share`."
)

_HANDED_OVER_IN: Final = "handed_over_in"
_KEPT: Final = "The one before it is kept."
_CHOOSE: Final = "Choose on the phone: take another, or send it all the same."


def issue(visit: Visit) -> None:
    """Make a new link for the step; the one before opens nothing any more, but what it brought stays."""
    before = current(visit)
    row = Handoff(
        id=secrets.token_hex(16),
        registration_id=visit.registration.id,
        step=visit.progress.step.value,
        created_at=visit.now,
        expires_at=visit.now + LIFETIME,
        state="waiting",
        document=before.document if before else "",
        received=dict(before.received) if before else {},
        says={},
    )
    row.code_digest = _digest(visit.backend, _code(visit.backend, row))
    close(visit)
    visit.db.add(row)
    visit.registration.wake_at = row.expires_at
    visit.remember(_HANDED_OVER_IN, visit.session)
    visit.db.flush()


def session_of(registration: Registration) -> str:
    """The session in which the newest link was made: what a phone sends counts as given there."""
    return str(registration.memory.get(_HANDED_OVER_IN, ""))


def _code(backend: Backend, row: Handoff) -> str:
    return base64.b32encode(backend.memory_key.derive("handoff", row.id, CODE_BYTES)).decode("ascii")


def _digest(backend: Backend, code: str) -> str:
    return backend.key.digest("handoff", code.encode())


def is_readable(backend: Backend, row: Handoff) -> bool:
    """Return whether the key in memory still gives its code."""
    return hmac.compare_digest(_digest(backend, _code(backend, row)), row.code_digest)


def url_of(backend: Backend, row: Handoff) -> str:
    """The address that a phone opens; scheme and host in capitals mean the same, and make a smaller QR code."""
    scheme, host, path, *_ = urlsplit(backend.phone_url)
    return f"{scheme}://{host}".upper() + f"{path}/P/{_code(backend, row)}"


def current(visit: Visit) -> Handoff | None:
    """The handoff of the step at which the registration is, whatever has become of it."""
    row = visit.db.scalar(select(Handoff).where(Handoff.registration_id == visit.registration.id))
    return row if row and row.step == visit.registration.step else None


def by_code(backend: Backend, db: Session, code: str) -> Handoff | None:
    """The handoff that a code opens; None for one that is no code, or no longer one."""
    return db.scalar(select(Handoff).where(Handoff.code_digest == _digest(backend, code.upper())))


def is_open(visit: Visit, row: Handoff) -> bool:
    """Whether a phone may still send something."""
    ended = row.state == "canceled" or row.expires_at <= visit.now or visit.progress.failed
    return row.step == visit.registration.step and not ended and not visit.registration.lock_at(visit.now)


def slots_of(row: Handoff) -> tuple[str, ...]:
    """The photos that are asked for; before the kind of document is known, all that there may be."""
    slots = (slot for slot, step in evidence.SLOTS.items() if step.value == row.step)
    return tuple(slot for slot in slots if not (slot == "back" and row.document == "passport"))


def _open_doubts(db: Session, row: Handoff) -> list[tuple[str, EvidenceDoubt]]:
    """What seems wrong with photos that have come, each with its slot, where the phone has not yet decided."""
    slots = {row.received[slot]: slot for slot in slots_of(row) if slot in row.received}
    found = select(EvidenceDoubt).where(EvidenceDoubt.evidence_id.in_(slots)).order_by(EvidenceDoubt.number)
    return [
        (slots[doubt.evidence_id], doubt) for doubt in db.scalars(found) if licence.is_about(doubt.code, row.document)
    ]


def doubted(db: Session, row: Handoff) -> dict[str, str]:
    """Return what seems wrong, by slot, with each photo that the phone must take again or send all the same."""
    says: dict[str, str] = {}
    for slot, doubt in _open_doubts(db, row):
        says[slot] = f"{says[slot]} {doubt.message}" if slot in says else doubt.message
    return says


def arrived(db: Session, row: Handoff) -> frozenset[str]:
    """Return the slots whose photo has come and stays."""
    return frozenset(row.received) - doubted(db, row).keys()


def missing(db: Session, row: Handoff) -> list[str]:
    """What is still to be given or decided: photos, and the kind of document."""
    asked = [*(["kind"] if row.step == Step.DOCUMENT and not row.document else []), *slots_of(row)]
    there = arrived(db, row)
    return [name for name in asked if name not in there]


def show(visit: Visit, row: Handoff) -> Parts:
    """What the terminal shows of it: address, time, what has arrived and what was wrong."""
    return Parts(
        notices=()
        if row.state != "waiting" or _reachable(visit.backend)
        else (Notice(level="warning", text=_HERE_ALONE),),
        url=url_of(visit.backend, row),
        until=row.expires_at,
        resend_at=row.created_at,
        state=_state(visit, row),
        slots=_shown_slots(visit.db, row),
    )


def _shown_slots(db: Session, row: Handoff) -> tuple[HandoffSlot, ...]:
    doubts = doubted(db, row)
    there = row.received.keys() - doubts.keys()
    says = {slot: [row.says.get(slot), *([doubts[slot], _CHOOSE] if slot in doubts else [])] for slot in slots_of(row)}
    return tuple(
        HandoffSlot(slot=slot, received=slot in there, says=" ".join(filter(None, words)))
        for slot, words in says.items()
    )


def _state(visit: Visit, row: Handoff) -> Literal["waiting", "opened", "canceled", "expired"]:
    if row.state == "canceled":
        return "canceled"
    if row.expires_at <= visit.now:
        return "expired"
    return "opened" if row.state == "opened" else "waiting"


def _reachable(backend: Backend) -> bool:
    """Whether a device other than this machine may reach the pages for phones."""
    return not is_loopback(urlsplit(backend.phone_url).hostname or "")


def opened(visit: Visit, row: Handoff) -> None:
    """A phone has the page."""
    if row.state == "waiting":
        row.state = "opened"
        visit.touched = True


def close(visit: Visit) -> None:
    """Let the code open nothing any more."""
    visit.db.execute(delete(Handoff).where(Handoff.registration_id == visit.registration.id))


def give_up(visit: Visit, row: Handoff) -> None:
    """Cancel it in the terminal: the step's form is back, and nothing stays of what the phone sent."""
    evidence.discard(visit.backend, visit.db, visit.registration.id, tuple(row.received))
    close(visit)
    visit.registration.wake_at = None
    visit.touched = True


def canceled(visit: Visit, row: Handoff) -> None:
    """Cancel it on the phone: the terminal says so; nothing stays of what was sent."""
    evidence.discard(visit.backend, visit.db, visit.registration.id, tuple(row.received))
    row.state, row.received, row.says = "canceled", {}, {}
    visit.registration.wake_at = None
    visit.touched = True


def bring(visit: Visit, row: Handoff, kind: str, photos: Mapping[str, Received], says: Mapping[str, str]) -> None:
    """Keep what a phone sent: the kind of document, photos, what seems wrong with them, and why others are refused."""
    row.document = kind or row.document
    says = {slot: f"{words} {_KEPT}" if slot in row.received else words for slot, words in says.items()}
    for slot, photo in photos.items():
        licence.remember(visit, slot, photo)
        evidence.keep(visit.backend, visit.db, visit.registration.id, slot, photo)
        visit.db.flush()  # what seems wrong refers to the photo
        for number, doubt in enumerate((*photo.doubts, *licence.doubts(visit, slot, photo))):
            visit.db.add(EvidenceDoubt(evidence_id=photo.id, number=number, code=doubt.code, message=doubt.message))
    visit.db.flush()
    row.received = {**row.received, **{slot: photo.id for slot, photo in photos.items()}}
    row.says = {**{slot: words for slot, words in row.says.items() if slot not in photos and slot != "kind"}, **says}
    visit.touched = True


def send_despite(visit: Visit, row: Handoff, slot: str) -> None:
    """The phone sends the photo in `slot` all the same: it counts as arrived."""
    for doubted_slot, doubt in _open_doubts(visit.db, row):
        if doubted_slot == slot:
            visit.db.delete(doubt)
            row.says = {name: words for name, words in row.says.items() if name != slot}
    visit.db.flush()
    visit.touched = True


def refuse(visit: Visit, row: Handoff, errors: Mapping[str, str]) -> None:
    """The photos arrived, but the step did not take them: those that are wrong are asked for again."""
    row.received = {slot: ident for slot, ident in row.received.items() if slot not in errors}
    row.says = dict(errors)
    visit.touched = True
