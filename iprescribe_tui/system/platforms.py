"""Systems that the program runs on."""

import signal

UNSUPPORTED = (
    "iprescribe-tui runs on Linux and macOS, and on Windows in WSL (install it with: wsl --install), because this "
    "system can't tell a program that its terminal was closed."
)
"""Message in place of a registration or walk if `has_signals` is false."""


def has_signals() -> bool:
    """Return whether a closed terminal and Ctrl+C can be handled here, so that the program can save and leave."""
    import asyncio

    hears = asyncio.SelectorEventLoop.add_signal_handler is not asyncio.AbstractEventLoop.add_signal_handler
    return hears and hasattr(signal, "SIGHUP")
