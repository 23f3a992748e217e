"""The same at the prompts, which write printable characters and line breaks and nothing else."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.views import SupportReceipt
from tests.hostile.bytes import not_ours
from tests.hostile.peer import Peer, speaking
from tests.hostile.real import Answers
from tests.hostile.said import Words, spoiled_service, turns_of
from tests.hostile.spoiling import cases, places, spoiled
from tests.hostile.test_screens import ELSEWHERE
from tests.plain.person import HAPPY, Plain
from tests.tally import Tally

TYPED: Mapping[str, Sequence[str]] = {
    "idme_sign_up": ("?",),
    "practice": ("/file",),
    "mfa_choice": ("/support", "1", "The list is empty.", "", "a@example.com"),
}
"""What is typed at a step besides the way back: help, what is on file, a request to the support."""


@pytest.mark.matrix
def test_prompts_say_what_a_server_says_as_text(answers: Answers, tmp_path: Path, tally: Tally) -> None:
    words = Words(cases())
    peer = Peer(spoiled_service(answers, words), support=spoiled(SupportReceipt, {"reference": ""}, words))
    turns = turns_of(answers, words)
    peer.turns = [each.turn for each in turns]
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path, term="xterm") as plain:
        plain.prompt()
        plain.type(HAPPY)
        for before, each in pairwise(turns):
            for typed in TYPED.get(before.step, ()) if before.turn.status == 200 else ():
                plain.type(typed)
            plain.type("<")
            if each.mark not in plain.heard:
                plain.until(each.mark)
        plain.child.send("!\n")
        assert plain.end() == Ending.REGISTERED
    found, wrong = words.shown_on(plain.heard)
    raw = plain.heard.encode()
    tally("hostile", "texts at prompts", tried=len(turns), named=len(turns), texts=len(words.pairs), bytes=len(raw))
    assert not_ours(raw, prompts=True) == []
    assert wrong == []
    assert places() - found == ELSEWHERE
