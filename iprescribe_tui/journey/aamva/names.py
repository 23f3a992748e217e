"""Names in an AAMVA barcode: in one, two or four elements, depending on the standard's version and the state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

__all__ = ["Names", "is_suffix", "names_in"]

_BETWEEN = re.compile(r"[,$@;^*/]")
"""Separators between the parts of a name: commas (the standard), `$` and `^` (magnetic stripes), and others."""
_SUFFIX = re.compile(r"(?:JR|SR|1ST|2ND|3RD|[4-9]TH|I{1,3}|IV|VI{0,3}|IX)\.?", re.IGNORECASE)


def is_suffix(part: str) -> bool:
    """Return True for a name suffix listed in AAMVA D20, such as JR or III."""
    return _SUFFIX.fullmatch(part) is not None


@dataclass(frozen=True)
class Names:
    """The parts of a name, "" for missing ones; `order_known` as in `IdCard`."""

    ELEMENTS: ClassVar = ("DAA", "DAB", "DAC", "DAD", "DAE", "DCS", "DCT", "DCU")

    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""
    order_known: bool = True


def names_in(elements: Mapping[str, str], *, family_unread: bool = False) -> Names:
    """Return the name in the values of `Names.ELEMENTS`; set `family_unread` if the family name cannot be read.

    Since version 4, DCS, DAC, DAD and DCU hold the family, first and middle names and the suffix. Versions 2 and 3 hold
    first and middle names together in DCT. DL/ID-2000 has DAB, DAC, DAD and DAE, and the full name in DAA. If no
    element holds the family name alone, DCT holds the full name.
    """
    parted = {key: _BETWEEN.sub(",", value).rstrip(" ,") for key, value in elements.items()}
    family = _plain(parted["DCS"] or parted["DAB"])
    suffix = _plain(parted["DCU"] or parted["DAE"])
    given, middle = _plain(parted["DAC"]), _plain(parted["DAD"])
    if "," in parted["DAC"] and not middle:
        given, middle = _given(parted["DAC"])
    if not given:
        given, more = _given(parted["DCT"])
        middle = middle or more
    if family and given:
        return Names(family, given, middle, suffix)
    if parted["DAA"]:
        whole = _whole(parted["DAA"])
    elif not (family or family_unread) and re.search("[ ,]", parted["DCT"]):
        # Given names come first in DCT; with commas, the family name may come first instead, as in DAA.
        by = "," if "," in parted["DCT"] else " "
        whole = replace(_in_order(parted["DCT"].split(by)), order_known=by == " ")
    elif not given and "," in parted["DCS"]:
        whole = _whole(parted["DCS"])
    else:
        return Names(family, given, middle, suffix)
    return replace(whole, middle=whole.middle or _plain(parted["DAD"]), suffix=whole.suffix or suffix)


def _given(value: str) -> tuple[str, str]:
    """Split given names into first and middle names, at commas (Virginia) or else at spaces."""
    first, _, rest = (value if "," in value else value.replace(" ", ",", 1)).strip(" ,").partition(",")
    return first.strip(), _plain(rest)


def _whole(value: str) -> Names:
    """Parse the full name in DAA: last,first,middle,suffix, some of which may be missing.

    Louisiana and Oregon have first and middle names in one part. Without commas it is first, middle, last
    (Pennsylvania).
    """
    if "," not in value:
        return _in_order(value.split())
    family, given, *more = (part.strip() for part in value.split(","))
    suffix = more.pop() if len(more) > 1 or (more and is_suffix(more[-1])) else ""
    middle = " ".join(part for part in more if part)
    if not middle and " " in given:
        given, middle = given.split(None, 1)
    return Names(family, given, middle, suffix)


def _in_order(parts: list[str]) -> Names:
    """Parse a name in spoken order: first, middle, last, suffix; the first part may include the middle names."""
    words = [part.strip() for part in parts if part.strip()]
    suffix = words.pop() if len(words) > 2 and is_suffix(words[-1]) else ""
    family = words.pop() if words else ""
    given = " ".join(words).split()
    return Names(family, given[0] if given else "", " ".join(given[1:]), suffix)


def _plain(value: str) -> str:
    """Replace the commas between several names with spaces."""
    return " ".join(value.replace(",", " ").split())
