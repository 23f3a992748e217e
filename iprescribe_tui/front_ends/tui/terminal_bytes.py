"""Split the bytes that a terminal sends into text, control keys, escape sequences, and pastes.

Sources: ECMA-48 (5th edition) 5.4 and 8.3, xterm's "XTerm Control Sequences", VT500 parser of vt100.net. Unrequested
reports and truncated sequences are read to their end and dropped: no part of them is text.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator
from time import monotonic
from typing import Final, NamedTuple

ESC: Final = 0x1B
DEL: Final = 0x7F
CTRL_Q: Final = 0x11
BEL: Final = 0x07
STRING_TERMINATOR: Final = 0x9C

SILENCE: Final = 1.0
"""Seconds without a byte that end a truncated sequence, character, or paste."""

PASTE_LIMIT: Final = 64 * 1024
"""Most bytes taken of one paste; no field holds as many."""

_CSI_LIMIT: Final = 256
_RXVT_SHIFTED: Final = re.compile(r"\d+\$")
_FUNCTION_KEY: Final = re.compile(r"O[P-Z\[]|\[(1[1-9]|2[0-4])(;\d+)?~|\[\[[A-E]|\[\d+(;\d+)?u")
_KEPT_CONTROLS: Final = frozenset(b"\t\n\v\f\r")
_STRINGS: Final = {
    ord("]"): frozenset(b"0123456789lL"),
    ord("P"): frozenset(b"0123456789!$+;<=>?"),
    ord("_"): frozenset(range(0x20, 0x7F)),
    ord("^"): frozenset(range(0x20, 0x7F)),
    ord("X"): frozenset(range(0x20, 0x7F)),
}
"""First bytes of the content of OSC, DCS, APC, PM and SOS; with any other byte it was Alt and that key."""


class TextToken(NamedTuple):
    """Decoded characters; an undecodable byte is U+FFFD."""

    text: str


class ControlToken(NamedTuple):
    """C0 control or DEL: Enter, Tab, Backspace, Ctrl with a letter; ESC is the Escape key alone."""

    byte: int


class AltToken(NamedTuple):
    """Key pressed with Alt: ESC and the key's own byte."""

    character: str


class SequenceToken(NamedTuple):
    """Whole control sequence or SS3, without its ESC; `alt` if another ESC came before it."""

    body: str
    alt: bool = False


class PasteToken(NamedTuple):
    """Bracketed paste without escape sequences and controls, except tabs and line ends."""

    text: str

    def __repr__(self) -> str:
        return "PasteToken(…)"


TerminalToken = TextToken | ControlToken | AltToken | SequenceToken | PasteToken
_Reader = Generator[float | None, int | None, int | None]
"""Yields the seconds to wait for the next byte (None: forever); is sent the byte, or None after that time.

Returns the byte that did not belong to what was read, or None.
"""


