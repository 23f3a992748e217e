"""What a terminal's bytes become: characters, keys by Textual's names, pastes; and nothing where they are no key."""

import random
from pathlib import Path

import pytest
from textual import events
from textual.message import Message

from iprescribe_tui.front_ends.tui.terminal_bytes import PASTE_LIMIT, TerminalBytes
from iprescribe_tui.front_ends.tui.terminal_driver import messages_of
from iprescribe_tui.front_ends.tui.terminal_keys import KeyReader
from iprescribe_tui.front_ends.tui.widgets.inputs import LineInput
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed_at
from tests.terminal.streams import Stream, pieces_of, random_stream

SEED = 20261128


class Clock:
    """A clock in seconds that stands still until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Reader:
    """The driver's reading of bytes, without a thread."""

    def __init__(self, described: dict[str, str] | None = None) -> None:
        self.clock = Clock()
        self.bytes, self.keys = TerminalBytes(clock=self.clock), KeyReader(described or {})

    def read(self, *pieces: bytes, silence: float = 5.0) -> list[Message]:
        """What Textual is told of `pieces`, and of nothing coming after them for so many seconds."""
        tokens = [token for piece in pieces for token in self.bytes.feed(piece)]
        for _ in range(4):
            self.clock.seconds += silence / 4
            tokens += self.bytes.tick()
        return [message for token in tokens for message in messages_of(token, self.keys)]


def told(*pieces: bytes, described: dict[str, str] | None = None) -> list[str]:
    """The same as words: characters as they are, keys as <name>, pastes in quotes."""
    words = []
    for message in Reader(described).read(*pieces):
        if isinstance(message, events.Key):
            words.append(message.character if message.is_printable and message.character else f"<{message.key}>")
        elif isinstance(message, events.Paste):
            words.append(repr(message.text))
        else:
            words.append(type(message).__name__)
    return words


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"\xe9", "�"),
        (b"a\xe1b", "a � b"),
        ("é日".encode(), "é 日"),
        ("日".encode()[:2], "�"),
        ("日".encode()[:2] + b"a", "� a"),
        (b"\xff\x1b[A", "� <up>"),
        (b"\xc2\x9bA", "A"),  # a C1 control is no character
        # kitty's protocol and xterm's modifyOtherKeys
        (b"\x1b[97;1:3u", ""),
        (b"\x1b[97;1:2u", "a"),
        (b"\x1b[1;1:3A", ""),
        (b"\x1b[1;1:2A", "<up>"),
        (b"\x1b[13;1:3u", ""),
        (b"\x1b[13u", "<enter>"),
        (b"\x1b[97:65;2u", "A"),
        (b"\x1b[97::113;1u", "a"),
        (b"\x1b[97;;229u", "å"),
        (b"\x1b[97;5u", "<ctrl+a>"),
        (b"\x1b[97;5;97u", "<ctrl+a>"),
        (b"\x1b[64;7;64u", "@"),  # AltGr of a German keyboard, as Ctrl+Alt
        (b"\x1b[9;2u", "<shift+tab>"),
        (b"\x1b[27;2;65~", "A"),
        (b"\x1b[27;5;13~", "<ctrl+enter>"),
        (b"\x1b[57414u", "<enter>"),
        (b"\x1b[57400;129u", "1"),
        (b"\x1b[97;1:9u", ""),
        (b"\x1b[97;999u", ""),
        (b"\x1b[97;1;1114112u", "a"),
        (b"\x1b[99999999999999999999u", ""),
        (b"\x1b[" + b"9" * 5000 + b"u", ""),
        # locks and modifiers
        (b"\x1b[57358;65;65u", ""),
        (b"\x1b[57360u", ""),
        (b"\x1b[57359;1;97u", ""),
        (b"\x1b[57441;2u", ""),
        (b"\x1b[57453;1;64u", ""),
        # replies and reports
        (b"\x1b[?61;6;7cx", "x"),
        (b"\x1b]10;rgb:f/f/f\x07x", "x"),
        (b"\x1b]11;rgb:f/f/f\x1b\\x", "x"),
        (b"\x1b]52;c;aGk=\x1b\\x", "x"),
        (b"\x1bP>|XTerm(370)\x1b\\x", "x"),
        (b"\x1b_Gi=1;OK\x1b\\x", "x"),
        (b"\x1b[?2026;2$yx", "TerminalSupportsSynchronizedOutput x"),
        (b"\x1b[?2048;2$yx", "x"),
        (b"\x1b[48;24;80;480;800tx", "x"),
        (b"\x1b[8;24;80tx", "x"),
        (b"\x1b[12;40Rx", "x"),
        (b"\x1b[1;1R", ""),  # where the cursor is; not F3
        (b"\x1b]52;c;aGk=", ""),  # broken off
        (b"\x1b]11;rgb\x1b[A", "<up>"),
        (b"\x1b]11;rgb\x11", "<ctrl+q>"),
        (b"\x1b[?61;\x11", "<ctrl+q>"),
        (b"\x1b[<0;10;5Mx", "x"),
        (b"\x1b[M !!x", "x"),
        (b"\x1b[M\x20\xc3\xa9x", "x"),
        # function keys of PuTTY's VT100+ and SCO, of Sun, Linux, rxvt, aixterm
        (b"\x1bOT", "<f5>"),
        (b"\x1bOY", "<f10>"),
        (b"\x1bO[", "<f12>"),
        (b"\x1b[M", "<f1>"),
        (b"\x1b[N", "<f2>"),
        (b"\x1b[V", "<f10>"),
        (b"x\x1b[Q", "x <f5>"),
        (b"\x1b[Q", "<f2>"),  # kitty's: no letter came as itself yet
        (b"\x1b[224z", "<f1>"),
        (b"\x1b[233z", "<f10>"),
        (b"\x1b[192z", "<f11>"),
        (b"\x1b[[E", "<f5>"),
        (b"\x1b[11~", "<f1>"),
        (b"\x1b[010q", "<f10>"),
        (b"\x1bO5P", "<ctrl+f1>"),
        (b"\x1b[5$x", "x"),
        # Escape and Alt
        (b"\x1b", "<escape>"),
        (b"\x1b\x1b", "<escape> <escape>"),
        (b"\x1ba", "<alt+a>"),
        (b"\x1b\xc3\xa9x", "x"),
        (b"\x1b\x1b[A", "<alt+up>"),
        (b"\x1b]abc", "<alt+right_square_bracket> a b c"),
        (b"\x1bPabc", "<alt+P> a b c"),
        # pastes
        (b"\x1b[200~a\rb\x1b[201~x", "'a\\rb' x"),
        (b"\x1b[200~\x1b[31mred\x1b[0m\x00\x1b[201~", "'red'"),
        (b"\x1b[200~abc", "'abc'"),
        (b"\x1b[200~abc\x11", "'abc' <ctrl+q>"),
        (b"\x1b[200~abc\x1bOP", "'abc' <f1>"),
        (b"\x1b\x1b[200~abc\x1b[201~", "<escape> 'abc'"),
        (b"\x1b[201~x", "x"),
    ],
    ids=ascii,
)
def test_bytes_become(sent: bytes, expected: str) -> None:
    assert " ".join(told(sent)) == expected
    assert " ".join(told(*(bytes([byte]) for byte in sent))) == expected, "byte by byte"


