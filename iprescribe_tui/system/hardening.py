"""Protection of the process's memory from other programs of the same user, and from core files."""

import sys


def no_core_dumps() -> None:
    """Disable core files for this process and its children; takes no measurable time."""
    try:
        import resource
    except ImportError:  # Windows, which writes none by default
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def not_traceable() -> None:
    """Let only root attach to this process, or read its memory or environment, from now on (Linux: prctl(2)).

    It also prevents core dumps to a program, which `RLIMIT_CORE` does not limit. Programs that this one starts are
    not affected. It does nothing on other systems. Imports ctypes, 10 ms.
    """
    if sys.platform != "linux":
        return
    import ctypes

    set_dumpable = 4
    try:
        ctypes.CDLL(None).prctl(set_dumpable, 0, 0, 0, 0)
    except (OSError, AttributeError):  # the C library lacks the call
        return
