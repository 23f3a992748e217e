"""Output of commands: text that cannot steer a terminal, and an explanation if it cannot be written."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, TextIO, cast

LOST: Final = 2
"""Exit status if output was lost and nothing else went wrong."""

_SAYS: Final = (
    "iprescribe-tui: the output could not be written ({why}), so it is not complete. Make room, or send the output "
    "somewhere else, then run the command again."
)


class EscapedStream:
    r"""Text stream that writes hidden and steering characters as escapes, such as `\x1b`.

    Lines and tabs are kept, and so is anything written to its `buffer`.
    """

    def __init__(self, stream: TextIO) -> None:
        self.bare = stream

    def write(self, text: str) -> int:
        """Write `text` and return its number of characters. Raises `OSError`."""
        self.bare.write(shown(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write all of `lines`. Raises `OSError`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)


def steering(stream: TextIO) -> TextIO:
    """Return the stream for escape sequences of the program's own making; nothing else's text may be written to it."""
    return cast("TextIO", getattr(stream, "bare", stream))


def erase_line(stream: TextIO) -> None:
    """Clear the terminal's current line. Raises `OSError`."""
    steering(stream).write("\r\x1b[K")
    stream.flush()


def shown(text: str) -> str:
    """Return `text` with hidden and steering characters as escapes."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    from iprescribe_tui.journey.checks.text import plain

    return "\n".join("\t".join(map(plain, line.split("\t"))) for line in text.split("\n"))


def guarded(run: Callable[[], int]) -> int:
    """Return the exit status of `run`, or 2 instead of 0 if its output was lost.

    Output goes through `EscapedStream`. A reader that closes its pipe early loses nothing. Other exceptions of `run`
    are raised unchanged.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", stream and EscapedStream(stream)) for stream in streams)
    try:
        return _guarded(run)
    finally:
        sys.stdout, sys.stderr = streams


def _guarded(run: Callable[[], int]) -> int:
    status = 0
    try:
        status = _status_of(run)
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as failed:
        if not _is_lost(sys.stdout):
            raise
        _silence(sys.stdout)
        status = status or LOST
        say_lost(failed)
    with suppress(ValueError):  # closed
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
        except OSError:
            _silence(sys.stderr)
    return status


def say_lost(failed: OSError) -> None:
    """Print on standard error that output was lost, and why."""
    with suppress(OSError, ValueError):
        print(_SAYS.format(why=failed.strerror or type(failed).__name__), file=sys.stderr)


def _status_of(run: Callable[[], int]) -> int:
    """Return the status that `run` returns or exits with, as the command line's parser does."""
    try:
        return run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)


def _is_lost(stream: TextIO) -> bool:
    """Return whether `stream` still cannot be written to; the error may have been about something else."""
    try:
        stream.flush()
        os.write(stream.fileno(), b"\n")  # a stream without a buffer has nothing left to flush
    except (OSError, ValueError):
        return True
    return False


def _silence(stream: TextIO) -> None:
    """Redirect `stream` to the null device, or Python would report its flush at exit and end with 120."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
