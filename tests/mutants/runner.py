"""Runs tests over and over, each time in a fork of this process, which has imported what takes long to import.

Of the program itself nothing is imported here: each time it is another. A line of JSON on the standard input says which
tests, how many seconds they may take, and where to write what pytest says; a line on the output gives its status, null
where they took too long.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Final

import pytest

_SLOW: Final = (
    *("textual.app", "textual.widgets", "httpx", "pydantic", "fastapi", "uvicorn", "sqlalchemy.orm", "argon2"),
    *("PIL.Image", "pillow_heif", "phonenumbers", "email_validator", "qrcode", "truststore", "pyotp"),
)
_OPTIONS: Final = ("-x", "-q", "-n", "0", "--no-header", "--tb=no", "-p", "no:cacheprovider")
_IMPORTED_BEFORE: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Some of what is slow has plugins of pytest's beside it, which make no assertions."""


def main() -> None:
    """Answer each line until there are no more."""
    for name in _SLOW:
        with suppress(ImportError):
            import_module(name)
    sys.path[0] = os.getcwd()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(status_of(asked["tests"], asked["limit"], asked["out"])), flush=True)


def status_of(tests: Sequence[str], limit: float, out: str) -> int | None:
    """Run `tests` in a fork, and end with it all that it started."""
    child = os.fork()
    if child == 0:
        try:
            _run(tests, out)
        finally:
            os._exit(3)
    end = time.monotonic() + limit
    status = None
    while status is None and time.monotonic() < end:
        done, waited = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(waited)
        else:
            time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if status is None:
        os.waitpid(child, 0)
    return status


def _run(tests: Sequence[str], out: str) -> None:
    """Run `tests` in this process, and end it."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.dup2(1, 2)
    status = pytest.main([*_OPTIONS, *_IMPORTED_BEFORE, *tests])
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
