"""Another machine's backend offers to take over what its own step refuses: the program leaves it out, and says why."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.offering import without_refused_address
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import FormView, Position
from tests.backend import RunningSandbox
from tests.hostile.peer import Peer, Turn, speaking
from tests.plain.person import HAPPY, Plain
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import fill

REFUSED = [
    ({"street": "PO Box 1187"}, "is a PO Box."),
    ({"street": "400 Lake St", "suite": "P.O. Box 12"}, "is a PO Box."),
    ({"street": "General Delivery"}, "is mail held at a post office."),
    ({"street": "Box 63 Springfield"}, "is a box without a street."),
]
WHY = "The address on file can't be used here."


@contextmanager
def offering(sandbox: RunningSandbox, step: Step, on_file: Mapping[str, str], label: str) -> Iterator[Peer]:
    """A backend whose registrations begin at `step`, and which offers `on_file` there besides what the sandbox does."""
    walk = sandbox.registration_at(step)
    view = sandbox.call("GET", f"/v1/registrations/{walk.id}", token=walk.token()).json()
    on_file = {**view["on_file"], "city": "Springfield", "state": "IL", "zip_code": "62701", **on_file}
    view |= {"on_file": on_file, "on_file_label": label, "notices": []}
    with speaking(Peer(sandbox.call("GET", "/v1/service").json(), turns=[Turn(view)])) as peer:
        yield peer


@pytest.mark.parametrize(("on_file", "fault"), REFUSED)
def test_the_screen_offers_no_address_that_it_refuses(
    on_file: Mapping[str, str], fault: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with (
        offering(sandbox, Step.PRACTICE, on_file, "the address on file") as peer,
        Terminal(program(peer.url), home=tmp_path) as terminal,
    ):
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until("Practice name", WHY, fault)
        assert "F3" not in terminal.words
        terminal.press("f3", "x")
        terminal.until_true(lambda: terminal.line("Practice name") == "x", "what was typed behind F3")
        assert terminal.line("City") != "Springfield"


@pytest.mark.parametrize(("on_file", "fault"), REFUSED)
def test_the_prompts_offer_no_address_that_they_refuse(
    on_file: Mapping[str, str], fault: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with (
        offering(sandbox, Step.PRACTICE, on_file, "the address on file") as peer,
        Plain("--plain", "--backend", peer.url, home=tmp_path, term="xterm") as plain,
    ):
        plain.prompt()
        assert "Practice name" in plain.type(HAPPY)
        said = " ".join(plain.heard.split())
        assert WHY in said
        assert fault in said
        assert "/file" not in said
        plain.child.send("!\n")
        assert plain.end() == Ending.LEFT


def test_the_rest_of_what_an_id_says_is_offered_without_its_po_box() -> None:
    said = {"first_name": "Amelia", "street": "PO Box 1187", "suite": "", "city": "Springfield", "zip_code": "62701"}
    step = Step.ATTRIBUTES_REVIEW
    view = FormView(step=step, position=Position.of(step), on_file=said, on_file_label="what the ID says")
    shown = without_refused_address(view)
    assert (shown.on_file, shown.on_file_label) == ({"first_name": "Amelia"}, "what the ID says")
    assert [notice.text.startswith(WHY) for notice in shown.notices] == [True]
    assert without_refused_address(shown) == shown


def test_an_address_that_passes_is_offered_as_it_is(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with (
        offering(sandbox, Step.PRACTICE, {"street": "Dr. Po 400 Lake St"}, "the address on file") as peer,
        Terminal(program(peer.url), home=tmp_path) as terminal,
    ):
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until("F3 Use the address on file")
        terminal.press("f3")
        terminal.until_true(lambda: terminal.line("Street") == "Dr. Po 400 Lake St", "the address on file")
