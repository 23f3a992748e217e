"""PO Boxes in either line of an address, however they are spelled (USPS Publication 28)."""

from collections.abc import Sequence
from typing import NamedTuple

from .address_boxes import (
    AddressField,
    AddressLine,
    Find,
    find_boxes,
    is_too_long,
    may_name_box,
    read_line,
    without_boxes,
)
from .address_words import HOUSE, MILITARY, SITE, STREET
from .text import plain

__all__ = ["AddressVerdict", "judge_address", "without_po_box"]


class AddressVerdict(NamedTuple):
    """The verdict of `judge_address` on the two lines of an address.

    `ok` with a `message` is a warning. `code` is "" for a plain address; `po_box`, `box_alone`, `general_delivery`,
    `pmb_alone` or `too_long` for a rejected one; `pmb_at_street` or `military` for a warning. `field` is the line at
    fault, `seen` the decisive words as typed.
    """

    ok: bool
    code: str = ""
    message: str = ""
    field: AddressField = "street"
    seen: str = ""


_FINE = AddressVerdict(ok=True)
_MILITARY_STATES = frozenset({"AA", "AE", "AP"})
_MILITARY_CITIES = frozenset({"APO", "FPO", "DPO"})
# By kind of find, the codes without and with a place beside the box; "" is accepted. The most severe comes first.
_CODES = {
    "po_box": ("po_box", "po_box"),
    "general_delivery": ("general_delivery", "general_delivery"),
    "postal_unit": ("po_box", ""),
    "box": ("box_alone", ""),
    "pmb": ("pmb_alone", "pmb_at_street"),
}
_MESSAGES = {
    "po_box": '"{seen}" is a PO Box. Give the street address of the place instead.',
    "general_delivery": '"{seen}" is mail held at a post office. Give the street address of the place instead.',
    "box_alone": '"{seen}" is a box without a street. Give the street address of the place; the box may follow it.',
    "pmb_alone": '"{seen}" is a private mailbox without a street. Give the street address of the place instead.',
    "pmb_at_street": '"{seen}" is a private mailbox. Continue only if this is the address of the place itself.',
    "military": '"{seen}" is a military address. You will see whether it is accepted when you continue.',
}
_WARNINGS = frozenset({"pmb_at_street", "military"})
_PASSING = _WARNINGS | {""}
# Words and punctuation left over where a box was cut out; a dot may end "St." and a bracket may close.
_LOOSE_WORDS = frozenset({"C/O", "ATTN", "CARE OF", "AND", "OR", "MAILING", "MAIL TO"})
_LOOSE_BEFORE, _LOOSE_AFTER = " ,;:-–/.&|)", " ,;:-–/#&|("


def judge_address(street: str, suite: str = "", city: str = "", state: str = "", zip_code: str = "") -> AddressVerdict:
    """Return the verdict on an address; line order, case, look-alikes and punctuation make no difference.

    Rejected: PO boxes under any name (drawer, caller, lock box, apartado, …), a box or private mailbox without a place
    beside it, general delivery, and a line that is too long. Accepted with a warning: a private mailbox at a street, a
    military address. Sources: USPS Publication 28 §24 to §29, Domestic Mail Manual 508 (private mailboxes).
    """
    if longest := _too_long(street, suite):
        return longest
    military = state.strip().upper() in _MILITARY_STATES or city.strip().upper() in _MILITARY_CITIES
    if not military and not may_name_box(street, suite):
        return _FINE
    lines = _lines(street, suite, city, state, zip_code)
    finds = find_boxes(*lines)
    written = [line for line in lines if line.text.strip()]
    rests = [rest for rest in (without_boxes(line, finds) for line in written) if rest.strip(" |")]
    at_street = any(map(STREET.search, rests))
    at_place = at_street or any(map(SITE.search, rests))
    code, find = _gravest(finds, at_place)
    if code in ("", "box_alone") and (military or not at_street):
        match = next(filter(None, (MILITARY.search(line.text) for line in written)), None)
        if match or military:
            words = _words(lines)
            return AddressVerdict(True, "military", _MESSAGES["military"].format(seen=words), seen=words)
    if find is None or not code:
        return _FINE
    seen = find.seen
    message = _MESSAGES[code].format(seen=seen)
    return AddressVerdict(code in _WARNINGS, code, message, find.parts[0].line.field, seen)


def without_po_box(
    street: str, suite: str = "", city: str = "", state: str = "", zip_code: str = ""
) -> tuple[str, str] | None:
    """Return both lines of an address without the boxes that are rejected even at a street.

    Return None if a line is too long, if there is no such box, or if the rest has no house number or is rejected.
    """
    if _too_long(street, suite):
        return None
    lines = _lines(street, suite, city, state, zip_code)
    finds = [find for find in find_boxes(*lines) if _CODES[find.kind][True] not in _PASSING]
    if not finds:
        return None
    street, suite = (_cut(line, finds) for line in lines)
    if not street:
        street, suite = suite, ""
    rest = _lines(street, suite, city, state, zip_code)
    if not any(HOUSE.search(line.text) for line in rest) or not judge_address(street, suite, city, state, zip_code).ok:
        return None
    return street, suite


def _too_long(street: str, suite: str) -> AddressVerdict | None:
    fields: tuple[tuple[AddressField, str], ...] = (("street", street), ("suite", suite))
    for field, typed in fields:
        if is_too_long(typed):
            message = f"This is {len(typed):,} characters long, more than a line of an address has. Shorten it."
            return AddressVerdict(False, "too_long", message, field)
    return None


def _gravest(finds: Sequence[Find], at_place: bool) -> tuple[str, Find | None]:
    for kind, codes in _CODES.items():
        for find in finds:
            if find.kind == kind and codes[at_place]:
                return codes[at_place], find
    return "", None


def _words(lines: Sequence[AddressLine]) -> str:
    return plain(", ".join(line.typed.strip() for line in lines if line.typed.strip()))


def _lines(street: str, suite: str, city: str, state: str, zip_code: str) -> tuple[AddressLine, AddressLine]:
    """Read both lines, without city, state and ZIP Code typed after the street."""
    first, second = read_line("street", street), read_line("suite", suite)
    return (
        first._replace(text=_without_town(first.text, city, state, zip_code)),
        second._replace(text=_without_town(second.text, city, state, zip_code)),
    )


def _without_town(text: str, city: str, state: str, zip_code: str) -> str:
    """Remove city, state and ZIP Code typed after the street from a line's text."""
    for words in (zip_code[:5], state, city):
        tail = words.upper().strip()
        if tail and text.endswith(f" {tail} "):
            text = text[: -len(tail) - 1]
    return text


def _cut(line: AddressLine, finds: Sequence[Find]) -> str:
    spans = sorted(part.typed_span() for find in finds for part in find.parts if part.line is line)
    kept, start = [], 0
    for begin, end in spans:
        kept.append(line.typed[start:begin].rstrip(_LOOSE_AFTER))
        start = end
    kept.append(line.typed[start:].lstrip(_LOOSE_BEFORE) if spans else line.typed)
    rest = " ".join(filter(None, kept)).strip()
    return "" if rest.upper() in _LOOSE_WORDS else rest
