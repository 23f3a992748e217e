"""Finds the boxes that the two lines of an address name, in one line or split over both."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from .address_words import BOXES, NUMBERED_STREET, TRIGGER
from .look_alikes import sight
from .text import plain

__all__ = ["Field", "Find", "Line", "find_boxes", "may_name_box", "read_line", "without_boxes"]

Field = Literal["street", "suite"]

# ASCII, which nearly every address is, folds in one call: what is neither letter nor digit parts words.
_ASCII: dict[int, str | None] = {code: " " for code in range(128) if not chr(code).isalnum()}
_ASCII.update({ord("'"): None, ord("`"): None})
# Kinds that differ in how they are found, not in what they are.
_KINDS = {"post_office": "po_box"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as `address_words` reads it: `text`, and where in `typed` each of its characters stands."""

    field: Field
    typed: str
    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """The stretch [start, end) of a line's text, with no space at its ends."""

    line: Line
    start: int
    end: int

    def typed_span(self) -> tuple[int, int]:
        """The same stretch of what was typed, with whatever hangs on by a dash ("12-B")."""
        end = self.line.places[self.end - 1] + 1
        hanging = re.compile(r"(?:-\w+)*").match(self.line.typed, end)
        return self.line.places[self.start], hanging.end() if hanging else end


@dataclass(frozen=True, slots=True)
class Find:
    """A box that is named: its kind (see BOXES), and the parts of one line, or of both, that name it."""

    kind: str
    parts: tuple[_Part, ...]

    @property
    def seen(self) -> str:
        """The words that name it, as typed."""
        spans = [(part.line.typed, *part.typed_span()) for part in self.parts]
        return plain(" ".join(typed[start:end] for typed, start, end in spans))

    def overlaps(self, other: "Find") -> bool:
        """Whether the two share a character."""
        return any(
            mine.line is its.line and mine.start < its.end and its.start < mine.end
            for mine in self.parts
            for its in other.parts
        )


def without_boxes(line: Line, finds: Iterable[Find]) -> str:
    """The line's text with `|` in place of each box."""
    text = line.text
    for part in (part for find in finds for part in find.parts if part.line is line):
        text = f"{text[: part.start]}{'|'.ljust(part.end - part.start)}{text[part.end :]}"
    return f" {' '.join(text.split())} "


def may_name_box(street: str, suite: str) -> bool:
    """Whether the lines are worth reading closely; quick, and false for nearly every address."""
    first, second = _skim(street), _skim(suite)
    return TRIGGER.search(f"{first} {second} {first}" if second else first) is not None


def _skim(typed: str) -> str:
    folded = typed.upper().translate(_ASCII) if typed.isascii() else "".join(map(sight, typed)).upper()
    return " ".join(folded.split())


def read_line(field: Field, typed: str) -> Line:
    """Fold one line to capitals and digits, words parted by single spaces, letters and digits by `~`."""
    seen = ((place, letter) for place, character in enumerate(typed) for letter in sight(character))
    text, places = [" "], [0]
    for place, letter in seen:
        last = text[-1]
        if letter == " " == last:
            continue
        if letter != " " != last and letter.isdigit() != last.isdigit():
            text.append("~")
            places.append(place)
        text.append(letter)
        places.append(place)
    if text[-1] != " ":
        text.append(" ")
        places.append(len(typed))
    return Line(field, typed, "".join(text), tuple(places))


def find_boxes(first: Line, second: Line) -> tuple[Find, ...]:
    """Every box that the lines name, none counted twice; the order of the lines changes only the order of the finds."""
    found: list[Find] = []
    for kind, pattern in BOXES:
        for find in (
            *_across(kind, pattern, first, second),
            *_across(kind, pattern, second, first),
            *_within(kind, pattern, first),
            *_within(kind, pattern, second),
        ):
            if not any(map(find.overlaps, found)):
                found.append(find)
    return tuple(found)


def _within(kind: str, pattern: re.Pattern[str], line: Line) -> Iterator[Find]:
    for match in pattern.finditer(line.text):
        # "Post Office 20387" is a box; in "Post Office 123 Main St" the number is a house's.
        if kind == "post_office" and NUMBERED_STREET.match(line.text, match.start("id")):
            continue
        yield Find(_KINDS.get(kind, kind), (_Part(line, match.start(), match.end()),))


def _across(kind: str, pattern: re.Pattern[str], first: Line, second: Line) -> Iterator[Find]:
    """Boxes that start on one line and end on the other."""
    text = first.text[:-1] + second.text
    seam = len(first.text) - 1
    for match in pattern.finditer(text):
        if not match.start() < seam < match.end() - 1:
            continue
        named = max(map(match.start, range(pattern.groups + 1)))
        # A number that opens the other line and does not end there is a house number: "PO" above "12 Main St".
        if named > seam and not text[seam:named].strip() and match.end() < len(text) - 1:
            continue
        yield Find(
            _KINDS.get(kind, kind),
            (_Part(first, match.start(), seam), _Part(second, 1, match.end() - seam)),
        )
