"""Looks for secrets in all that the garbage collector can reach of a running program."""

import gc
import sys
from collections.abc import Iterator, Sequence
from types import FrameType, GeneratorType
from typing import Any

from tests.secrets.canaries import SHORT

_DEEP = 4


def held(planted: Sequence[str]) -> list[str]:
    """Which of `planted` any living object holds, each with the chain of those who hold it.

    Secrets are given backwards, so that the search does not find what it is looking for. One that is nearly whole
    counts: all but its last character is what is held on to key by key.
    """
    needles = [secret[::-1] for spelt in planted for secret in {spelt, spelt.replace("-", "")}]
    needles = [needle if len(needle) < SHORT else needle[:-1] for needle in needles]
    as_bytes = [needle.encode() for needle in needles]
    own = set(map(id, (*needles, *as_bytes)))
    gc.collect()
    parents: dict[int, Any] = {}
    return [
        f"{needle[:3]!r}… as {type(text).__name__} in {_chain(parents, text)}"
        for text in _texts(parents)
        for needle in (needles if isinstance(text, str) else as_bytes)
        if needle in text and id(text) not in own and _counts(needle, text)  # type: ignore[operator]  # alike in kind
    ]


def _counts(needle: Any, text: Any) -> bool:
    """Whether it is no chance: six digits stand in many a number, so they must stand alone."""
    if len(needle) >= SHORT:
        return True
    before, behind = text.partition(needle)[::2]
    return not before[-1:].isdigit() and before[-1:] not in (".", b".") and not behind[:1].isdigit()


def _texts(parents: dict[int, Any]) -> Iterator[str | bytes | bytearray]:
    """Every text and run of bytes; `parents` comes to know through what each was found."""
    waiting: list[Any] = gc.get_objects()
    for frame in sys._current_frames().values():
        waiting += _frames(frame)
    mine = {id(waiting), id(parents)}
    seen = set(map(id, waiting)) | mine
    while waiting:
        each = waiting.pop()
        for inner in gc.get_referents(each):
            if id(inner) not in seen:
                seen.add(id(inner))
                parents[id(inner)] = each
                if isinstance(inner, str | bytes | bytearray):
                    yield inner
                else:
                    waiting.append(inner)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            yield frame
        frame = frame.f_back


def _chain(parents: dict[int, Any], text: object) -> str:
    """Who holds `text`, and who holds that one, by types and names alone."""
    each = parents.get(id(text))
    chain = []
    for _ in range(_DEEP):
        if each is None:
            break
        name = getattr(each, "__qualname__", "") or getattr(getattr(each, "f_code", None), "co_qualname", "")
        chain.append(f"{type(each).__qualname__} {str(name)[:60]}".strip())
        above = parents.get(id(each))
        each = above if above is not None else _referrer(each, parents)
    return " < ".join(chain)


def _referrer(each: object, parents: dict[int, Any]) -> object:
    """One that refers to an object which the collector knows by itself."""
    searching = (list, FrameType, GeneratorType)
    return next((one for one in gc.get_referrers(each) if one is not parents and not isinstance(one, searching)), None)
