"""Every text of every answer, full of escape sequences, markup and bidi, on the screens of a real terminal."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.checks.text import hides
from iprescribe_tui.journey.views import SupportReceipt
from tests.hostile.bytes import not_ours
from tests.hostile.peer import Peer, speaking
from tests.hostile.real import Answers
from tests.hostile.said import Words, spoiled_service, turns_of
from tests.hostile.spoiling import cases, places, spoiled
from tests.tally import Tally
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, fill

SIZE = (100, 60)

ELSEWHERE = frozenset(
    {
        "Evidence.digest",
        "Evidence.slot",
        "OutboxMessage.body",
        "OutboxMessage.code",
        "OutboxMessage.link",
        "OutboxMessage.subject",
        "OutboxMessage.to",
        "ServiceDocument.name",
        "StepViewBase.registry_name",
    }
)
"""Texts that no page of another machine's backend shows: messages are the sandbox's own, names the doctor's."""


def test_no_case_is_a_sequence_of_the_programs_own() -> None:
    assert [case for case in cases() if hides(case) and not not_ours(case.encode())] == []


def ask_for_help(terminal: Terminal) -> None:
    """The help, to its end: the terms that are accepted there, and whom to ask."""
    terminal.press("f1")
    terminal.until("Back to the step")


def write_to_support(terminal: Terminal) -> None:
    """A request, and its receipt."""
    terminal.press("f8")
    terminal.until("Submit a request", "About")
    fill(terminal, "1", "The list is empty.", "a@example.com")
    terminal.until("Its number is")


AT: Mapping[str, Callable[[Terminal], None]] = {
    "idme_sign_up": ask_for_help,
    "practice": lambda terminal: terminal.press("f3"),
    "mfa_choice": write_to_support,
}
"""What is looked at besides the page of a step."""


@pytest.mark.matrix
def test_screens_show_what_a_server_says_as_text(answers: Answers, tmp_path: Path, tally: Tally) -> None:
    words = Words(cases())
    peer = Peer(spoiled_service(answers, words), support=spoiled(SupportReceipt, {"reference": ""}, words))
    turns = turns_of(answers, words)
    peer.turns = [each.turn for each in turns]
    seen = set[str]()
    with speaking(peer), Terminal(program(peer.url), home=tmp_path, size=SIZE) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        for number, each in enumerate(turns):
            if number:
                terminal.press("f9")
            terminal.until(each.mark)
            looks = AT.get(each.step) if each.turn.status == 200 else None
            if looks:
                looks(terminal)
            terminal.drain(0.05)
            terminal.until_true(lambda: not words.shown_on(terminal.text)[1], "every text whole")
            seen |= words.shown_on(terminal.text)[0]
            if looks is ask_for_help:
                terminal.press("f9")
                terminal.until_true(lambda: "Back to the step" not in terminal.words, "the step again")
        terminal.press("f10")
        assert terminal.finish() == Ending.REGISTERED
    tally(
        "hostile",
        "texts on screens",
        tried=len(turns),
        named=len(turns),
        texts=len(words.pairs),
        bytes=len(terminal.raw),
    )
    assert not_ours(terminal.raw) == []
    by_its_end = {"StepViewBase.on_file"}  # where the cursor is; whole only if it is looked at before F3 was taken
    assert places() - seen - by_its_end == ELSEWHERE
    assert terminal.not_restored() == []
