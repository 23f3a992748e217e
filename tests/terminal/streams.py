"""Bytes that terminals send: what a person typed, mixed with keys that type nothing, reports, and broken pieces."""

import random
from collections.abc import Callable
from dataclasses import dataclass

REPORTS = [
    b"\x1b[?61;6;7c",
    b"\x1b[>41;354;0c",
    b"\x1b[0n",
    b"\x1b[12;40R",
    b"\x1b[1;1R",
    b"\x1b[8;24;80t",
    b"\x1b[48;24;80;480;800t",
    b"\x1b[?2026;2$y",
    b"\x1b[?2048;1$y",
    b"\x1b[4;1$y",
    b"\x1b[?25u",
    b"\x1b]10;rgb:ffff/ffff/ffff\x07",
    b"\x1b]11;rgb:0/0/0\x1b\\",
    b"\x1b]52;c;cGFzc3dvcmQ=\x1b\\",
    b"\x1b]l\xe2\x9c\x93 title\x1b\\",
    b"\x1b]4;1;rgb:a/b/c\x9c",
    b"\x1bP>|XTerm(370)\x1b\\",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1bP!|00000000\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^private\x1b\\",
    b"\x1bXany\x1b\\",
    b"\x1b[I",
    b"\x1b[O",
]
"""Replies and reports, which no key sends."""

MICE = [b"\x1b[<0;10;5M", b"\x1b[<35;1;1m", b"\x1b[32;10;5M", b"\x1b[M !!", b"\x1b[M#\xc3\xa9", b"\x1b[M\x40\xff\x80"]

SILENT_KEYS = [
    b"\x1b[97;1:3u",
    b"\x1b[1;1:3A",
    b"\x1b[13;1:3u",
    b"\x1b[57358;65;65u",
    b"\x1b[57360;129u",
    b"\x1b[57441;2u",
    b"\x1b[57441;2:3u",
    b"\x1b[57430u",
    b"\x1b[99;3u",
    b"\x1b[115;9u",
    b"\x1bq",
    b"\x1b7",
    b"\x1b\xc3\xa9",
    b"\x1b[F",
    b"\x1bOF",
    b"\x1b[4~",
    b"\x1b[220z",
    b"\x1b[E",
    b"\x1b[25~",
    b"\x1b[1;2:3P",
    b"\x1b[999999999999u",
    b"\x1b[1114112u",
    b"\x1b[55296;1;55296u",
    b"\x1b[;;u",
    b"\x1b[200;1;3;4~",
    b"\x1b[99$",
    b"\x1b[201~",
]
"""Keys that type nothing and move nothing at the end of a line, released keys, and what cannot be read."""

TYPED_KEYS = {
    b"\x1b[97;1;97u": "a",
    b"\x1b[97:65;2u": "A",
    b"\x1b[97;1:2;97u": "a",
    b"\x1b[27;2;66~": "B",
    b"\x1b[57400;129;49u": "1",
    b"\x1b[0;;229u": "å",
    b"\x1bOp": "0",
    b"\x1b[32u": " ",
    b"\x1b[97;65u": "A",
}
"""Keys that type a character, as other protocols than plain text send them."""

CHARACTERS = "abcXYZ0189 -.,#@!é日ñ"
UNDECODABLE = [b"\xff", b"\xc0", b"\xe9", b"\xe1", b"\xe6\x97", b"\x80", b"\xf0\x9f\x98"]


@dataclass(frozen=True)
class Stream:
    """Bytes, and what a field holds after them."""

    sent: bytes
    typed: str


def random_stream(random: random.Random, limit: int = 2048, typed_limit: int = 40) -> Stream:
    """Return up to `limit` bytes; what is typed in them is at most about `typed_limit` characters."""
    length = int(limit * random.random() ** 2)
    sent, typed, text = bytearray(), "", bytearray()
    while len(sent) < length:
        piece, said, is_text = _piece(random, may_type=len(typed) + len(text) < typed_limit)
        if is_text:
            text += piece
        else:
            typed += text.decode("utf-8", "replace") + said
            text.clear()
        if len(sent) + len(piece) > limit:
            break
        sent += piece
    return Stream(bytes(sent), typed + text.decode("utf-8", "replace"))


def _piece(random: random.Random, *, may_type: bool) -> tuple[bytes, str, bool]:
    """Some bytes, the text that they stand for if they are not it themselves, and whether they are."""
    ways: list[Callable[[], tuple[bytes, str, bool]]] = [
        lambda: (random.choice(REPORTS), "", False),
        lambda: (random.choice(MICE), "", False),
        lambda: (random.choice(SILENT_KEYS), "", False),
    ]
    if may_type:
        ways += [
            lambda: (random.choice(CHARACTERS).encode(), "", True),
            lambda: (random.choice(UNDECODABLE), "", True),
            lambda: (*random.choice(list(TYPED_KEYS.items())), False),
            lambda: _paste(random),
        ]
    return random.choice(ways)()


def _paste(random: random.Random) -> tuple[bytes, str, bool]:
    words = "".join(random.choices(CHARACTERS.replace(" ", ""), k=random.randint(1, 6)))
    inside = random.choice(["", "\x1b[31m", "\x00", "\x1b[K", "\x1b[<0;1;1M"])
    return f"\x1b[200~{inside}{words}\x1b[201~".encode(), words, False


def pieces_of(random: random.Random, data: bytes) -> list[bytes]:
    """`data` as it may come in: cut anywhere."""
    cuts = sorted(random.choices(range(len(data) + 1), k=random.randint(0, 6)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