def test_what_terminfo_says_of_this_terminal_goes_first() -> None:
    assert told(b"\x1b[P", described={"[P": "delete"}) == ["<delete>"]


def test_a_paste_is_taken_up_to_a_size() -> None:
    sent = b"\x1b[200~" + b"a" * (3 * PASTE_LIMIT)
    pasted, *after = Reader().read(sent, b"\x1bOP")
    assert isinstance(pasted, events.Paste)
    assert len(pasted.text) == PASTE_LIMIT
    assert [key.key for key in after if isinstance(key, events.Key)] == ["f1"]


def test_nothing_typed_or_pasted_is_kept() -> None:
    reader = Reader()
    reader.read(b"canary-typed \x1b[200~canary-pasted\x1b[201~ \x1b[99;1;99u")
    assert "canary" not in repr(vars(reader.bytes))
    assert not reader.bytes._tokens


def test_random_streams_hold_what_was_typed() -> None:
    """2,000 streams, whole and cut anywhere; a failure names the seed that makes the same stream again."""
    for number in range(2000):
        dice = random.Random(SEED + number)
        stream = random_stream(dice)
        for pieces in ([stream.sent], pieces_of(dice, stream.sent)):
            assert typed_in(pieces) == stream.typed, f"seed {SEED + number}: {stream.sent!r}"


def test_random_bytes_end_nothing() -> None:
    for number in range(2000):
        dice = random.Random(SEED + number)
        Reader().read(*pieces_of(dice, dice.randbytes(dice.randint(0, 2048))))


def typed_in(pieces: list[bytes]) -> str:
    typed = ""
    for message in Reader().read(*pieces):
        if isinstance(message, events.Paste):
            typed += message.text
        elif isinstance(message, events.Key) and message.is_printable:
            typed += message.character or ""
    return typed


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


STREAMS = [60, pytest.param(700, marks=pytest.mark.matrix)]
"""How many at each step; with those of a plain run 2,280 in all."""


@pytest.mark.parametrize("count", STREAMS)
async def test_random_streams_in_a_field(machine: Machine, count: int) -> None:
    async with at_the_screens(machine) as person:
        await holds_each(person, "npi", count)


@pytest.mark.parametrize("count", STREAMS)
async def test_random_streams_in_an_address(machine: Machine, count: int) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await holds_each(person, "street", count)


@pytest.mark.parametrize("count", STREAMS)
async def test_random_streams_in_a_password(machine: Machine, count: int) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("1000000012\n")
        await person.answered("\n")
        await person.until_step(Step.CREDENTIALS)
        await holds_each(person, "password", count)


async def holds_each(person: Person, field: str, count: int) -> None:
    """Send streams to a field; it holds what was typed in each, and the program lives."""
    await person.go_to(field)
    for number in range(count):
        dice = random.Random(SEED + 1_000_000 + number)
        stream = random_stream(dice)
        await send(person, dice, stream)
        control = person.row(field).query_one(LineInput)
        assert person.app.is_running
        assert control.value == stream.typed, f"seed {SEED + 1_000_000 + number}"
        await person.press("end", "ctrl+u")


async def send(person: Person, dice: random.Random, stream: Stream) -> None:
    for message in Reader().read(*pieces_of(dice, stream.sent)):
        person.app.post_message(message)
    await person.settle()
