"""Standard output that cannot be written: say so in words, and end with a status that a script notices."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TextIO

LOST: Final = 2
"""Exit status where output was lost and nothing else went wrong."""

_SAYS: Final = (
    "iprescribe-tui: the output could not be written ({why}), so it is not complete. Make room, or send the output "
    "somewhere else, then run the command again."
)


def guarded(run: Callable[[], int]) -> int:
    """Return the exit status of `run`, or 2 instead of 0 where what it printed was lost.

    A reader that has enough and closes its pipe loses nothing. Other failures of `run` are raised as they are.
    """
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
    """Say on standard error that output was lost, and why."""
    with suppress(OSError, ValueError):
        print(_SAYS.format(why=failed.strerror or type(failed).__name__), file=sys.stderr)


def _status_of(run: Callable[[], int]) -> int:
    """Return the status with which `run` returns or exits, as the parser of the command line does."""
    try:
        return run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)


def _is_lost(stream: TextIO) -> bool:
    """Return whether `stream` still cannot be written to; what failed may have been something else."""
    try:
        stream.flush()
        os.write(stream.fileno(), b"\n")  # a stream without a buffer has nothing left to flush
    except (OSError, ValueError):
        return True
    return False


def _silence(stream: TextIO) -> None:
    """Lead `stream` nowhere: Python would complain once more when it flushes at exit, and end with 120."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
