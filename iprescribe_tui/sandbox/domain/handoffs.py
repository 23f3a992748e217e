"""Handoff of a step's photos to a phone: one short-lived code per registration, and what has come of it."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import HandoffSlot, Notice
from iprescribe_tui.sandbox.domain import evidence, id_scan
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.evidence import ReceivedPhoto
from iprescribe_tui.sandbox.store.tables import EvidenceDoubt, Handoff, Registration
from iprescribe_tui.system.host_names import is_loopback

LIFETIME: Final = timedelta(minutes=15)
CODE_BYTES: Final = 10
"""80 bits: 16 characters of base 32, all in the alphabet of a QR code's alphanumeric mode."""

_HERE_ALONE: Final = (
    "This sandbox can only be reached from this computer: open the address in a browser here, not on a phone. "
    "Press F9 to use photo files, or start a sandbox with `iprescribe-tui sandbox --share`."
)

_HANDED_OVER_IN: Final = "handed_over_in"
_KEPT: Final = "The one before it is kept."
_CHOOSE: Final = "Choose on the phone: take another, or send it all the same."


def issue(context: RequestContext) -> None:
    """Create a link for the current step, void the previous one, and keep the photos that it brought this session."""
    before = current(context)
    row = Handoff(
        id=secrets.token_hex(16),
        registration_id=context.registration.id,
        step=context.state.step.value,
        created_at=context.now,
        expires_at=context.now + LIFETIME,
        state="waiting",
        document=before.document if before else "",
        received=dict(before.received) if before else {},
        errors={},
    )
    row.code_digest = _digest(context.backend, _code(context.backend, row))
    close(context)
    context.db.add(row)
    context.registration.changes_at = row.expires_at
    context.remember(_HANDED_OVER_IN, context.session)
    context.db.flush()


def session_of(registration: Registration) -> str:
    """Return the session that created the newest link: photos from the phone count as given in it, and in no other."""
    return str(registration.flags.get(_HANDED_OVER_IN, ""))


def _code(backend: Backend, row: Handoff) -> str:
    return base64.b32encode(backend.memory_key.derive("handoff", row.id, CODE_BYTES)).decode("ascii")


def _digest(backend: Backend, code: str) -> str:
    return backend.key.digest("handoff", code.encode())


def is_readable(backend: Backend, row: Handoff) -> bool:
    """Return whether the key in memory still derives the code of a handoff."""
    return hmac.compare_digest(_digest(backend, _code(backend, row)), row.code_digest)


def url_of(backend: Backend, row: Handoff) -> str:
    """Return the address for a phone; scheme and host are uppercase, which means the same in a smaller QR code."""
    scheme, host, path, *_ = urlsplit(backend.phone_url)
    return f"{scheme}://{host}".upper() + f"{path}/P/{_code(backend, row)}"


def current(context: RequestContext) -> Handoff | None:
    """Return this session's handoff of the registration's current step, in whatever state."""
    row = context.db.scalar(select(Handoff).where(Handoff.registration_id == context.registration.id))
    is_own = session_of(context.registration) == context.session
    return row if row and row.step == context.registration.step and is_own else None


def by_code(backend: Backend, db: Session, code: str) -> Handoff | None:
    """Return the handoff that a code opens, in upper or lower case; None for an unknown or used code."""
    return db.scalar(select(Handoff).where(Handoff.code_digest == _digest(backend, code.upper())))


def is_open(context: RequestContext, row: Handoff) -> bool:
    """Return whether a phone may still send something."""
    ended = row.state == "canceled" or row.expires_at <= context.now or context.state.failed
    return row.step == context.registration.step and not ended and not context.registration.lock_at(context.now)


def slots_of(row: Handoff) -> tuple[str, ...]:
    """Return the photos to ask for; all of the step's until the kind of document is known."""
    slots = (slot for slot, step in evidence.SLOTS.items() if step.value == row.step)
    return tuple(slot for slot in slots if not (slot == "back" and row.document == "passport"))


def _open_doubts(db: Session, row: Handoff) -> list[tuple[str, EvidenceDoubt]]:
    """Return the doubts about received photos that the phone has not decided on, each with its slot."""
    slots = {row.received[slot]: slot for slot in slots_of(row) if slot in row.received}
    found = select(EvidenceDoubt).where(EvidenceDoubt.evidence_id.in_(slots)).order_by(EvidenceDoubt.number)
    return [
        (slots[doubt.evidence_id], doubt) for doubt in db.scalars(found) if id_scan.is_about(doubt.code, row.document)
    ]


def doubted(db: Session, row: Handoff) -> dict[str, str]:
    """Return, by slot, the doubts about each photo that the phone must retake or send anyway."""
    messages: dict[str, str] = {}
    for slot, doubt in _open_doubts(db, row):
        messages[slot] = f"{messages[slot]} {doubt.message}" if slot in messages else doubt.message
    return messages


