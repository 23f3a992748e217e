"""The terminal's driver: Textual's, but for what it makes of the bytes that come in (see `terminal_bytes`), and for
windows that are too small."""

import os
import re
import selectors
import time
from collections.abc import Iterator

from textual import constants, events, messages
from textual.geometry import Size
from textual.message import Message

from iprescribe_tui.ui.small_window import drawn_notice, is_too_small
from iprescribe_tui.ui.terminal_bytes import Pasted, Sequence, TerminalBytes, Token
from iprescribe_tui.ui.terminal_keys import KeyReader, described_keys
from iprescribe_tui.ui.textual_internals import BareDriver

_TICK = 0.05
_DRAWS = re.compile(r"\x1b\[\d+;\d+H\Z")
"""Textual ends whatever it draws with a move of the cursor, and nothing else that it writes."""

_SYNCHRONIZES = re.compile(r"\[\?2026;[1-4]\$y")


class TerminalDriver(BareDriver):
    """Reads keys so that no byte can end the program, and no report, lock or half a sequence is typed.

    On a window too small for a screen it draws no screen, but the words that say so.
    """

    drawn_at = 0.0
    """When the latest screen or part of one went out, by the clock of the events: what answers it is later."""

    def write(self, data: str) -> None:
        """Write `data`; in place of a screen or a part of one, what stands on a window too small for it."""
        if _DRAWS.search(data[-16:]):
            self.drawn_at = time.monotonic()
            if is_too_small(window := Size(*self.window_size())):
                data = drawn_notice(window)
        super().write(data)

    def run_input_thread(self) -> None:
        """Hand on what the terminal sends, until the driver stops or the terminal is gone."""
        reader, keys = TerminalBytes(constants.ESCAPE_DELAY), KeyReader(described_keys())
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                tokens = []
                if selector.select(_TICK):
                    data = _read(self.fileno)
                    if not data:
                        return
                    tokens = reader.feed(data)
                for token in [*tokens, *reader.tick()]:
                    for message in messages_of(token, keys):
                        self.process_message(message)


def _read(fileno: int) -> bytes:
    """What the terminal has sent, b"" where there is none any more."""
    try:
        return os.read(fileno, 4096)
    except OSError:
        return b""


def messages_of(token: Token, keys: KeyReader) -> Iterator[Message]:
    """Yield what Textual is told of `token`."""
    match token:
        case Pasted(text):
            yield events.Paste(text)
        case Sequence("[I" | "[O"):
            return  # the window's focus: Textual would take the field's away, and lose what is typed next
        case Sequence(body) if _SYNCHRONIZES.fullmatch(body):
            yield messages.TerminalSupportsSynchronizedOutput()
        case _:
            for key in keys.keys(token):
                yield events.Key(key.name, key.character)
