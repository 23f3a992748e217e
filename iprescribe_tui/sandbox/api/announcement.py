"""Announcement of a sandbox that listens, and its end together with the program that started it."""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iprescribe_tui.sandbox.api.uvicorn_server import SandboxServer


def end_with_parent(server: "SandboxServer") -> None:
    """Wait until stdin closes, which it does however the parent ends; then stop the server."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


def announce(server: "SandboxServer", url: str, key: str, parent: bool, more: Sequence[str], notice: str) -> None:
    """Print where the sandbox is once it listens. Stop it if that fails, except on a closed pipe."""
    server.listening.wait()
    try:
        _say_where(url, key, parent, more, notice)
    except BrokenPipeError:
        pass  # the reader has read enough
    except OSError as failed:
        server.unheard = failed
        server.should_exit = True


def _say_where(url: str, key: str, parent: bool, more: Sequence[str], notice: str) -> None:
    if parent:
        print(json.dumps({"url": url, "key": key} | ({"notice": notice} if notice else {})), flush=True)
    else:
        lines = (
            *filter(None, (notice,)),
            f"The sandbox listens on {url}",
            f"Its messages: {url}/outbox, with the key {key}",
            *more,
        )
        print(*lines, sep="\n", flush=True)
