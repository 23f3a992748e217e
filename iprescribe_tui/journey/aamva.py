"""What the barcode on the back of a driver's license or state ID says, read from its text.

The layout is that of the AAMVA DL/ID Card Design Standard, annex D, "Mandatory PDF417 bar code" (versions 2 to 11:
2003, 2005, 2009 to 2013, 2016, 2020, 2025), and before it of the AAMVA National Standard for the Driver
License/Identification Card, DL/ID-2000 (version 1), with its forerunners (version 0).

States depart from it, so elements are found by their identifiers: offsets and lengths in the header are off by one
(South Carolina), zero, or letters, and the `DL` that they point to is missing in West Virginia and Wyoming.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from iprescribe_tui.journey.aamva_issuers import ISSUERS
from iprescribe_tui.journey.aamva_names import Names, names_in
from iprescribe_tui.journey.checks.state import STATES
from iprescribe_tui.journey.checks.text import hides, quoted

__all__ = ["LONGEST", "BarcodeFailed", "IdCard", "parse_barcode"]

LONGEST = 4000
"""The most characters of a barcode: twice what fits into a PDF417 symbol (ISO/IEC 15438 §5.1: 1,850)."""

_NEWEST = 11
_LONGEST_VALUE = 150
_SEPARATORS = re.compile("[\n\r\x1c-\x1f]+")
_HEADER = re.compile(r"@.{0,16}?(?:ANSI ?|AAMVA)", re.DOTALL | re.IGNORECASE)
_ISSUER = re.compile(r"([0-9]{6})([0-9]{2})(?:[0-9]{2}){0,2}(?![0-9])")
_TYPE = re.compile(r"(DL|ID|EN)", re.IGNORECASE)
_FIRST = re.compile(r"(?:DL|ID|EN)\s*(?=D[A-D][A-Z])|(?=D[A-D][A-Z])", re.IGNORECASE)
_ELEMENT = re.compile(r"(?:(?:DL|ID|EN)(?=D[A-D][A-Z]))?(D[A-D][A-Z])(.*)", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]\\|]|://")
_NOTHING = re.compile(r"(?:NONE|UNAVL|UNAVAIL|UNAVAILABLE|N/A|[\W_]*)", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{2})([-/]?)([0-9]{2})\2([0-9]{2})([0-9]{2})|([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})")
_NO_DATE = re.compile(r"([089])\1{7}|NEVER|INDEF\w*|NON[- ]?EXP\w*", re.IGNORECASE)
_ZIP = re.compile(r"([0-9]{5})(?:[ -]?([0-9]{4})(?![0-9]))?")


class BarcodeFailed(ValueError):
    """A barcode's text that cannot be taken.

    `code` is stable: `barcode_empty`, `barcode_long`, `barcode_not_aamva`, `barcode_header`, `barcode_version`,
    `barcode_no_elements`, `barcode_characters`, `barcode_value_long`, `barcode_date`. `message` is plain words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, repr=False)
class IdCard:
    """A driver's license or ID as its barcode has it, upper case where the barcode has that.

    `issuer` and `state` are two-letter codes, `kind` is DL (license), ID or EN (enhanced), `zip_code` `62701` or
    `62701-1234`, `version` the standard's (0 to 11). What the barcode does not say is "" or None. `cut` names those
    of `family`, `given` and `middle` of which it says that they are shortened. The `repr` shows nothing of a person.
    """

    version: int
    issuer: str = ""
    kind: str = ""
    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""
    cut: frozenset[str] = frozenset()
    born: date | None = None
    expires: date | None = None
    issued: date | None = None
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    number: str = ""

    def __repr__(self) -> str:
        return f"IdCard(version={self.version}, issuer={self.issuer!r}, kind={self.kind!r})"

    @property
    def name(self) -> str:
        """The name as one reads it out."""
        return " ".join(part for part in (self.given, self.middle, self.family, self.suffix) if part)


def parse_barcode(text: str) -> IdCard:
    """Read the text of a PDF417 barcode; raises BarcodeFailed where it is not that of a license or ID.

    No value holds a control character, a character that hides or steers, markup, or more than 150 characters.
    """
    version, issuer, rest = _header(text)
    first = _FIRST.search(rest)
    elements = _elements(rest[first.end() :]) if first else {}
    if first is None or not any(elements.values()):
        raise BarcodeFailed("barcode_no_elements", "The barcode breaks off after its header and names nobody.")
    kind = _TYPE.search(rest[: first.end()])
    names = names_in({key: _value(elements, key) for key in Names.ELEMENTS})
    return IdCard(
        version=version,
        issuer=ISSUERS.get(issuer, ""),
        kind=kind[1].upper() if kind else "",
        family=names.family,
        given=names.given,
        middle=names.middle,
        suffix=names.suffix,
        cut=frozenset(
            name for name, flag in (("family", "DDE"), ("given", "DDF"), ("middle", "DDG")) if _flag(elements, flag)
        ),
        born=_date(elements, "DBB", "birth"),
        expires=_date(elements, "DBA", "expiry"),
        issued=_date(elements, "DBD", "issue"),
        **_address(elements),
        number=_value(elements, "DAQ"),
    )


