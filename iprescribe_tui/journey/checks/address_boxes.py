"""Boxes named in the two lines of an address, in one line or split over both."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from .address_words import BOX, CALLED, HOUSE, NAME, NAMESAKE, PERSON, STREET, TRIGGER, begins_street
from .keyboard import half_width
from .lengths import ADDRESS_LINE, LINE
from .look_alikes import sight
from .text import HIDDEN, plain

__all__ = [
    "AddressField",
    "AddressLine",
    "Find",
    "find_boxes",
    "is_too_long",
    "may_name_box",
    "read_line",
    "without_boxes",
]

AddressField = Literal["street", "suite"]

# Nearly every address is ASCII, which folds in one call: apostrophes and control characters join, others separate.
_ASCII: dict[int, str | None] = {
    code: None if character in "'`" or not (character.isprintable() or character.isspace()) else " "
    for code, character in enumerate(map(chr, range(128)))
    if not character.isalnum()
}
_WITHIN_WORD = re.compile("(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Z])")
_WORD_BEFORE = re.compile("[A-Z]{2,} $")
_PARTING = frozenset(",;、")
_NUMBERING = frozenset("#№")
_HANGING = re.compile(r"(?:-\w+)*")


class AddressLine(NamedTuple):
    """A line as typed, and its `text` folded for `address_words`."""

    field: AddressField
    typed: str
    text: str


class _Part(NamedTuple):
    """The range [start, end) of a line's text, without spaces at its ends."""

    line: AddressLine
    start: int
    end: int

    @property
    def typed(self) -> str:
        """The range as typed."""
        start, end = self.typed_span()
        return self.line.typed[start:end]

    def typed_span(self) -> tuple[int, int]:
        """Return the same range of the line as typed, with a suffix after a dash ("12-B")."""
        places = _places(self.line.typed)
        end = places[_letters(self.line.text[: self.end]) - 1] + 1
        hanging = _HANGING.match(self.line.typed, end)
        return places[_letters(self.line.text[: self.start])], hanging.end() if hanging else end


def _letters(text: str) -> int:
    """Count the letters and digits of a folded text."""
    return len(text) - text.count(" ") - text.count("~")


@lru_cache(maxsize=8)
def _places(typed: str) -> Sequence[int]:
    """Return the typed position of each letter and digit of the folded text; cached for repeated calls."""
    if typed.isascii():
        return [place for place, character in enumerate(typed) if character.isalnum()]
    return [place for place, character in enumerate(typed) for _ in sight(character).replace(" ", "")]


class Find(NamedTuple):
    """A box: its kind (a group of BOX), and the parts of one line, or of both, that name it."""

    kind: str
    parts: tuple[_Part, ...]

    @property
    def seen(self) -> str:
        """The words that name the box, as typed."""
        return plain(" ".join([word for part in self.parts for word in part.typed.split()]))

    def overlaps(self, other: "Find") -> bool:
        """Return True if the two share a character."""
        return any(
            mine.line is its.line and mine.start < its.end and its.start < mine.end
            for mine in self.parts
            for its in other.parts
        )


def without_boxes(line: AddressLine, finds: Iterable[Find]) -> str:
    """Return the line's text with `|` in place of each box."""
    text = line.text
    for part in (part for find in finds for part in find.parts if part.line is line):
        text = f"{text[: part.start]}{'|'.ljust(part.end - part.start)}{text[part.end :]}"
    return f" {' '.join(text.split())} "


def is_too_long(typed: str) -> bool:
    """Return True if a line is longer than an address line may be, as typed or folded."""
    return len(typed) > LINE or len(_skim(typed)) > ADDRESS_LINE


def may_name_box(street: str, suite: str) -> bool:
    """Return True if the lines need a closer look; fast, and False for nearly every address."""
    first, second = _skim(street), _skim(suite)
    return TRIGGER.search(f"{first} {second} {first}" if second else first) is not None


