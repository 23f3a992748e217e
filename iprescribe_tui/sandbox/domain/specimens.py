"""Content of the sample documents: their holders, barcodes and machine-readable lines.

The state is invented; `UTO`, Utopia, is the issuer that ICAO Doc 9303 uses in its own specimens.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from iprescribe_tui.photos.preview import Color

__all__ = ["NOBODY", "Document", "Holder", "documents_of"]

# Letters that Unicode does not decompose, as AAMVA D20 writes them.
_LETTERS = str.maketrans({"Æ": "AE", "Đ": "D", "Ð": "D", "Ł": "L", "Ø": "O", "Œ": "OE", "Þ": "TH", "’": "'"})


@dataclass(frozen=True)
class Holder:
    """Holder of a sample document, in capitals, as documents print names."""

    given: str
    middle: str
    family: str

    @classmethod
    def named(cls, given: str, middle: str, family: str) -> "Holder":
        """Return the holder with this name in the registry."""
        return cls(*(_capitals(name) for name in (given, middle, family)))

    @property
    def given_names(self) -> str:
        """Return first and middle name."""
        return f"{self.given} {self.middle}".strip()


NOBODY: Final = Holder("ALEX", "JORDAN", "SAMPLE")


def _capitals(name: str) -> str:
    """Return a name in ASCII capitals, which every barcode reader returns unchanged."""
    letters = unicodedata.normalize("NFKD", name.upper().translate(_LETTERS))
    return " ".join(letters.encode("ascii", "ignore").decode().split())


def _machine(name: str) -> str:
    """Return a name as in machine-readable lines (ICAO Doc 9303 part 3, 4.6)."""
    return re.sub("[^A-Z]+", "<", name.replace("'", ""))


@dataclass(frozen=True)
class Document:
    """Content of one kind of document; the colors are those of the header and of the paper's two waves."""

    issuer: str
    title: str
    header: Color
    waves: tuple[Color, Color]
    number: str
    fields: tuple[tuple[str, str], ...]
    machine_lines: tuple[str, ...] = ()
    barcode: str = "SPECIMEN"


def _check_digit(characters: str) -> str:
    """Return the check digit of ICAO Doc 9303 part 3, 4.9: weights 7, 3, 1; A is 10, `<` is 0."""
    values = (0 if c == "<" else int(c, 36) for c in characters)
    return str(sum(value * (7, 3, 1)[index % 3] for index, value in enumerate(values)) % 10)


def _machine_lines(holder: Holder, number: str, *, card: bool) -> tuple[str, ...]:
    """Return the machine-readable lines: three of 30 characters on a card (TD1), two of 44 in a passport (TD3)."""
    document = number + _check_digit(number)
    born, expires = (day + _check_digit(day) for day in ("800115", "340114"))
    names = f"{_machine(holder.family)}<<{_machine(holder.given_names)}"
    if card:
        check = _check_digit(document + "<" * 15 + born + expires + "<" * 11)
        first = f"IPUTO{document}".ljust(30, "<")
        return first, f"{born}<{expires}UTO".ljust(29, "<") + check, names[:30].ljust(30, "<")
    personal = "<" * 14 + "0"
    second = f"{document}UTO{born}<{expires}{personal}"
    return f"P<UTO{names}"[:44].ljust(44, "<"), second + _check_digit(document + born + expires + personal)


def _aamva(holder: Holder, kind: str, number: str) -> str:
    """Return the text in the barcode of a card of `kind`, DL or ID: version 10 of the AAMVA DL/ID Card Design Standard.

    Source: Annex D, edition 2020. The issuer, 000000, is unassigned.
    """
    elements = (
        f"DAQ{number}",
        *(f"DCS{holder.family}", "DDEN", f"DAC{holder.given}", "DDFN", f"DAD{holder.middle}", "DDGN"),
        *("DCANONE", "DCBNONE", "DCDNONE"),
        *("DBD01152024", "DBB01151980", "DBA01142034", "DBC9", "DAU068 in", "DAYBRO"),
        *("DAG12 EXAMPLE ST", "DAIANYTOWN", "DAJIL", "DAK627010000  ", "DCFSPECIMEN", "DCGUSA"),
    )
    subfile = kind + "\n".join(elements) + "\r"
    header = "@\n\x1e\rANSI 000000100001"
    return f"{header}{kind}{len(header) + 10:04}{len(subfile):04}{subfile}"


def _card_fields(holder: Holder, number: str, *extra: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        ("NUMBER", number),
        ("EXPIRES", "01/14/2034"),
        ("FAMILY NAME", holder.family),
        ("GIVEN NAMES", holder.given_names),
        ("DATE OF BIRTH", "01/15/1980"),
        ("ISSUED", "01/15/2024"),
        *extra,
    )


_STATE_EXTRA: Final = (("HEIGHT", "5'-08\""), ("EYES", "BRO"), ("ADDRESS", "12 EXAMPLE ST"), ("", "ANYTOWN IL 62701"))


def documents_of(holder: Holder) -> dict[str, Document]:
    """Return the holder's documents, by kind."""
    return {
        "drivers_license": Document(
            "STATE OF UTOPIA",
            "DRIVER'S LICENSE",
            (24, 74, 120),
            ((184, 212, 228), (226, 214, 190)),
            "S555-0101-0001",
            _card_fields(holder, "S555-0101-0001", *_STATE_EXTRA),
            barcode=_aamva(holder, "DL", "S555-0101-0001"),
        ),
        "state_id": Document(
            "STATE OF UTOPIA",
            "IDENTIFICATION CARD",
            (28, 98, 76),
            ((188, 222, 204), (226, 216, 232)),
            "N555-0102-0002",
            _card_fields(holder, "N555-0102-0002", *_STATE_EXTRA),
            barcode=_aamva(holder, "ID", "N555-0102-0002"),
        ),
        "passport": Document(
            "UTOPIA",
            "PASSPORT",
            (92, 34, 62),
            ((226, 198, 208), (196, 210, 228)),
            "S00001234",
            _card_fields(holder, "S00001234", ("NATIONALITY", "UTOPIAN"), ("PLACE OF BIRTH", "ANYTOWN")),
            _machine_lines(holder, "S00001234", card=False),
        ),
        "passport_card": Document(
            "UTOPIA",
            "PASSPORT CARD",
            (68, 60, 116),
            ((204, 202, 230), (224, 222, 190)),
            "C00005678",
            _card_fields(holder, "C00005678", ("NATIONALITY", "UTOPIAN"), ("PLACE OF BIRTH", "ANYTOWN")),
            _machine_lines(holder, "C00005678", card=True),
        ),
    }
