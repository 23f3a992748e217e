"""Driver of the terminal: Textual's, with another reader of input (see `terminal_bytes`), and a notice on windows
that are too small."""

import os
import re
import selectors
import time
from collections.abc import Iterator

from textual import constants, events, messages
from textual.geometry import Size
from textual.message import Message

from iprescribe_tui.front_ends.tui.small_window import drawn_notice, is_too_small
from iprescribe_tui.front_ends.tui.terminal_bytes import PasteToken, SequenceToken, TerminalBytes, TerminalToken
from iprescribe_tui.front_ends.tui.terminal_keys import KeyReader, described_keys
from iprescribe_tui.front_ends.tui.textual_internals import BareDriver

_TICK = 0.05
_DRAWS = re.compile(r"\x1b\[\d+;\d+H\Z")
"""End of everything that Textual draws, and of nothing else that it writes: a cursor move."""

_SYNCHRONIZES = re.compile(r"\[\?2026;[1-4]\$y")


class TerminalDriver(BareDriver):
    """Driver in which no byte can end the program, and no report, lock or broken sequence types text.

    On a window too small for a screen it draws a notice instead.
    """

    drawn_at = 0.0
    """Time of the latest drawing, on the clock of `Event.time`: keys that answer it are later."""

    def write(self, data: str) -> None:
        """Write `data`; on a window too small for a screen, write the notice instead of a drawing."""
        if _DRAWS.search(data[-16:]):
            self.drawn_at = time.monotonic()
            if is_too_small(window := Size(*self.window_size())):
                data = drawn_notice(window)
        super().write(data)

    def run_input_thread(self) -> None:
        """Process what the terminal sends until the driver stops or the terminal is gone."""
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
    """Return the next bytes from the terminal, b"" if it is gone."""
    try:
        return os.read(fileno, 4096)
    except OSError:
        return b""


def messages_of(token: TerminalToken, keys: KeyReader) -> Iterator[Message]:
    """Yield Textual's messages for `token`."""
    match token:
        case PasteToken(text):
            yield events.Paste(text)
        case SequenceToken("[I" | "[O"):
            return  # window focus: Textual would blur the field and lose what is typed next
        case SequenceToken(body) if _SYNCHRONIZES.fullmatch(body):
            yield messages.TerminalSupportsSynchronizedOutput()
        case _:
            for key in keys.keys(token):
                yield events.Key(key.name, key.character)
