"""Notes every file that a Python process opens for writing, makes or renames, in the file that $WATCHED names.

Python imports it by its name, in each process that has this folder on its path.
"""

import os
import sys
from ctypes import util
from types import FrameType

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_PATH_AT = {"open": 0, "sqlite3.connect": 0, "os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1}
_notes = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _note(event: str, args: tuple[object, ...]) -> None:
    if event not in _PATH_AT or (event == "open" and not (isinstance(args[2], int) and args[2] & _WRITING)):
        return
    path = args[_PATH_AT[event]]
    if isinstance(path, str | bytes | os.PathLike) and not _looks_for_a_library(sys._getframe(1)):
        os.write(_notes, os.path.abspath(os.fsencode(path)) + b"\n")


def _looks_for_a_library(frame: FrameType | None) -> bool:
    """Whether it is ctypes, which has the compiler look for one (for keyring), and writes what that says."""
    while frame is not None:
        if frame.f_code.co_filename == util.__file__:
            return True
        frame = frame.f_back
    return False


sys.addaudithook(_note)
