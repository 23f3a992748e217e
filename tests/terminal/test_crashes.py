"""A crash of any kind ends the program with the whole report and a status that is not 0, and says no value."""

import sys
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

SECRET = "planted-secret-7Q"
PLANT = f"""
import asyncio, concurrent.futures, os, signal, sys, threading
from iprescribe_tui import __main__
from iprescribe_tui.flow.local_state import LocalState

class Broken(Exception): pass
def planted(*_):
    secret = "{SECRET}"
    try:
        int(secret)
    except ValueError as error:
        raise Broken(secret) from error
async def planted_task(): planted()
def thread(): threading.Thread(target=planted).start()
def daemon(): threading.Thread(target=planted, daemon=True).start()
def loop(): return asyncio.get_running_loop()
def on_signal():
    loop().add_signal_handler(signal.SIGUSR1, planted)
    os.kill(os.getpid(), signal.SIGUSR1)
WAYS = {{
    "here": planted,
    "thread": thread,
    "daemon": daemon,
    "task": lambda: loop().create_task(planted_task()),
    "callback": lambda: loop().call_soon(planted),
    "timer": lambda: loop().call_later(0.01, planted),
    "executor": lambda: loop().run_in_executor(None, planted),
    "signal": on_signal,
}}
typed, begun, way = LocalState.typed, [], sys.argv.pop(1)
def breaking(self, view):
    if not begun:
        begun.append(WAYS[way]())
        begun[0] = None
    return typed(self, view)
LocalState.typed = breaking
sys.exit(__main__.main())
"""
WAYS = ("here", "thread", "daemon", "task", "callback", "timer", "executor", "signal")
KEYS = """
import sys
from iprescribe_tui import __main__
from iprescribe_tui.front_ends.tui.terminal_bytes import TerminalBytes
class Broken(Exception): pass
feed = TerminalBytes.feed
def planted(self, data):
    if b"7" in data:
        raise Broken("planted-secret-7Q")
    return feed(self, data)
TerminalBytes.feed = planted
sys.exit(__main__.main())
"""


def assert_reported(terminal: Terminal, *words: str) -> None:
    """The program has ended with the whole report, and left the terminal as it was."""
    said = " ".join(terminal.outside.split())
    for expected in ("The program stopped because of a mistake in it.", "Start the program again", *words):
        assert expected in said, said
    assert "Traceback" not in said
    assert SECRET not in terminal.raw.decode()
    assert terminal.not_restored() == []


@pytest.mark.parametrize("flags", [(), ("--plain",)], ids=["screens", "plain"])
@pytest.mark.parametrize("way", WAYS)
def test_a_crash_is_told_by_the_status_and_the_report(way: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    with Terminal((sys.executable, "-c", PLANT, way, *flags), home=tmp_path) as terminal:
        assert terminal.finish() == 1, terminal.text
    assert_reported(terminal, "Broken", "caused by ValueError", ":planted")


def test_a_crash_where_keys_are_read(tmp_path: Path) -> None:
    with Terminal((sys.executable, "-c", KEYS), home=tmp_path) as terminal:
        terminal.until("Enter your NPI")
        terminal.press("7")
        assert terminal.finish() == 1
    assert_reported(terminal, "Broken", ":planted", ":run_input_thread")


def test_a_crash_in_a_thread_of_a_command(tmp_path: Path) -> None:
    program = PLANT.partition("def thread()")[0] + (
        "from iprescribe_tui.cli.commands import personas\n"
        "def run(options, flags):\n"
        "    thread = threading.Thread(target=planted)\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    return 0\n"
        "personas.run = run\n"
        "sys.exit(__main__.main(['personas']))\n"
    )
    with Terminal((sys.executable, "-c", program), home=tmp_path) as terminal:
        assert terminal.finish() == 1
    assert_reported(terminal, "Broken", ":planted")
