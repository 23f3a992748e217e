"""Parser for the AAMVA barcode on the back of a US driver's license or state ID.

Layout: AAMVA DL/ID Card Design Standard, annex D, "Mandatory PDF417 bar code" (versions 2 to 11: 2003, 2005, 2009 to
2013, 2016, 2020, 2025); before it, the AAMVA National Standard for the Driver License/Identification Card, DL/ID-2000
(version 1), and its forerunners (version 0).

States deviate from it, so elements are found by their identifiers: header offsets and lengths are off by one (South
Carolina), zero, or letters, and the `DL` that they point to is missing in West Virginia and Wyoming. Future versions
are read the same way. Each element is read separately: an unreadable one does not affect the others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from iprescribe_tui.journey.aamva.issuers import ISSUERS
from iprescribe_tui.journey.aamva.names import Names, names_in
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.state import STATES
from iprescribe_tui.journey.checks.text import hides, quoted

__all__ = ["EXPIRATION", "LONGEST", "BarcodeFailed", "IdCard", "parse_barcode"]

LONGEST = 4000
"""Maximum characters of a barcode: about twice the capacity of a PDF417 symbol (ISO/IEC 15438 §5.1: 1,850)."""

_LONGEST_VALUE = 150
_SEPARATORS = re.compile("[\n\r\x1c-\x1f]+")
_HEADER = re.compile(r"@.{0,16}?(?:ANSI ?|AAMVA)", re.DOTALL | re.IGNORECASE)
_ISSUER = re.compile(r"([0-9]{6})([0-9]{2})?")
_TYPE = re.compile(r"(DL|ID|EN)", re.IGNORECASE)
_FIRST = re.compile(r"(?:DL|ID|EN)\s*(?=D[A-D][A-Z])|(?=D[A-D][A-Z])", re.IGNORECASE)
_ELEMENT = re.compile(r"(?:(?:DL|ID|EN)(?=D[A-D][A-Z]))?(D[A-D][A-Z])(.*)", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]\\|]|://")
_NOTHING = re.compile(r"(?:NONE|UNAVL|UNAVAIL|UNAVAILABLE|N/A|[\W_]*)", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{2})([-/. ]?)([0-9]{2})\2([0-9]{2})([0-9]{2})|([0-9]{4})[-/. ]([0-9]{2})[-/. ]([0-9]{2})")
_NO_DATE = re.compile(r"0{8}|8{8}")
_ENDLESS = re.compile(r"[0-9]{4}9999|9999[0-9]{4}|NEVER|INDEF\w*|NONEXP\w*", re.IGNORECASE)
"""Placeholders of states for a date that is not known, and for none that ends; without the separators of a date."""
_BETWEEN = re.compile("[-/. ]+")
_ZIP = re.compile(r"([0-9]{5})(?:[ -]?([0-9]{4})(?![0-9]))?")

EXPIRATION: Final = "expiration date"
"""Name of the expiration date in `IdCard.unread`."""

_LABELS: Final = {
    "DBA": EXPIRATION,
    "DBB": "date of birth",
    "DBD": "issue date",
    **dict.fromkeys(("DAA", "DCT"), "name"),
    **dict.fromkeys(("DCS", "DAB"), "last name"),
    "DAC": "first name",
    "DAD": "middle name",
    **dict.fromkeys(("DCU", "DAE"), "suffix"),
    **dict.fromkeys(("DAG", "DAH", "DAL", "DAM"), "street address"),
    **dict.fromkeys(("DAI", "DAN"), "city"),
    **dict.fromkeys(("DAJ", "DAO"), "state"),
    **dict.fromkeys(("DAK", "DAP"), "ZIP Code"),
    "DAQ": "license number",
}
"""Names of elements for the applicant, in the order of `IdCard.unread`: the expiration date comes first."""


class BarcodeFailed(CheckFailed):
    """Text that is no usable barcode of a license or ID: `barcode_empty`, `_long`, `_not_aamva`, `_no_elements`."""


@dataclass(frozen=True, repr=False)
class IdCard:
    """The data of a driver's license or ID barcode, in the barcode's letter case.

    `issuer` and `state` are two-letter codes; `kind` is DL (license), ID or EN (enhanced); `zip_code` is `62701` or
    `62701-1234`; `version` is the standard's. Missing values are "" or None. `expires` is the earliest of several
    dates; `never_expires` is True if the barcode says so in place of one. `cut` has those of `family`, `given` and
    `middle` that the barcode marks as truncated. `order_known` is False if the last name may come first. `unread` names
    elements that are present but unreadable. The `repr` shows no personal data.
    """

    version: int | None
    issuer: str = ""
    kind: str = ""
    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""
    cut: frozenset[str] = frozenset()
    born: date | None = None
    expires: date | None = None
    never_expires: bool = False
    issued: date | None = None
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    number: str = ""
    order_known: bool = True
    unread: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"IdCard(version={self.version}, issuer={self.issuer!r}, kind={self.kind!r})"

    @property
    def name(self) -> str:
        """The full name: first, middle, last, suffix."""
        return " ".join(part for part in (self.given, self.middle, self.family, self.suffix) if part)


def parse_barcode(text: str) -> IdCard:
    """Return the data in the text of a PDF417 barcode. Raises BarcodeFailed (not that of a license or ID).

    No value contains a control character, a hidden character, markup, or more than 150 characters.
    """
    version, issuer, rest = _header(text)
    first = _FIRST.search(rest)
    found = _elements(rest[first.end() :]) if first else {}
    if first is None or not any(map(any, found.values())):
        raise BarcodeFailed("barcode_no_elements", "The barcode breaks off after its header and names nobody.")
    kind = _TYPE.search(rest[: first.end()])
    elements = _Elements(found)
    expires = min(elements.days("DBA"), default=None)
    born, issued = (next(iter(elements.days(key)), None) for key in ("DBB", "DBD"))
    values = {key: elements.text(key) for key in Names.ELEMENTS}
    names = names_in(values, family_unread=elements.is_unread("DCS") or elements.is_unread("DAB"))
    return IdCard(
        version=version,
        issuer=ISSUERS.get(issuer, ""),
        kind=kind[1].upper() if kind else "",
        family=names.family,
        given=names.given,
        middle=names.middle,
        suffix=names.suffix,
        cut=frozenset(
            name for name, key in (("family", "DDE"), ("given", "DDF"), ("middle", "DDG")) if elements.flag(key)
        ),
        born=born,
        expires=expires,
        never_expires=expires is None and elements.is_endless("DBA"),
        issued=issued,
        **_address(elements),
        number=elements.text("DAQ"),
        order_known=names.order_known,
        unread=elements.unread(),
    )


def _header(text: str) -> tuple[int | None, str, str]:
    """Return version, issuer identification number, and the text after them (annex D.12.3); None and "" if damaged."""
    if not text.strip():
        raise BarcodeFailed("barcode_empty", "The barcode is empty.")
    if len(text) > LONGEST:
        raise BarcodeFailed("barcode_long", f"The barcode has {len(text):,} characters, more than any license has.")
    header = _HEADER.match(text.lstrip("\ufeff \t\r\n"))
    if header is None:
        raise BarcodeFailed("barcode_not_aamva", "The barcode is not that of a US driver's license or state ID.")
    rest = header.string[header.end() :]
    numbers = _ISSUER.match(rest)
    if numbers is None:
        return None, "", rest
    return int(numbers[2]) if numbers[2] else None, numbers[1], rest[numbers.end() :]


def _elements(body: str) -> dict[str, list[str]]:
    """Return the contents of each element, in order, by its identifier."""
    # Scanners that act as keyboards write a bar for a line end.
    lines = _SEPARATORS.split(body if _SEPARATORS.search(body.strip()) else body.replace("|", "\n"))
    elements: dict[str, list[str]] = {}
    for line in lines:
        # Strip padding; Connecticut adds U+0090 around line ends.
        if found := _ELEMENT.fullmatch(line.strip(" \t\0\x90")):
            elements.setdefault(found[1].upper(), []).append(found[2].strip())
    return elements


class _Elements:
    """Reader of single elements that records the unreadable ones."""

    def __init__(self, found: Mapping[str, list[str]]) -> None:
        self._found = found
        self._unread: dict[str, str] = {}

    def text(self, key: str) -> str:
        """Return an element's first readable text, or ""."""
        for found in self._found.get(key, ()):
            value = " ".join(found.split())
            if len(value) > _LONGEST_VALUE or hides(value) or _MARKUP.search(value):
                self.not_read(key)
            elif not _NOTHING.fullmatch(value):
                self._unread.pop(key, None)
                return value
        return ""

    def days(self, key: str) -> list[date]:
        """Return an element's readable dates, in order."""
        days = []
        for found in self._found.get(key, ()):
            value = " ".join(found.split())
            if _NOTHING.fullmatch(value) or any(
                each.fullmatch(_BETWEEN.sub("", value)) for each in (_NO_DATE, _ENDLESS)
            ):
                continue
            if day := _date(value):
                days.append(day)
            else:
                self.not_read(key, value)
        if days:
            self._unread.pop(key, None)
        return days

    def is_endless(self, key: str) -> bool:
        """Return True if an element says that there is no end, as states do: 99999999, 12319999, INDEF."""
        return any(_ENDLESS.fullmatch(_BETWEEN.sub("", found)) for found in self._found.get(key, ()))

    def flag(self, key: str) -> bool:
        """Return True if a name is marked as truncated: T, not N or U (annex D, DDE to DDG, since version 4)."""
        return next((found for found in self._found.get(key, ()) if found), "").upper() == "T"

    def not_read(self, key: str, value: str = "") -> None:
        """Record an unreadable element, with its `value` if that may be shown."""
        self._unread.setdefault(key, f" {quoted(value)}" if value else "")

    def is_unread(self, key: str) -> bool:
        """Return True if an element was recorded as unreadable."""
        return key in self._unread

    def unread(self) -> tuple[str, ...]:
        """Return the labels, with values, of the unreadable elements, each once."""
        return tuple(
            dict.fromkeys(f"{label}{self._unread[key]}" for key, label in _LABELS.items() if key in self._unread)
        )


