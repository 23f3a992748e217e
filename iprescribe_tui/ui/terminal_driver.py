"""The terminal's driver: Textual's, but for what it makes of the bytes that come in (see `terminal_bytes`)."""

import os
import re
import selectors
from collections.abc import Iterator

from textual import constants, events, messages
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from iprescribe_tui.ui.terminal_bytes import Pasted, Sequence, TerminalBytes, Token
from iprescribe_tui.ui.terminal_keys import KeyReader, described_keys

_TICK = 0.05
_SYNCHRONIZES = re.compile(r"\[\?2026;[1-4]\$y")


class TerminalDriver(LinuxDriver):
    """Reads keys so that no byte can end the program, and no report, lock or half a sequence is typed."""

    def _query_in_band_window_resize(self) -> None:
        """Ask nothing: a size comes by signal, never from what anybody can write to the terminal."""

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
