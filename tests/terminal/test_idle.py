"""In a real terminal, by the real clock: the warning, the key that stays, and the screen that nobody finds."""

from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.service_document import SessionPolicy
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.service import service_document
from tests.backend import PASSWORD, RunningSandbox
from tests.terminal.arrive import arrive, program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import fill, until_step


@pytest.mark.matrix
def test_who_is_gone_signs_in_again(sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurried = service_document("native").model_copy(update={"sessions": SessionPolicy(idle=16, warning=8)})

    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        monkeypatch.setattr(Backend, "service", property(lambda _: hurried))
        registration = arrive(terminal, sandbox, Step.PRACTICE)
        assert registration
        terminal.type("Lakeside Family")
        terminal.until("Are you still there?", "Otherwise your session is closed in 0:")
        terminal.press("enter")
        terminal.until_true(lambda: "Are you still there?" not in terminal.words, "the end of the warning")
        terminal.until("Lakeside Family")
        terminal.until("Sign in to go on where you were", "Nothing was typed for 16 seconds")
        terminal.until_true(lambda: "Lakeside" not in terminal.text, "nothing of what was typed")
        monkeypatch.undo()
        terminal.until_true(lambda: terminal.line("Username") == registration.user, "the username filled in")
        fill(terminal, PASSWORD)
        until_step(terminal, Step.PRACTICE)
        terminal.until_true(lambda: terminal.line("Practice name").startswith("Lakeside Family"), "what was typed")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
        assert "Lakeside" not in terminal.outside