def _date(value: str) -> date | None:
    """Return a date: CCYYMMDD (versions 0 and 1, and states that kept it) or MMDDCCYY; None if not in the calendar.

    The two cannot be confused: no month is 19 or 20.
    """
    found = _DATE.match(value)
    # A line end lost by a scanner leaves letters after the digits, never more digits.
    if found is None or value[found.end() :][:1].isdigit():
        return None
    first, _, second, third, fourth, *iso = found.groups()
    if iso[0]:
        year, month, day = (int(part) for part in iso)
    elif first in ("19", "20"):
        year, month, day = int(first + second), int(third), int(fourth)
    else:
        year, month, day = int(third + fourth), int(first), int(second)
    try:
        return date(year, month, day) if 1850 <= year <= 2200 else None
    except ValueError:
        return None


def _address(elements: _Elements) -> dict[str, str]:
    """Return the address of residence: DAL to DAP (versions 0 and 1) if given, else DAG to DAK."""
    usual = ("DAG", "DAH", "DAI", "DAJ", "DAK")
    keys = ("DAL", "DAM", "DAN", "DAO", "DAP") if elements.text("DAL") else usual
    street, street2 = (elements.text(key).strip(",") for key in keys[:2])
    city, state, code = (
        elements.text(key) or elements.text(other) for key, other in zip(keys[2:], usual[2:], strict=True)
    )
    state, found = state.upper(), _ZIP.match(code)
    if state and state not in STATES:
        elements.not_read("DAJ", state)
    if code and not found:
        elements.not_read("DAK", code)
    zip_code = "" if not found else found[1] if found[2] in (None, "0000") else f"{found[1]}-{found[2]}"
    # Wyoming repeats city, state and ZIP in the second line.
    if city and city.upper() in street2.upper() and zip_code[:5] and zip_code[:5] in street2:
        street2 = ""
    return {
        "street": street,
        "street2": street2,
        "city": city.strip(","),
        "state": state if state in STATES else "",
        "zip_code": zip_code,
    }
