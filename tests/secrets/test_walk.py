"""The whole way in a terminal with canaries planted in all that is asked, sent and shown; then everything is searched.

The program runs with every switch thrown that makes programs and libraries talkative, in a home of its own.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from iprescribe_tui.help import page
from iprescribe_tui.journey.steps import Step
from tests.secrets.canaries import found, found_in_files
from tests.secrets.inside import Looker
from tests.secrets.planting import METADATA, PERSONAL, TYPED, Planter, put_photos
from tests.secrets.watched import clipboard, sampled
from tests.tally import Tally
from tests.terminal.terminal import COMMAND, Terminal, children_of, environment, until_gone
from tests.terminal.walk import step_on

ROOT = Path(__file__).parents[2]
STATE = ".local/state/iprescribe-tui"
MESSAGES = (Step.EMAIL_CONFIRMATION, Step.MFA_CODE, Step.PHONE_LINK)
TOLD = (*MESSAGES, Step.MFA_TOTP, Step.RECOVERY_CODE, Step.DOCUMENT, Step.CONSENT)
"""Where the backend's secrets are asked for: where it shows some, and at the end for the tokens."""

PALETTE = ("\x10", "\x1c")
"""Ctrl+P and Ctrl+\\, which open Textual's command palette where it has one."""

COMMANDS = (
    "doctor",
    "doctor --json",
    "doctor --bundle bundle.json",
    "status --json",
    "receipts --json",
    "sign-out",
)


def kept_by_the_page() -> set[str]:
    """What the table of the page "kept" says that there is below the state folder."""
    return set(re.findall(r"`~/\.local/state/iprescribe-tui/([\w./-]+)`", page("kept")))


@dataclass
class Way:
    """What came of a walk: all secrets that there were, and what was seen of the program."""

    home: Path
    temporary: Path
    photos: list[bytes]
    passed: set[str] = field(default_factory=set)
    """Secrets of steps: typed, sent, shown."""
    lasting: set[str] = field(default_factory=set)
    """Tokens, and the key to the sandbox's messages."""
    held: list[str] = field(default_factory=list)
    looks: int = 0
    under_way: dict[str, list[str]] = field(default_factory=dict)
    """The personal data in each file, just before the end."""

    @property
    def secrets(self) -> set[str]:
        """All of them."""
        return self.passed | self.lasting

    def files(self) -> list[Path]:
        """All files but the photos themselves."""
        files = [file for folder in (self.home, self.temporary) for file in folder.rglob("*") if file.is_file()]
        return [file for file in files if file.parent != self.home / "photos"]

    def personal(self) -> dict[str, list[str]]:
        """Each file, with the personal data in it."""
        return {str(file): found(bytes(file) + file.read_bytes(), PERSONAL) for file in self.files()}


