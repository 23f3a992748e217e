"""A phone reads the QR codes off the terminal: the real program in a PTY, its screen as a picture, nothing inverted."""

import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox, running
from tests.qr.camera import TERMINALS, picture, read
from tests.terminal.arrive import arrive, program
from tests.terminal.terminal import Terminal, Watched
from tests.terminal.tmux import Tmux

CODES = {"address": Step.IDME_LAUNCH, "key": Step.MFA_TOTP}
"""What is in the code, and the step that shows it."""

COLORS: Mapping[str, Mapping[str, str]] = {
    "true colors": {"COLORTERM": "truecolor"},
    "256 colors": {"TERM": "xterm-256color"},
    "16 colors": {"TERM": "xterm-16color"},
    "a console": {"TERM": "linux"},
    "no colors wanted": {"NO_COLOR": "1"},
    "no colors wanted of 16": {"TERM": "xterm-16color", "NO_COLOR": "1"},
    "screen": {"TERM": "screen"},
}
IN_ASCII = {"LC_ALL": "C"}
INSTEAD = "No room for the QR code"


@contextmanager
def backend(folder: Path, code: str) -> Iterator[RunningSandbox]:
    """A sandbox whose applicants come by the step that shows `code`."""
    with running(folder / "sandbox", proofing="hosted" if code == "address" else "native") as sandbox:
        yield sandbox


@contextmanager
def showing(
    code: str, home: Path, env: Mapping[str, str] | None = None, size: tuple[int, int] = (80, 24)
) -> Iterator[Terminal]:
    """The program in a terminal, at the step that shows `code`."""
    with backend(home, code) as sandbox, Terminal(program(sandbox.url), home=home, env=env, size=size) as terminal:
        arrive(terminal, sandbox, CODES[code])
        terminal.until_true(lambda: bool(expected(terminal, code)), f"the {code} in writing")
        yield terminal


def expected(terminal: Watched, code: str) -> str:
    """What must be in the code, by what is written beside it; "" while it is not."""
    if code == "address":
        shown = re.search(r"^ (http://\S+/h/[a-z2-7]{32})$", terminal.text, re.MULTILINE)
        return shown[1] if shown else ""
    groups = re.findall(r"\b[A-Z2-7]{4}\b", terminal.text)
    return f"otpauth://totp/ID.me:test-1000000012?secret={''.join(groups[:8])}" if len(groups) >= 8 else ""


def scan(terminal: Terminal) -> str:
    """What a phone reads off the screen now."""
    return read(picture(terminal.screen, terminal.columns))


def until_scanned(terminal: Terminal, wanted: str) -> None:
    """Wait until a phone reads `wanted`."""
    terminal.until_true(lambda: scan(terminal) == wanted, f"a QR code of {wanted}")


@pytest.mark.parametrize(
    ("code", "colors"),
    [
        pytest.param(code, colors, marks=() if (code, colors) in PLAIN else pytest.mark.matrix)
        for PLAIN in [{("address", "256 colors"), ("key", "no colors wanted of 16")}]
        for code in CODES
        for colors in COLORS
    ],
)
def test_it_scans_in_both_themes(code: str, colors: str, tmp_path: Path) -> None:
    with showing(code, tmp_path, COLORS[colors]) as terminal:
        wanted = expected(terminal, code)
        until_scanned(terminal, wanted)
        dark = picture(terminal.screen, 80).getpixel((4, 300))
        terminal.press("f12")
        terminal.until_true(lambda: picture(terminal.screen, 80).getpixel((4, 300)) != dark, "the other theme")
        until_scanned(terminal, wanted)


@pytest.mark.matrix
@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
@pytest.mark.parametrize("term", ["tmux-256color", "screen"])
@pytest.mark.parametrize("code", CODES)
def test_it_scans_in_tmux(code: str, term: str, tmp_path: Path) -> None:
    with backend(tmp_path, code) as sandbox, Tmux(program(sandbox.url), home=tmp_path, term=term) as tmux:

        def seen() -> str:
            screen = pyte.Screen(80, 24)
            pyte.Stream(screen).feed("\r\n".join(tmux.run("capture-pane", "-p", "-e", "-N").splitlines()))
            return read(picture(screen, 80))

        arrive(tmux, sandbox, CODES[code])
        tmux.until_true(lambda: seen() == expected(tmux, code) != "", "a QR code of what is written beside it")


