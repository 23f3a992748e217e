"""How much a backend did: everything that must be there once, counted in its database, whatever was typed."""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.store.tables import (
    Challenge,
    EvidenceRow,
    Handoff,
    IdmeAccountRow,
    Registration,
    SentMessage,
    SupportRequest,
    Tries,
)

COUNTED = (Registration, IdmeAccountRow, Challenge, EvidenceRow, Handoff, SupportRequest)

Effects = Counter[str]


def effects(db: Session) -> Effects:
    """Rows of every kind, messages by what they say, tries that were counted, and how often registrations changed."""
    found: Effects = Counter()
    for table in COUNTED:
        found[table.__tablename__] = db.scalar(select(func.count()).select_from(table)) or 0
    found.update(f"message {template}" for template in db.scalars(select(SentMessage.template)))
    # A photo that is sent again is judged again, and counts again.
    for what, count in db.execute(select(Tries.limit, Tries.count).where(Tries.limit != "photos")):
        found[f"tries of {what}"] += count
    for step, revision in db.execute(select(Registration.step, Registration.revision)):
        found[f"at {step}"] += 1
        found["revisions"] += revision
    return found


def since(before: Effects, now: Effects) -> Effects:
    """What came between two looks, with what went as negative numbers."""
    between = Counter(now)
    between.subtract(before)
    return between


def lost_and_doubled(wanted: Effects, found: Effects) -> tuple[list[str], list[str]]:
    """Which effects are missing, and which are there more often than once, each with how often."""
    apart = {what: found[what] - wanted[what] for what in sorted({*wanted, *found})}
    lost = [f"{what}: {by}" for what, by in apart.items() if by < 0]
    return lost, [f"{what}: +{by}" for what, by in apart.items() if by > 0]