def arrived(db: Session, row: Handoff) -> frozenset[str]:
    """Return the slots with a photo that needs no decision."""
    return frozenset(row.received) - doubted(db, row).keys()


def missing(db: Session, row: Handoff) -> list[str]:
    """Return the fields still to be filled or decided on: photos, and the kind of document."""
    asked = [*(["kind"] if row.step == Step.DOCUMENT and not row.document else []), *slots_of(row)]
    there = arrived(db, row)
    return [name for name in asked if name not in there]


def show(context: RequestContext, row: Handoff) -> ViewData:
    """Return what the terminal shows: address, expiry, photos received, and errors."""
    return ViewData(
        notices=()
        if row.state != "waiting" or _reachable(context.backend)
        else (Notice(level="warning", text=_HERE_ALONE),),
        url=url_of(context.backend, row),
        until=row.expires_at,
        resend_at=row.created_at,
        state=_state(context, row),
        slots=_shown_slots(context.db, row),
    )


def _shown_slots(db: Session, row: Handoff) -> tuple[HandoffSlot, ...]:
    doubts = doubted(db, row)
    there = row.received.keys() - doubts.keys()
    texts = {
        slot: [row.errors.get(slot), *([doubts[slot], _CHOOSE] if slot in doubts else [])] for slot in slots_of(row)
    }
    return tuple(
        HandoffSlot(slot=slot, received=slot in there, says=" ".join(filter(None, parts)))
        for slot, parts in texts.items()
    )


def _state(context: RequestContext, row: Handoff) -> Literal["waiting", "opened", "canceled", "expired"]:
    if row.state == "canceled":
        return "canceled"
    if row.expires_at <= context.now:
        return "expired"
    return "opened" if row.state == "opened" else "waiting"


def _reachable(backend: Backend) -> bool:
    """Return whether devices other than this machine may reach the pages for phones."""
    return not is_loopback(urlsplit(backend.phone_url).hostname or "")


def opened(context: RequestContext, row: Handoff) -> None:
    """Note that a phone has opened the page."""
    if row.state == "waiting":
        row.state = "opened"
        context.dirty = True


def close(context: RequestContext) -> None:
    """Delete the registration's handoff, so that its code opens nothing."""
    context.db.execute(delete(Handoff).where(Handoff.registration_id == context.registration.id))


def give_up(context: RequestContext, row: Handoff) -> None:
    """Cancel in the terminal: return to the step's form, and discard what the phone sent."""
    evidence.discard(context.backend, context.db, context.registration.id, tuple(row.received))
    close(context)
    context.registration.changes_at = None
    context.dirty = True


def canceled(context: RequestContext, row: Handoff) -> None:
    """Cancel on the phone: the terminal shows it; discard what was sent."""
    evidence.discard(context.backend, context.db, context.registration.id, tuple(row.received))
    row.state, row.received, row.errors = "canceled", {}, {}
    context.registration.changes_at = None
    context.dirty = True


def bring(
    context: RequestContext, row: Handoff, kind: str, photos: Mapping[str, ReceivedPhoto], errors: Mapping[str, str]
) -> None:
    """Store what a phone sent: the kind of document, photos with doubts about them, and errors of refused ones."""
    row.document = kind or row.document
    errors = {slot: f"{text} {_KEPT}" if slot in row.received else text for slot, text in errors.items()}
    for slot, photo in photos.items():
        id_scan.remember(context, slot, photo)
        evidence.keep(context.backend, context.db, context.registration.id, slot, photo)
        context.db.flush()  # doubts refer to the photo's row
        for number, doubt in enumerate((*photo.doubts, *id_scan.doubts(context, slot, photo))):
            context.db.add(EvidenceDoubt(evidence_id=photo.id, number=number, code=doubt.code, message=doubt.message))
    context.db.flush()
    row.received = {**row.received, **{slot: photo.id for slot, photo in photos.items()}}
    earlier = {slot: text for slot, text in row.errors.items() if slot not in photos and slot != "kind"}
    row.errors = {**earlier, **errors}
    context.dirty = True


def send_despite(context: RequestContext, row: Handoff, slot: str) -> None:
    """Count the photo in `slot` as arrived: the phone sends it in spite of doubts."""
    for doubted_slot, doubt in _open_doubts(context.db, row):
        if doubted_slot == slot:
            context.db.delete(doubt)
            row.errors = {name: text for name, text in row.errors.items() if name != slot}
    context.db.flush()
    context.dirty = True


def refuse(context: RequestContext, row: Handoff, errors: Mapping[str, str]) -> None:
    """Ask again for the photos that the step refused with `errors`."""
    row.received = {slot: ident for slot, ident in row.received.items() if slot not in errors}
    row.errors = dict(errors)
    context.dirty = True
