"""At the prompts `/qr` draws the code in black on white as well, whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.qr.camera import TERMINALS, picture, read
from tests.terminal.arrive import program, walked_to
from tests.terminal.terminal import Terminal

KEY = "otpauth://totp/ID.me:test-1000000012?secret="
ROOM = "There is no room for the QR code: it needs a window of 74 columns and 39 lines."


@pytest.mark.parametrize(
    ("env", "size", "scans"),
    [
        pytest.param({"TERM": "xterm-16color"}, (80, 24), True, id="16 colors"),
        pytest.param({"LC_ALL": "C"}, (80, 40), True, id="ASCII in 40 lines", marks=pytest.mark.matrix),
        pytest.param({"LC_ALL": "C"}, (80, 24), False, id="ASCII in 24 lines", marks=pytest.mark.matrix),
        pytest.param({"NO_COLOR": "1"}, (80, 24), True, id="no colors wanted", marks=pytest.mark.matrix),
    ],
)
def test_it_scans_at_the_prompts(
    env: Mapping[str, str], size: tuple[int, int], scans: bool, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    username = walked_to(sandbox, Step.MFA_TOTP).user
    command = (*program(sandbox.url), "--plain")
    with Terminal(command, home=tmp_path, env=env, size=size) as terminal:
        terminal.until("NPI (10 digits):")
        terminal.write("/signin", "enter")
        terminal.until("Username")
        terminal.write(username, "enter")
        terminal.until("Password")
        terminal.write(PASSWORD, "enter")
        terminal.until("/qr: Show it as a QR code")
        terminal.write("/qr", "enter")
        if scans:
            for by_itself in TERMINALS:
                terminal.until_true(
                    lambda by_itself=by_itself: read(picture(terminal.screen, 80, by_itself)).startswith(KEY),  # type: ignore[misc]  # bound in the loop
                    f"a QR code on a {by_itself} terminal",
                )
        else:
            terminal.until(ROOM)
            assert read(picture(terminal.screen, 80)) == ""
