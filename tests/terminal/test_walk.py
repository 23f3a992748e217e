"""A person in an empty home types one command, and walks through all 22 steps by keyboard at 80×24."""

import re
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.happy import way_of
from tests.terminal.terminal import COMMAND, Terminal, Watched, children_of, files_with, until_gone
from tests.terminal.walk import IDME_PASSWORD, PASSWORD, SSN, Applicant, walk

SANDBOX = "SANDBOX · no real account is made · do not enter real personal data"

PHONE = way_of()[:-1]
APP = way_of("code_generator")[:-1]


def fits(terminal: Watched, step: Step) -> None:
    """Nothing is cut off, nothing needs scrolling, the way on is in sight, and it says that it is a sandbox."""
    assert isinstance(terminal, Terminal)

    def shown() -> bool:
        lines = terminal.text.splitlines()
        button = step is Step.PHONE_LINK or any("▸" in line for line in lines[-4:])
        return SANDBOX in lines[0] and button and not terminal.scrolls

    terminal.until_true(shown, f"{step} whole on 80×24, with its button and the sandbox's words")
    assert not terminal.overflows, f"{step} is wider than 80 columns:\n{terminal.text}"


@pytest.mark.parametrize(
    ("method", "way"), [("1", PHONE), pytest.param("3", APP, marks=pytest.mark.matrix)], ids=["text message", "app"]
)
def test_all_22_steps_by_keyboard(method: str, way: list[Step], tmp_path: Path) -> None:
    who = Applicant(method=method)
    with Terminal(COMMAND, home=tmp_path) as terminal:
        assert walk(terminal, who, look=fits) == way
        terminal.until("amelia.hartwell", "Reference", "Complete")
        sandbox = children_of(terminal.pid)
        assert sandbox, "the sandbox runs as a child of the program"
        terminal.press("enter")
        assert terminal.finish() == 0
    assert terminal.not_restored() == []
    until_gone(sandbox, 5)
    said = " ".join(terminal.outside.split())
    farewell = "Sign in to iPrescribe with the username and password you chose."
    assert re.fullmatch(rf"You are registered \(reference [A-Z0-9-]+\)\. {re.escape(farewell)}", said)
    typed = [PASSWORD, IDME_PASSWORD, SSN, SSN.replace("-", "")]
    assert not [secret for secret in typed if secret.encode() in terminal.raw], "a secret was shown as it was typed"
    assert who.seen
    assert files_with(tmp_path, [*typed, *who.seen]) == []
