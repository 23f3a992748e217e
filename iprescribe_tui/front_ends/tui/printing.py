"""Print an address outside the full screen, where the terminal's own selection and scrolling work."""

import os
import select
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from textual.app import App

from iprescribe_tui.client.web_address import opens_at
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.ascii import for_terminal, terminal_takes_unicode
from iprescribe_tui.system.qr_matrix import matrix, printed, size

AROUND = 4
"""Lines printed besides the code: purpose, host, address, and the prompt to return."""
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def print_plainly(app: App[str], url: str) -> None:
    """Leave the full screen, print `url` as a QR code and as text, and return at any key.

    It stays in the terminal's scrollback, so `url` must not be secret.
    """
    with signals_heard() as ending, app.suspend():
        sys.stdout.write(page(url, *shutil.get_terminal_size()))
        sys.stdout.flush()
        wait_for_key(ending)
        sys.stdout.write("\n")


def page(url: str, columns: int, lines: int) -> str:
    """Return the text to print: the code, if it fits whole into `columns` and `lines`, and the address."""
    blocks, modules = terminal_takes_unicode(), matrix(url)
    wide, high = size(modules, blocks=blocks)
    fits = modules and wide <= columns and high + AROUND <= lines
    code = printed(modules, blocks=blocks, environ=os.environ) if fits else []
    message = "Scan this with a phone, or open the address on it:" if fits else "Open this address on a phone:"
    text = "\n".join(["", message, *code, f"Opens at: {opens_at(url)}", plain(url), "Any key goes back to the step. "])
    return for_terminal(text)


def wait_for_key(ending: int) -> None:
    """Wait for a key and read all its bytes (an F-key sends several). `ending` is from `signals_heard`.

    Keys pressed since the page was printed count: changing the terminal's mode does not discard them.
    """
    import termios
    import tty

    fd = sys.__stdin__.fileno() if sys.__stdin__ else 0
    with suppress(OSError, termios.error):  # or the terminal is gone
        before = termios.tcgetattr(fd)
        try:
            tty.setraw(fd, termios.TCSADRAIN)  # makes Ctrl+C and Ctrl+Z keys as well
            readable = select.select([fd, ending], [], [])[0]
            while fd in readable and os.read(fd, 64):
                readable = select.select([fd], [], [], 0.05)[0]
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def signals_heard() -> Iterator[int]:
    """Yield a file descriptor, readable once SIGTERM or SIGHUP came: the blocked loop cannot handle it until later."""
    reading, writing = os.pipe()
    before = {each: signal.signal(each, lambda *_: os.write(writing, b"!")) for each in _ENDING}
    try:
        yield reading
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        os.close(reading)
        os.close(writing)
