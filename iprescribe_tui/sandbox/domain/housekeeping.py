"""Deletion of saved answers, expired tokens and old counts: of a registration, or periodically, without requests."""

import logging
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.domain import message_limits, sessions
from iprescribe_tui.sandbox.domain.backend import Backend, after_commit
from iprescribe_tui.sandbox.store.saved_responses import forget_old, forget_saved

_EVERY: Final = timedelta(minutes=10)
_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")


def tidy(backend: Backend, db: Session) -> None:
    """Delete saved answers, tokens and counts that have expired, and what the database's log still holds of any."""
    now = backend.clock()
    forget_old(db, now)
    sessions.forget_expired(db, now)
    message_limits.forget_old(db, now)
    after_commit(db, backend.store.empty_log)


def forget_answers(backend: Backend, db: Session, registration_id: str) -> None:
    """Delete the saved answers of a registration, in the database's log too."""
    forget_saved(db, registration_id)
    after_commit(db, backend.store.empty_log)


class Housekeeping:
    """Schedule of `tidy`: every ten minutes by the sandbox's clock."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._next = backend.clock() + _EVERY

    def is_due(self) -> bool:
        """Return whether ten minutes have passed, and if so, start the next ten."""
        now = self._backend.clock()
        if now < self._next:
            return False
        self._next = now + _EVERY
        return True

    def run(self) -> None:
        """Tidy up; log a failure, and leave it to the next run."""
        try:
            self._backend.transact(lambda db: tidy(self._backend, db))
        except Exception as failed:
            _LOG.warning("Old answers could not be removed (%s).", type(failed).__name__)
