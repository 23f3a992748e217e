"""Keeps what a process has in memory from the other programs of the same user, and out of files."""

import sys


def no_core_dumps() -> None:
    """From here on a crash of this process and of those it starts writes no core file; takes no time worth mention."""
    try:
        import resource
    except ImportError:  # Windows, which writes none unasked
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def not_traceable() -> None:
    """From here on nobody but root can attach to this process, read its memory or its environment (prctl(2), Linux).

    It also ends core dumps that are piped to a program, which the limit does not hold for. Processes that this one
    starts are as they would be otherwise. Elsewhere nothing happens. Imports ctypes, 10 ms.
    """
    if sys.platform != "linux":
        return
    import ctypes

    set_dumpable = 4
    try:
        ctypes.CDLL(None).prctl(set_dumpable, 0, 0, 0, 0)
    except (OSError, AttributeError):  # a C library that has no such call
        return
