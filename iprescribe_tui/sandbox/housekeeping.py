"""What the sandbox forgets by itself, whether or not a call comes: saved answers, dead tokens, old counts."""

import logging
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from iprescribe_tui.sandbox import sending, sessions
from iprescribe_tui.sandbox.backend import Backend
from iprescribe_tui.sandbox.idempotency import forget_old

_EVERY: Final = timedelta(minutes=10)
_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")


def tidy(backend: Backend, db: Session) -> None:
    """Remove what is older than it may get."""
    now = backend.clock()
    forget_old(db, now)
    sessions.forget_expired(db, now)
    sending.forget_old(db, now)


class Housekeeping:
    """Tidies up every ten minutes, by the sandbox's own clock."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._next = backend.clock() + _EVERY

    def is_due(self) -> bool:
        """Return whether it is time, and then not again for ten minutes."""
        now = self._backend.clock()
        if now < self._next:
            return False
        self._next = now + _EVERY
        return True

    def run(self) -> None:
        """Tidy up; a database that cannot be written to is tried again the next time."""
        try:
            self._backend.transact(lambda db: tidy(self._backend, db))
        except Exception as failed:
            _LOG.warning("Old answers could not be removed (%s).", type(failed).__name__)
