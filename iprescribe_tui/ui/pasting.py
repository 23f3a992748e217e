"""Reads the terminal as Textual does, but does not hold on to what was pasted: often it is a password."""

import sys
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

_NOTHING_PASTED = "\x1b[200~\x1b[201~"


class ForgetfulParser(XTermParser):
    """Textual's, which keeps the last paste until there is another one; so there is another one at once, empty."""

    def feed(self, data: str) -> Iterable[Message]:
        """What `data` from the terminal means."""
        for message in super().feed(data):
            yield message
            if isinstance(message, events.Paste):
                list(super().feed(_NOTHING_PASTED))


def forgets_pastes(driver: type[Driver]) -> type[Driver]:
    """`driver`, which from now on reads with a ForgetfulParser where it reads with Textual's."""
    names = vars(sys.modules[driver.__module__])
    if names.get("XTermParser") is XTermParser:
        names["XTermParser"] = ForgetfulParser
    return driver