def _header(text: str) -> tuple[int, str, str]:
    """Version, issuer identification number, and what comes after the header's digits (annex D.12.3)."""
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
        raise BarcodeFailed("barcode_header", "The barcode's header is damaged: it does not say who issued the card.")
    version = int(numbers[2])
    if version > _NEWEST:
        raise BarcodeFailed("barcode_version", f"The barcode is of version {version}, which is not known here.")
    return version, numbers[1], rest[numbers.end() :]


def _elements(body: str) -> dict[str, str]:
    """The elements by their identifiers; of one that stands twice, the first that says something."""
    # Scanners that act as keyboards write a bar where a line ends.
    lines = _SEPARATORS.split(body if _SEPARATORS.search(body.strip()) else body.replace("|", "\n"))
    elements: dict[str, str] = {}
    for line in lines:
        # Padding; Connecticut sets U+0090 around its line ends.
        if found := _ELEMENT.fullmatch(line.strip(" \t\0\x90")):
            key, value = found[1].upper(), found[2].strip()
            elements[key] = elements.get(key) or value
    return elements


def _value(elements: Mapping[str, str], key: str) -> str:
    """What an element says, "" where that is nothing; raises BarcodeFailed where it holds what no card has."""
    value = " ".join(elements.get(key, "").split())
    if len(value) > _LONGEST_VALUE:
        raise BarcodeFailed("barcode_value_long", f"An entry in the barcode has {len(value):,} characters: too many.")
    if hides(value) or _MARKUP.search(value):
        raise BarcodeFailed("barcode_characters", f"The barcode says {quoted(value)}, which no license says.")
    return "" if _NOTHING.fullmatch(value) else value


def _flag(elements: Mapping[str, str], key: str) -> bool:
    """Whether a name is cut off: T, against N and U for unknown (annex D, DDE to DDG, since version 4)."""
    return elements.get(key, "").strip().upper() == "T"


def _date(elements: Mapping[str, str], key: str, what: str) -> date | None:
    """A date: CCYYMMDD in version 0 and 1 and wherever a state kept to it, else MMDDCCYY.

    Both can be told apart by themselves: no month is 19 or 20. Raises BarcodeFailed for a day that never was.
    """
    value = _value(elements, key)
    if not value or _NO_DATE.fullmatch(value):
        return None
    found = _DATE.match(value)
    # A line end that a scanner lost leaves letters behind the digits, never more digits.
    if found and not value[found.end() :][:1].isdigit():
        first, _, second, third, fourth, *iso = found.groups()
        if iso[0]:
            year, month, day = (int(part) for part in iso)
        elif first in ("19", "20"):
            year, month, day = int(first + second), int(third), int(fourth)
        else:
            year, month, day = int(third + fourth), int(first), int(second)
        try:
            if 1850 <= year <= 2200:
                return date(year, month, day)
        except ValueError:
            pass
    raise BarcodeFailed("barcode_date", f"The barcode has {quoted(value)} as date of {what}, which is no date.")


def _address(elements: Mapping[str, str]) -> dict[str, str]:
    """The address of residence: DAL to DAP in version 0 and 1 where they are given, else DAG to DAK."""
    keys = ("DAL", "DAM", "DAN", "DAO", "DAP") if _value(elements, "DAL") else ("DAG", "DAH", "DAI", "DAJ", "DAK")
    street, street2 = (_value(elements, key).strip(",") for key in keys[:2])
    city, state, code = (
        _value(elements, key) or _value(elements, usual)
        for key, usual in zip(keys[2:], ("DAI", "DAJ", "DAK"), strict=True)
    )
    found = _ZIP.match(code)
    zip_code = "" if not found else found[1] if found[2] in (None, "0000") else f"{found[1]}-{found[2]}"
    # Wyoming writes city, state and ZIP once more into the second line.
    if city and city.upper() in street2.upper() and zip_code[:5] and zip_code[:5] in street2:
        street2 = ""
    return {
        "street": street,
        "street2": street2,
        "city": city.strip(","),
        "state": state.upper() if state.upper() in STATES else "",
        "zip_code": zip_code,
    }
