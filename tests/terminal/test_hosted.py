"""Where identities are proven elsewhere, the terminal shows the way for a phone and goes on by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox, running
from tests.qr.camera import picture, read
from tests.terminal.arrive import at, program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import fill, until_step


def address_on(terminal: Terminal, sandbox: RunningSandbox) -> str:
    """The address that is shown for the phone, whole on one line."""
    shown = re.compile(rf"{re.escape(sandbox.url)}/\S+", re.IGNORECASE)
    terminal.until_true(lambda: bool(shown.search(terminal.text)), "an address for the phone")
    found = shown.search(terminal.text)
    assert found
    return found[0]


def press_on_phone(url: str, button: str) -> None:
    """Open the page at `url` on another device, and press one of its buttons."""
    with httpx.Client(trust_env=False, timeout=20) as phone:
        page = phone.get(url)
        assert page.status_code == 200
        found = re.search(rf'<button[^>]*name="(\w+)"[^>]*value="({button})"', page.text)
        assert found, page.text
        answer = phone.post(url, data={found[1]: found[2]})
        assert answer.status_code < 400, answer.text


def qr_code_on(terminal: Terminal) -> str:
    """What a phone's camera reads off the screen."""
    return read(picture(terminal.screen, terminal.columns))


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox that proves identities on pages of its own."""
    with running(tmp_path / "sandbox", proofing="hosted") as sandbox:
        yield sandbox


def test_allowed_on_the_phone_and_done_in_the_terminal(hosted: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.IDME_LAUNCH, hosted, tmp_path) as terminal:
        url = address_on(terminal, hosted)
        terminal.until_true(lambda: qr_code_on(terminal).casefold() == url.casefold(), "a QR code of the same address")
        terminal.until("Waiting for you to finish on your phone.")
        press_on_phone(url, "allow")
        until_step(terminal, Step.DONE)
        terminal.press("enter")
        assert terminal.finish() == 0
    assert "You are registered (reference " in terminal.outside


def test_denied_on_the_phone_and_allowed_after_all(hosted: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.IDME_LAUNCH, hosted, tmp_path) as terminal:
        url = address_on(terminal, hosted)
        press_on_phone(url, "deny")
        terminal.until("!", "Allow")
        press_on_phone(address_on(terminal, hosted), "allow")
        until_step(terminal, Step.DONE)


def test_left_while_the_phone_is_at_work(hosted: RunningSandbox, tmp_path: Path) -> None:
    """The phone finishes while nobody looks; whoever comes back finds that it is done."""
    with at(Step.IDME_LAUNCH, hosted, tmp_path) as terminal:
        url = address_on(terminal, hosted)
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    press_on_phone(url, "allow")
    with Terminal(program(hosted.url), home=tmp_path) as terminal:
        terminal.until("Continue where you left off?", "Begin")
        terminal.press("enter")
        terminal.until("Sign in to go on where you were", "Password")
        fill(terminal, PASSWORD)
        until_step(terminal, Step.DONE)
