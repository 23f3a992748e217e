"""Line input and output on a terminal or pipe: printable characters and line breaks only, secrets without echo."""

import asyncio
import os
import select
import shutil
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from textwrap import wrap
from typing import TextIO

from iprescribe_tui.front_ends.plain.output import steering
from iprescribe_tui.system.ascii import for_terminal

_ECHO = 3
"""Index of the local modes in the result of `tcgetattr`."""

_TOGETHER, _MOST = 0.02, 65536
"""Longest pause within one paste, in seconds, and most bytes read at a time."""

NOT_TAKEN = "What you typed ahead was not taken. Type it again where it is asked for."


class Left(Exception):
    """End of input, or an interrupt: no more answers will come."""


class Lines:
    """Reader of lines from the descriptor `source`, and writer to `out`.

    On a terminal only the answer to an open, non-secret question is echoed: lines typed ahead are written when their
    question comes, so that a transcript holds each answer after its question. Output during an open question takes
    lines of its own, and the question is repeated after it.
    """

    def __init__(self, source: int = 0, out: TextIO | None = None) -> None:
        self._source = source
        self._out = out or sys.stdout
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._ended = False
        self._open = ""
        self.lost: OSError | None = None
        self._echoes = False
        self._before = termios.tcgetattr(source) if os.isatty(source) else None

    def start(self) -> None:
        """Start to read lines."""
        self._echo(on=False)
        loop = asyncio.get_running_loop()

        def take_in() -> None:
            rest = b""
            with suppress(OSError, RuntimeError):  # the terminal is gone, or the loop is
                for burst in _bursts(self._source):
                    *whole, rest = (rest + burst).split(b"\n")
                    loop.call_soon_threadsafe(self._take, whole)
                if rest:
                    loop.call_soon_threadsafe(self._take, [rest])
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._typed.put_nowait, None)

        threading.Thread(target=take_in, name="lines", daemon=True).start()

    def _take(self, lines: list[bytes]) -> None:
        for line in lines:
            self._typed.put_nowait(_text(line))

    def stop(self) -> None:
        """Restore the terminal's mode."""
        if self._before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._source, termios.TCSADRAIN, self._before)

    def go_on(self) -> None:
        """Set the echo again after a suspension, during which a shell may have changed it."""
        self._echo(on=self._echoes)

    def interrupt(self) -> None:
        """Have the pending `ask` raise `Left`."""
        self._typed.put_nowait(None)

    def drop_typed_ahead(self) -> None:
        """On a terminal, drop lines typed ahead after an error, and say so: they were meant for other questions
        than those asked next, and one may be a password that would be shown."""
        if self._before is None or self._typed.empty():
            return
        lines = [self._typed.get_nowait() for _ in range(self._typed.qsize())]
        if None in lines:
            self._typed.put_nowait(None)
        if any(lines):
            self.say(NOT_TAKEN)

    def say(self, text: str = "") -> None:
        """Write a text, its lines broken between words."""
        wrapped = (self._wrapped(line) for line in text.split("\n"))
        self.exactly([line for lines in wrapped for line in lines])

    def exactly(self, lines: list[str]) -> None:
        """Write lines unbroken, such as those of a QR code."""
        text = "\n".join(lines) + "\n"
        self._write(f"\n{text}{self._open}" if self._open else text)

    @property
    def has_colors(self) -> bool:
        """True if the output is a terminal that knows escape sequences."""
        return self._out.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")

    def draw(self, lines: list[str]) -> None:
        """Write lines with escape sequences of the program's own making; they must not contain text from a server."""
        with suppress(OSError, ValueError):  # the output is closed
            steering(self._out).write("\n".join(["", *lines, "", ""]))
            self._out.write(self._open)
            self._out.flush()

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """Return the line typed at `question`. Raises `Left` at the end of input."""
        if self._ended:
            raise Left
        waited = self._typed.empty()
        if waited and not secret:
            self._echo(on=True)  # before the question can be seen and answered
        self._open = "\n".join(self._wrapped(question)) + " "
        self._write(self._open)
        try:
            line = await self._typed.get()
        except asyncio.CancelledError:
            self._write("\n")
            raise
        finally:
            self._open = ""
            self._echo(on=False)
        echoed = waited and not secret and self._before is not None
        if line is None:
            self._ended = True
            self._write("\n")
            raise Left
        if not echoed:
            self._write("\n" if secret else f"{line}\n")
        return line

    def _echo(self, *, on: bool) -> None:
        self._echoes = on
        if self._before is None:
            return
        modes = list(self._before)
        modes[_ECHO] = modes[_ECHO] | termios.ECHO if on else modes[_ECHO] & ~termios.ECHO
        with suppress(OSError, termios.error):
            termios.tcsetattr(self._source, termios.TCSADRAIN, modes)

    def _wrapped(self, line: str) -> list[str]:
        width = max(20, shutil.get_terminal_size().columns - 1)
        indent = " " * (len(line) - len(line.lstrip()))
        broken = wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        return broken or [""]

    def _write(self, text: str) -> None:
        shown = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
        try:
            self._out.write(for_terminal(shown))
            self._out.flush()
        except (BrokenPipeError, ValueError):
            pass  # the output is closed
        except OSError as failed:
            self.lost = self.lost or failed


def _bursts(source: int) -> Iterator[bytes]:
    """Yield the bytes typed; bytes that arrive together are one piece, as a terminal passes a paste line by line."""
    ended = False
    while not ended:
        burst = b""
        while piece := _read(source):
            burst += piece
            if len(burst) >= _MOST or not select.select([source], [], [], _TOGETHER)[0]:
                break
        else:
            ended = True
        if burst:
            yield burst


def _read(source: int) -> bytes:
    """Return the next bytes, b"" at the end of input."""
    try:
        return os.read(source, _MOST)
    except OSError:
        return b""


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