@pytest.mark.parametrize("code", ["address", pytest.param("key", marks=pytest.mark.matrix)])
def test_where_only_ascii_is_shown(code: str, tmp_path: Path) -> None:
    """In 40 lines a key shows the code, drawn of blanks; in 24 it has no room, and what is typed stands there alone."""
    with showing(code, tmp_path, IN_ASCII, size=(80, 40)) as terminal:
        wanted = expected(terminal, code)
        terminal.until("F3 shows the QR code", "F3 QR code")
        terminal.press("f3")
        until_scanned(terminal, wanted)
        assert terminal.text.isascii()
        assert "##" not in terminal.text
        terminal.press("enter")
        terminal.until("F3 shows the QR code")
        terminal.resize(80, 24)
        terminal.until(INSTEAD)
        terminal.until_true(lambda: not re.search(r"\bF3\b", terminal.text), "a footer without the key")
        terminal.press("f3")
        terminal.until_true(lambda: expected(terminal, code) == wanted, "what one types")
        assert scan(terminal) == ""
        assert terminal.text.isascii()
        assert not terminal.overflows


def test_a_window_too_narrow_for_both(tmp_path: Path) -> None:
    """Beside the page the code is never cut: it goes, a key shows it, and it is back where it has room."""
    with showing("address", tmp_path) as terminal:
        wanted = expected(terminal, "address")
        until_scanned(terminal, wanted)
        terminal.resize(60, 20)
        terminal.until("F3 shows the QR code", "F3 QR code")
        terminal.until_true(lambda: not [line for line in terminal.screen.display if "█" in line[:60]], "no code")
        terminal.press("f3")
        until_scanned(terminal, wanted)
        terminal.press("f3")
        terminal.until("F3 shows the QR code")
        terminal.resize(40, 12)
        terminal.until_true(lambda: not re.search(r"\bF3\b", terminal.text), "no key for what has no room")
        terminal.resize(80, 24)
        until_scanned(terminal, wanted)
        terminal.until_true(lambda: not re.search(r"\bF3\b", terminal.text), "a footer without the key")


@pytest.mark.parametrize(
    "colors", ["256 colors", *(pytest.param(name, marks=pytest.mark.matrix) for name in ("16 colors", "a console"))]
)
def test_printed_plainly_outside_the_full_screen(colors: str, tmp_path: Path) -> None:
    """Black on white whatever the terminal is like by itself, and the address on one line; any key leads back."""
    with showing("address", tmp_path, COLORS[colors]) as terminal:
        wanted = expected(terminal, "address")
        terminal.press("f6")
        terminal.until("Scan this with a phone, or open the address on it:", "Any key goes back to the step.")
        screen = pyte.Screen(80, 24)
        pyte.ByteStream(screen).feed(terminal.raw.rpartition(b"\x1b[?1049l")[2])
        for by_itself in TERMINALS:
            assert read(picture(screen, 80, by_itself)) == wanted
        assert wanted in [line.rstrip() for line in screen.display]
        terminal.press("f9")
        terminal.until_true(lambda: terminal.raw.count(b"\x1b[?1049h") == 2, "the full screen again")
        until_scanned(terminal, wanted)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert terminal.not_restored() == []


def test_a_signal_ends_the_program_while_an_address_is_printed(tmp_path: Path) -> None:
    with showing("address", tmp_path) as terminal:
        terminal.press("f6")
        terminal.until("Any key goes back to the step.")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.finish() == 128 + signal.SIGTERM
    assert terminal.not_restored() == []


@pytest.mark.matrix
def test_a_secret_code_is_not_printed(tmp_path: Path) -> None:
    with showing("key", tmp_path) as terminal:
        secret = expected(terminal, "key").rpartition("=")[2]
        terminal.press("f6")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert "█" not in terminal.outside
    assert secret[:4] not in terminal.outside
