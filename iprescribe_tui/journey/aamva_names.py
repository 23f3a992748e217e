"""A person's name in an AAMVA barcode: in one element, in two or in four, by the standard's version and the state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Names", "is_suffix", "names_in"]

_SUFFIX = re.compile(r"(?:JR|SR|1ST|2ND|3RD|[4-9]TH|I{1,3}|IV|VI{0,3}|IX)\.?", re.IGNORECASE)


def is_suffix(part: str) -> bool:
    """Whether a part of a name is one of those that AAMVA D20 lists as name suffix, such as JR or III."""
    return _SUFFIX.fullmatch(part) is not None


@dataclass(frozen=True)
class Names:
    """The parts of a name, "" for each that is not there."""

    ELEMENTS: ClassVar = ("DAA", "DAB", "DAC", "DAD", "DAE", "DCS", "DCT", "DCU")

    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""


def names_in(elements: Mapping[str, str]) -> Names:
    """The name in the values of `Names.ELEMENTS`.

    DCS, DAC, DAD and DCU are the family, first, middle names and suffix since version 4; versions 2 and 3 have first
    and middle names together in DCT; DL/ID-2000 has DAB, DAC, DAD and DAE, and the whole name in DAA.
    """
    family = _plain(elements["DCS"] or elements["DAB"])
    suffix = _plain(elements["DCU"] or elements["DAE"])
    given, middle = _plain(elements["DAC"]), _plain(elements["DAD"])
    if elements["DAC"].strip(" ,").count(",") and not middle:
        given, middle = _given(elements["DAC"])
    if not given:
        given, more = _given(elements["DCT"])
        middle = middle or more
    if elements["DAA"] and not (family and given):
        return _whole(elements["DAA"])
    return Names(family, given, middle, suffix)


def _given(value: str) -> tuple[str, str]:
    """First and middle names out of all given names, which commas part (Virginia), or else spaces."""
    first, _, rest = (value if "," in value else value.replace(" ", ",", 1)).strip(" ,").partition(",")
    return first.strip(), _plain(rest)


def _whole(value: str) -> Names:
    """The whole name in DAA: last,first,middle,suffix, with `,` or `$` between them, whatever of that is there.

    First and middle names are one part in Louisiana and Oregon. Without commas it is first, middle, last
    (Pennsylvania).
    """
    parts = [part.strip() for part in value.replace("$", ",").split(",")]
    if len(parts) == 1:
        words = value.split()
        suffix = words.pop() if len(words) > 2 and is_suffix(words[-1]) else ""
        family = words.pop() if words else ""
        return Names(family, words[0] if words else "", " ".join(words[1:]), suffix)
    family, given, *more = parts
    suffix = more.pop() if len(more) > 1 or (more and is_suffix(more[-1])) else ""
    middle = " ".join(part for part in more if part)
    if not middle and " " in given:
        given, middle = given.split(None, 1)
    return Names(family, given, middle, suffix)


def _plain(value: str) -> str:
    """A value in which commas part several names, with spaces instead."""
    return " ".join(value.replace(",", " ").split())