def talkative(folder: Path, home: Path, temporary: Path) -> dict[str, str]:
    """An environment in which all that can be told is told, and every file that is written is noted."""
    return {
        "TEXTUAL": "devtools,debug",
        "TEXTUAL_LOG": str(home / "textual.log"),
        "TEXTUAL_DEBUG": "1",
        "TEXTUAL_SCREENSHOT": "3",
        "TEXTUAL_SCREENSHOT_LOCATION": str(home),
        "SSLKEYLOGFILE": str(home / "keys.log"),
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONPATH": f"{ROOT}:{Path(__file__).parent / 'watching'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "WATCHED": str(folder / "watched"),
        "TMPDIR": str(temporary),
    }


@pytest.mark.matrix
def test_nothing_that_was_planted_is_found_where_it_must_not_be(tmp_path: Path, tally: Tally) -> None:
    """With a code generator: its key is one secret more than codes that are sent."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    way = Way(home, temporary, put_photos(home / "photos"))
    looker = Looker(tmp_path / "looker")
    with Terminal(looker.command, home=home, env=talkative(tmp_path, home, temporary)) as terminal:
        planter = Planter(terminal)
        planter.applicant.method = "3"
        with sampled(terminal.pid) as samples:
            register(planter, looker, way)
        sandbox = children_of(terminal.pid)
        terminal.press("f4")
        terminal.until("Saved as")
        terminal.press("enter")
        assert terminal.finish() == 0
    until_gone(sandbox, 20)
    assert len(way.secrets) > 10
    hits: list[object] = []

    def count(place: str, searches: int, canaries: int, found_there: list[str]) -> None:
        tally("canaries", place, searches=searches, canaries=canaries, hits=len(found_there))
        hits.extend((place, each) for each in found_there)

    secrets, everything = len(way.secrets), len(way.secrets) + len(PERSONAL)
    count("memory, after each step", way.looks, len(way.passed), way.held)
    count("files of home and TMPDIR", len(way.files()), secrets, found_in_files([home, temporary], way.secrets))
    written = set((tmp_path / "watched").read_text(errors="surrogateescape").split("\n")) - {""}
    count("files that no page names", len(written), 0, strays(written, way, tmp_path / "looker"))
    for row, there, places in (
        ("personal data, under way", way.under_way, ("drafts", "sandbox")),
        ("personal data, at the end", way.personal(), ("receipts", "sandbox")),
    ):
        allowed = tuple(f"{home}/{STATE}/{place}/" for place in places)
        assert any(words for file, words in there.items() if file.startswith(allowed)), "nothing was looked for"
        wrong = [f"{file}: {words}" for file, words in there.items() if words and not file.startswith(allowed)]
        count(row, len(there), len(PERSONAL), wrong)
    count("photos' bytes and remarks", len(way.files()), len(METADATA) + len(way.photos), of_photos(way))
    assert {name for name, _ in samples} == {"cmdline", "environ"}
    shown = [f"{name}: {word}" for name, text in samples for word in found(text, {*way.secrets, *PERSONAL})]
    count("command lines, environments", len(samples), everything, shown)
    unseen = {*TYPED, *way.lasting}
    count("bytes sent to the terminal", 1, len(unseen), found(terminal.raw, unseen))
    count("clipboard (OSC 52)", 1, secrets, [repr(each) for each in clipboard(terminal.raw)])
    count("terminal, after leaving", 1, everything, found(terminal.outside.encode(), {*way.secrets, *PERSONAL}))
    for command in COMMANDS:
        personal = () if "receipts" in command else PERSONAL
        count(
            "doctor and other commands",
            1,
            secrets + len(personal),
            found(said(way, command), {*way.secrets, *personal}),
        )
    assert hits == [], "\n".join(map(str, hits))


def register(planter: Planter, looker: Looker, way: Way) -> None:
    """Answer every step; where a secret is done with, look into the program for it and for those before it."""
    terminal = planter.terminal
    while (step := until_some_step(terminal)) is not Step.DONE:
        if step is Step.CONSENT:
            way.under_way = way.personal()
        terminal.press(*PALETTE)
        with aside(terminal, step):
            passing, lasting = looker.known(terminal) if step in TOLD else ([], [])
            if step is Step.DOCUMENT:
                send_too_much(next(each for each in passing if each in terminal.text), terminal)
        way.lasting |= set(lasting)
        planter.answer(step)
        done_with = {*passing, *planter.secrets} - way.passed
        way.passed |= done_with
        if done_with:
            way.looks += 1
            way.held += [f"after {step}: {each}" for each in looker.held(terminal, sorted(way.passed))]


def until_some_step(terminal: Terminal) -> Step:
    """Wait until a step shows; which."""
    terminal.until_true(lambda: step_on(terminal) is not None, "a step")
    step = step_on(terminal)
    assert step
    return step


@contextmanager
def aside(terminal: Terminal, step: Step) -> Iterator[None]:
    """With what was sent for `step` in sight: the messages, or the address for a phone; then the step again."""
    key, shows = ("f6", "F5 New link") if step is Step.DOCUMENT else ("f2", "Messages that the sandbox sent")
    if step not in (Step.DOCUMENT, *MESSAGES):
        yield
        return
    terminal.press(key)
    terminal.until(shows)
    if step in MESSAGES:
        terminal.until_true(lambda: "Looking for" not in terminal.words, "the messages")
    yield
    terminal.press("f9")
    terminal.until_true(lambda: shows not in terminal.words and step_on(terminal) is step, f"{step} again")


def send_too_much(code: str, terminal: Terminal) -> None:
    """Send from a phone what is no photo, and so large that it is laid aside while it comes in."""
    found_url = re.search(rf"http://\S+{re.escape(code)}", terminal.text, re.IGNORECASE)
    assert found_url
    with suppress(httpx.ReadError):
        httpx.post(found_url[0], files={"front": ("front.jpg", b"PlantedPicture" * 200_000)}, trust_env=False)
    terminal.until("This file is not a photo")


def strays(written: set[str], way: Way, looker: Path) -> list[str]:
    """What was written at places that the page "kept" does not name; folders above those are no places."""
    kept = [f"{way.home}/{STATE}/{name}" for name in kept_by_the_page()]
    assert len(kept) >= 4
    assert "`$XDG_RUNTIME_DIR/iprescribe-tui/sandbox-….key`" in page("kept")
    kept += [f"{os.environ['XDG_RUNTIME_DIR']}/iprescribe-tui/{name}sandbox-" for name in ("", ".")]
    folders = {str(parent) for path in kept for parent in Path(path).parents}
    fine = ("/dev/", str(looker), *kept)
    return sorted(path for path in written if path not in folders and not path.startswith(fine))


def of_photos(way: Way) -> list[str]:
    """Files with the bytes or the remarks of a photo as it was given, and pictures that are left of it."""
    kept = {str(file): file.read_bytes() for file in way.files()}
    left = [str(file) for file in (way.home / STATE / "sandbox/evidence").iterdir()]
    return left + [
        file for file, content in kept.items() if found(content, METADATA) or any(p in content for p in way.photos)
    ]


def said(way: Way, command: str) -> bytes:
    """What a command says after all, on the terminal and into a file."""
    done = subprocess.run(
        [*COMMAND, *command.split()], env=environment(way.home), cwd=way.home, capture_output=True, timeout=90
    )
    assert done.stdout
    bundle = way.home / "bundle.json"
    return done.stdout + done.stderr + (bundle.read_bytes() if bundle.exists() else b"")