def read_line(field: AddressField, typed: str) -> AddressLine:
    """Fold a line to capitals and digits, with single spaces between words and `~` between letters and digits."""
    return AddressLine(field, typed, f" {_WITHIN_WORD.sub('~', _skim(typed))} " if typed else "  ")


@lru_cache(maxsize=8)
def _skim(typed: str) -> str:
    folded = typed.upper().translate(_ASCII) if typed.isascii() else "".join(map(sight, typed))
    return " ".join(folded.split())


def find_boxes(first: AddressLine, second: AddressLine) -> tuple[Find, ...]:
    """Return all boxes in the lines, each once; swapping the lines changes only the order of the finds."""
    both = first.text.strip() and second.text.strip()
    finds = list(_across(first, second)) + list(_across(second, first)) if both else []
    for line, other in ((first, second), (second, first)):
        for match in BOX.finditer(line.text):
            find = Find(match.lastgroup or "", (_Part(line, match.start(), match.end()),))
            named = _is_namesake(line, match) or _is_called(line, other, match)
            if not named and not any(map(find.overlaps, finds)):
                finds.append(find)
    return tuple(finds)


def _is_namesake(line: AddressLine, match: re.Match[str]) -> bool:
    """Return True if an apparent box is a person's name before a house number: "Jane Po, 123 Main St"."""
    found = NAMESAKE.match(line.text, match.start())
    if not found:
        return False
    name, gap, behind = _as_written(line, found)
    parted = not _PARTING.isdisjoint(gap)
    if not (parted or " " in gap) or not re.sub("[ .]", "", name).isalpha():
        return False  # "PO-5", "P0 5"
    if behind.startswith(tuple(_PARTING)):
        return False  # "PO 5, Main St"
    start, before = found.start("number"), line.text[: match.start()]
    person = PERSON.search(before) is not None
    if found["strong"]:
        return parted and person and begins_street(line.text, start, apart=True)
    if not _NUMBERING.isdisjoint(gap):
        return person and begins_street(line.text, start, apart=False)
    return begins_street(line.text, start, apart=person or (parted and _WORD_BEFORE.search(before) is not None))


def _as_written(line: AddressLine, found: re.Match[str]) -> tuple[str, str, str]:
    """Return a name as typed, the text between it and the number after it, and the text after the number."""
    places = _places(line.typed)
    number = _letters(line.text[: found.start("number")])
    end = places[_letters(line.text[: found.end()]) - 1] + 1
    name = line.typed[places[_letters(line.text[: found.start()])] : places[number - 1] + 1]
    gap = line.typed[places[number - 1] + 1 : places[number]]
    return _visible(name), _visible(gap), _visible(line.typed[end:]).lstrip()


def _visible(typed: str) -> str:
    """Return the visible text in half width, with plain spaces."""
    return half_width(HIDDEN.sub("", re.sub(r"\s", " ", typed)))


def _is_called(line: AddressLine, other: AddressLine, match: re.Match[str]) -> bool:
    """Return True if the match begins a longer name beside a street: "Pobox Clinic, 12 Main St"."""
    called = CALLED.match(line.text, match.start())
    if not called:
        return False
    behind = line.text[called.end() :]
    return any(street.search(text) for street in (HOUSE, STREET) for text in (behind, other.text))


def _across(first: AddressLine, second: AddressLine) -> Iterator[Find]:
    """Yield the boxes that start on one line and end on the other."""
    text = first.text[:-1] + second.text
    seam = len(first.text) - 1
    for match in BOX.finditer(text):
        if not match.start() < seam < match.end() - 1:
            continue
        # A number that opens the other line, with more after it, is a house number: "PO" above "12 Main St".
        if NAME.fullmatch(text, seam, match.end()) and match.end() < len(text) - 1:
            continue
        parts = (_Part(first, match.start(), seam), _Part(second, 1, match.end() - seam))
        yield Find(match.lastgroup or "", parts)