class TerminalBytes:
    """Reader of a terminal's bytes in pieces of any size.

    `key_pause`: seconds after which a lone ESC is the Escape key rather than the start of a sequence.
    `clock` returns seconds.
    """

    def __init__(self, key_pause: float = 0.1, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._key_pause = clock, key_pause
        self._tokens: list[TerminalToken] = []
        self._reader = self._read()
        self._deadline: float | None = None
        next(self._reader)

    def feed(self, data: bytes) -> list[TerminalToken]:
        """Return the tokens that `data` completes."""
        wait: float | None = None
        for byte in data:
            wait = self._reader.send(byte)
        if data:
            self._deadline = None if wait is None else self._clock() + wait
        return self._taken()

    def tick(self) -> list[TerminalToken]:
        """Return the tokens that silence completes; call it at least every 0.1 s."""
        while self._deadline is not None and self._clock() >= self._deadline:
            wait = self._reader.send(None)
            self._deadline = None if wait is None else self._clock() + wait
        return self._taken()

    def _taken(self) -> list[TerminalToken]:
        tokens, self._tokens = self._tokens, []
        return tokens

    def _emit(self, token: TerminalToken) -> None:
        self._tokens.append(token)

    def _read(self) -> Generator[float | None, int | None, None]:
        """Read tokens forever."""
        decoder = getincrementaldecoder("utf-8")("replace")
        byte: int | None = None
        while True:
            ends_text = byte is None or _is_control(byte)
            pieces = b"" if byte is None or ends_text else bytes((byte,))
            if text := decoder.decode(pieces, final=ends_text):
                self._emit(TextToken(text))
            if byte == ESC:
                byte = yield from self._escape()
                if byte is not None:
                    continue
            elif byte is not None and ends_text:
                self._emit(ControlToken(byte))
            half_a_character = bool(decoder.getstate()[0])
            byte = yield SILENCE if half_a_character else None

    def _escape(self) -> _Reader:
        """Read the rest of a sequence after ESC."""
        byte = yield self._key_pause
        alt = False
        while byte == ESC:
            byte = yield self._key_pause
            alt = byte in (ord("["), ord("O"))
            if not alt:
                self._emit(ControlToken(ESC))
        return (yield from self._after_escape(byte, alt=alt))

    def _after_escape(self, byte: int | None, *, alt: bool) -> _Reader:
        if byte is None:
            self._emit(ControlToken(ESC))
        elif byte == ord("["):
            return (yield from self._control_sequence(alt=alt))
        elif byte == ord("O"):
            return (yield from self._single_shift(alt=alt))
        elif byte in _STRINGS:
            return (yield from self._control_string(byte))
        elif byte >= 0x80:
            return (yield from self._rest_of_character(byte))
        else:
            self._emit(AltToken(chr(byte)))
        return None

    def _control_sequence(self, *, alt: bool) -> _Reader:
        """Read a CSI and what belongs to it: a paste, or the three bytes of an X10 mouse report."""
        body, byte = yield from self._sequence_body()
        if not body:
            return byte
        if body == "M":
            return (yield from self._mouse_or_key(alt=alt))
        if alt and body in ("200~", "I", "O"):
            self._emit(ControlToken(ESC))
            alt = False
        if body == "200~":
            return (yield from self._paste())
        self._emit(SequenceToken(f"[{body}", alt))
        return None

    def _sequence_body(self) -> Generator[float | None, int | None, tuple[str, int | None]]:
        """Read up to the final byte of a CSI; return "" and the byte that broke it off, if any did."""
        body = ""
        while True:
            byte = yield SILENCE
            if byte is None or _is_control(byte) or byte >= 0x80:
                return "", byte
            if len(body) < _CSI_LIMIT:
                body += chr(byte)
            is_final = byte >= 0x40 and body != "["  # "[[A" is the Linux console's F1
            if is_final or _RXVT_SHIFTED.fullmatch(body):
                return body, None

    def _mouse_or_key(self, *, alt: bool) -> _Reader:
        """Tell `ESC [ M` with three more bytes at once (X10 mouse report) from SCO's F1, which comes alone."""
        byte = yield self._key_pause
        if byte is None or _is_control(byte):
            self._emit(SequenceToken("[M", alt))
            return byte
        for _ in range(2):
            byte = yield self._key_pause
            if byte is None or byte == ESC:
                return byte
        return None

    def _single_shift(self, *, alt: bool) -> _Reader:
        """Read an SS3, with the parameters that some terminals put in it."""
        body = ""
        while True:
            byte = yield SILENCE if body else self._key_pause
            if byte is None or _is_control(byte) or byte >= 0x80:
                if not body:
                    self._emit(AltToken("O"))
                return byte
            body += chr(byte)
            if byte >= 0x40:
                self._emit(SequenceToken(f"O{body}", alt))
                return None
            if byte not in b"0123456789;" or len(body) > _CSI_LIMIT:
                return None

    def _control_string(self, kind: int) -> _Reader:
        """Read OSC, DCS, APC, PM or SOS up to ST, BEL, another control, or silence."""
        before = 0
        byte = yield self._key_pause
        if byte not in _STRINGS[kind]:
            self._emit(AltToken(chr(kind)))
            return byte
        while byte is not None and not _is_control(byte):
            if byte == STRING_TERMINATOR and (before < 0x80 or before == 0xC2):
                return None
            before = byte
            byte = yield SILENCE
        if byte == ESC:
            byte = yield self._key_pause
            return None if byte in (None, ord("\\")) else (yield from self._after_escape(byte, alt=False))
        return None if byte == BEL else byte

    def _rest_of_character(self, first: int) -> _Reader:
        """Drop a non-ASCII character pressed with Alt."""
        leading_ones = 8 - (first ^ 0xFF).bit_length()
        for _ in range(leading_ones - 1 if leading_ones in (2, 3, 4) else 0):
            byte = yield self._key_pause
            if byte is None or byte & 0xC0 != 0x80:
                return byte
        return None

    def _paste(self) -> _Reader:
        """Read up to the end of a paste: its end mark, `SILENCE`, or a key that no paste contains."""
        pasted = bytearray()
        key: TerminalToken | None = None
        byte: int | None = None
        while True:
            byte = yield SILENCE
            if byte is None or byte == CTRL_Q:
                break
            if byte == ESC:
                body = yield from self._escape_in_paste()
                if body == "[201~" or body is None:
                    break
                if _FUNCTION_KEY.fullmatch(body):
                    key = SequenceToken(body)
                    break
            elif len(pasted) < PASTE_LIMIT and (byte in _KEPT_CONTROLS or not _is_control(byte)):
                pasted.append(byte)
        self._emit(PasteToken(pasted.decode("utf-8", "replace")))
        if key:
            self._emit(key)
        return byte if byte == CTRL_Q else None

    def _escape_in_paste(self) -> Generator[float | None, int | None, str | None]:
        """Read an escape sequence in a paste; return it without its ESC, None after `SILENCE`."""
        byte = yield SILENCE
        if byte is None:
            return None
        if byte == ord("["):
            body, _ = yield from self._sequence_body()
            return f"[{body}"
        if byte == ord("O"):
            byte = yield SILENCE
            return None if byte is None else f"O{chr(byte)}"
        return chr(byte)


def _is_control(byte: int) -> bool:
    return byte < 0x20 or byte == DEL
