"""Wake-up of calls that wait for a registration to change."""

import asyncio
from weakref import WeakValueDictionary


class Changes:
    """Registrations that calls wait for, by ID, each with the event that its next change sets.

    It hears only of changes that this process makes. `is_over` once the server stops: nothing is waited for any longer.
    """

    def __init__(self) -> None:
        self._events: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_over = False

    def next(self, registration_id: str) -> asyncio.Event:
        """Return the event of the next change: get it in the event loop, before the registration is read."""
        self._loop = asyncio.get_running_loop()
        return self._events.setdefault(registration_id, asyncio.Event())

    def announce(self, registration_id: str) -> None:
        """Wake the calls that wait for a registration; from any thread, once its change is committed."""
        if self._loop is not None and registration_id in self._events:
            self._loop.call_soon_threadsafe(self._wake, registration_id)

    def end(self) -> None:
        """Wake all; in the event loop."""
        self.is_over = True
        for registration_id in list(self._events):
            self._wake(registration_id)

    def _wake(self, registration_id: str) -> None:
        if event := self._events.pop(registration_id, None):
            event.set()
