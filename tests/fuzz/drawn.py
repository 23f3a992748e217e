"""Inputs to draw: texts, JSON, files, all near to what is good, since what is far from it is refused at once."""

import copy
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

Json = Any
T = TypeVar("T")
Place = tuple[str | int, ...]

HOSTILE: Final = (
    *("\x00", "\x07", "\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b2J", "\x7f", "\r", "\n", "\r\n", "\x0b", "\x85", "\t"),
    *("\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\ufffd", "\ufffe", "\U000e0041", "\ud800", "\udfff", "\u0301"),
    *("ﬀ", "\u0130", "ß", "\uff11", "\u0660", "²", "½", "Ⅷ", "\U0001f9d1\u200d\u2695\ufe0f", "한", "\u1160", "\u1100"),
    *("'", '"', "\\", "/", "..", "%00", "%2e", "{", "}", "{{", "{env:HOME}", "{outbox}", "[/]", "<b>", "&", "@", "=?"),
    *("PO BOX ", "P.O.", "#", "-", "+1", "(", "0" * 40, "9" * 400, "a" * 300, " " * 300, "e\u0301" * 50, "null", "NaN"),
    *("1000000012", "219-09-9871", "02/30/2024", "02/29/1900", "62701", "IL", "amelia@example.com", "xn--", "::1"),
)
"""What has troubled programs, ours and others."""


def texts(longest: int = 40) -> st.SearchStrategy[str]:
    """Text of all kinds, also with halves of characters."""
    characters = st.characters(codec=None)
    pieces = st.lists(st.sampled_from(HOSTILE) | st.text(characters, max_size=4), max_size=8).map("".join)
    return st.text(characters, max_size=longest) | pieces


def mostly(value: T) -> st.SearchStrategy[T]:
    """`value` three times as often as what is joined to it."""
    return st.just(value) | st.just(value) | st.just(value)


NUMBERS: Final = (
    st.sampled_from((0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -1e308, 0.1)) | st.integers()
)

JSON: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | texts(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(12), inner, max_size=4),
    max_leaves=12,
)


def places(value: Json, path: Place = ()) -> list[Place]:
    """Where in a document something stands, the whole of it first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, each in inner for place in places(each, (*path, name)))]


@st.composite
def spoiled(draw: st.DrawFn, documents: Sequence[Json]) -> Json:
    """One of `documents` with up to three things in it replaced, left out or added."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)))
        if not path:
            continue
        parent = document
        for name in path[:-1]:
            parent = parent[name]
        match draw(st.sampled_from(("replace", "replace", "text", "remove", "add"))):
            case "replace":
                parent[path[-1]] = draw(JSON)
            case "text" if isinstance(parent[path[-1]], str):
                parent[path[-1]] = draw(mixed(parent[path[-1]]))
            case "remove":
                del parent[path[-1]]
            case "add" if isinstance(parent, dict):
                parent[draw(texts(12))] = draw(JSON)
    return document


@st.composite
def mixed(draw: st.DrawFn, text: str) -> str:
    """`text` with something else put into it, cut out of it, or said twice."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        middle = draw(st.sampled_from(("", text[start:end] * 2, *HOSTILE)) | texts(8))
        text = text[:start] + middle + text[end:]
    return text


@st.composite
def broken(draw: st.DrawFn, files: Sequence[bytes]) -> bytes:
    """One of `files` with some bytes of it changed, cut off, left out or said twice."""
    content = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 3))):
        # Where formats have their lengths and tables, at the beginning, more is hit than in the middle of a picture,
        # but seldom what says of which format it is.
        reach = draw(st.sampled_from((128, 512, 4096, len(content))))
        last = max(0, min(reach, len(content)) - 1)
        at = draw(st.integers(min(draw(st.sampled_from((12, 12, 12, 0))), last), last))
        match draw(st.sampled_from(("byte", "word", "cut", "out", "twice"))):
            case "byte":
                content[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "word":
                edge = st.sampled_from(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0")
                )
                content[at : at + 4] = draw(edge | st.binary(min_size=4, max_size=4))
            case "cut":
                del content[at:]
            case "out":
                del content[at : at + draw(st.integers(1, 64))]
            case "twice":
                content[at:at] = content[at : at + draw(st.integers(1, 512))]
    return bytes(content)
