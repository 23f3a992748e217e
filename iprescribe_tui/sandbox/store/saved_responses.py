"""Upkeep of saved responses: the old ones, those of a registration, and those of former versions are removed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, not_
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.store.tables import SavedResponseRow

LIFETIME: Final = timedelta(hours=24)
DIGEST_MARK: Final = "3:"
"""Prefix of each request digest. Digests without it are of former versions, and confirm secrets that are guessed."""
_UNDER_WAY: Final = 0


def forget_old(db: Session, now: datetime) -> None:
    """Delete answers that are too old to be repeated."""
    db.execute(delete(SavedResponseRow).where(SavedResponseRow.saved_at < now - LIFETIME))


def forget_former(db: Session) -> None:
    """Delete the answers of former versions: secrets could be guessed from their digests."""
    db.execute(delete(SavedResponseRow).where(not_(SavedResponseRow.body_digest.startswith(DIGEST_MARK))))


def forget_saved(db: Session, registration_id: str) -> None:
    """Delete the answers to a registration's sessions, except to the call in progress, which may still get lost."""
    theirs = SavedResponseRow.scope.startswith(registration_id)
    db.execute(delete(SavedResponseRow).where(theirs, SavedResponseRow.status != _UNDER_WAY))
