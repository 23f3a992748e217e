"""Lines in and out of a terminal or a pipe: nothing but printable characters and line breaks, secrets without echo."""

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

from iprescribe_tui.ascii import for_terminal
from iprescribe_tui.output import steering

_ECHO = 3
"""Where `tcgetattr` has the local modes."""

_TOGETHER, _MOST = 0.02, 65536
"""Seconds between lines of one paste, and as many bytes as are read at a time."""

NOT_TAKEN = "What you typed ahead was not taken. Type it again where it is asked for."


class Left(Exception):
    """The input has ended, or was interrupted: nobody answers any more."""


class Lines:
    """Reads lines from the descriptor `source`, and writes to `out`. `ask` raises Left at the end.

    On a terminal nothing is echoed but what is typed at a question that is not secret: what was typed before it is
    written when the question comes, so that a transcript holds each answer behind its question. What is said while a
    question stands open comes on lines of its own, and the question again after it.
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
        """Begin to take in lines."""
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
        """Leave the terminal as it was."""
        if self._before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._source, termios.TCSADRAIN, self._before)

    def go_on(self) -> None:
        """After the program was suspended: a shell that was in between may have turned the echo on."""
        self._echo(on=self._echoes)

    def interrupt(self) -> None:
        """Whoever waits for a line is told that none comes."""
        self._typed.put_nowait(None)

    def drop_typed_ahead(self) -> None:
        """Forget lines that were typed before their question came, on a terminal, and say so: something was wrong with
        the one before, so they would answer other questions than they were meant for, and a password might be shown."""
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
        """Write lines as they are, such as those of a QR code."""
        said = "\n".join(lines) + "\n"
        self._write(f"\n{said}{self._open}" if self._open else said)

    @property
    def has_colors(self) -> bool:
        """Whether what is written is shown by a terminal that knows escape sequences."""
        return self._out.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")

    def draw(self, lines: list[str]) -> None:
        """Write lines of the program's own making, escape sequences and all. Nothing of a server's may be in them."""
        with suppress(OSError, ValueError):  # nobody reads any more
            steering(self._out).write("\n".join(["", *lines, "", ""]))
            self._out.write(self._open)
            self._out.flush()

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """The line that is typed at `question`. Raises Left where none comes any more."""
        if self._ended:
            raise Left
        waited = self._typed.empty()
        if waited and not secret:
            self._echo(on=True)  # before the question is seen, and answered
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
            pass  # nobody reads any more
        except OSError as failed:
            self.lost = self.lost or failed


def _bursts(source: int) -> Iterator[bytes]:
    """Yield what is typed, what comes together in one piece: a terminal gives the lines of a paste one at a time."""
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
    """What was typed, b"" where there is none any more."""
    try:
        return os.read(source, _MOST)
    except OSError:
        return b""


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
