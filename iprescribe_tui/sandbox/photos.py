"""Draws the sample pictures that a tester hands to the sandbox: identity documents of nobody, and a face.

Every picture says SPECIMEN. The person and the state are invented; `UTO`, Utopia, is the issuer that ICAO Doc 9303
uses in its own specimens.
"""

import functools
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iprescribe_tui.sandbox.drawing import (
    INK,
    RED,
    Colour,
    Sheet,
    barcode,
    face,
    paper,
    portrait,
    seal,
    signature,
    table,
)

if TYPE_CHECKING:
    from PIL import Image

_CARD: Final = (64, 40, 1336, 842)  # 85.6 × 54 mm, lying on the table
_FAINT: Final = (98, 104, 116)
_EDITION: Final = 2  # counts up when the pictures change, so that those of before are not taken for them


@dataclass(frozen=True)
class _Document:
    """What tells one document from the next; colours are those of the header and of the paper's two waves."""

    issuer: str
    title: str
    header: Colour
    waves: tuple[Colour, Colour]
    number: str
    fields: tuple[tuple[str, str], ...]
    machine_lines: tuple[str, ...] = ()
    barcode: str = "SPECIMEN"


def write_sample_photos(folder: Path) -> dict[str, Path]:
    """Write the sample pictures that are missing from `folder`; give the path of each by its name.

    The names: `{kind}_front` and `{kind}_back` for drivers_license, state_id and passport_card, then `passport` and
    `selfie`. The files, `{name}-{_EDITION}.jpg`, are JPEG of mode 0600, put in place whole or not at all.
    OSError where the folder cannot be made or written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = {name: folder / f"{name}-{_EDITION}.jpg" for name in _PICTURES}
    for name, path in paths.items():
        if not path.exists():
            _write(path, _PICTURES[name]())
    return paths


def _write(path: Path, image: "Image.Image") -> None:
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            image.save(file, "JPEG", quality=88, comment=b"SPECIMEN, drawn by iprescribe-tui")
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _front(document: _Document) -> "Image.Image":
    sheet = table()
    paper(sheet, _CARD, document.waves)
    left, top, right, _ = _CARD
    sheet.box((left, top, right, top + 128), document.header, 38)
    sheet.box((left, top + 70, right, top + 128), document.header)
    sheet.text((left + 48, top + 22), document.issuer, 30, (255, 255, 255))
    sheet.text((left + 48, top + 62), document.title, 46, (255, 255, 255), 0.8)
    seal(sheet, (right - 92, top + 64), 48, document.waves[0])
    portrait(sheet, (left + 48, top + 168), 3.4, (214, 224, 232))
    _fields(sheet, (left + 440, top + 158), document.fields, columns=2, width=400)
    signature(sheet, (left + 62, top + 690))
    portrait(sheet, (right - 166, top + 638), 1.14, document.waves[1])
    sheet.text((left + 440, top + 722), "NOT A REAL DOCUMENT", 26, RED, 0.6)
    sheet.stamp((left + 720, top + 470), 150, 84)
    return sheet.finished()


def _back(document: _Document) -> "Image.Image":
    sheet = table()
    paper(sheet, _CARD, document.waves[::-1])
    left, top, right, bottom = _CARD
    if document.machine_lines:
        sheet.text((left + 56, top + 44), f"{document.issuer} · {document.title}", 30, document.header, 0.6)
        barcode(sheet, (left + 56, top + 116, left + 776, top + 300), document.barcode)
        seal(sheet, (right - 180, top + 200), 96, document.header)
        sheet.box((left, bottom - 336, right, bottom - 50), (250, 250, 246))
        for row, line in enumerate(document.machine_lines):
            sheet.spaced((left + 40, bottom - 312 + row * 88), line, 58, (right - left - 80) / 30)
    else:
        sheet.box((left, top + 48, right, top + 180), (44, 42, 46))
        sheet.text((left + 56, top + 206), f"{document.issuer} · {document.title}", 26, document.header, 0.5)
        barcode(sheet, (left + 56, top + 256, right - 56, top + 480), document.barcode)
        _fields(sheet, (left + 56, top + 516), document.fields[4:8], columns=4, width=296)
        sheet.text(
            (left + 56, top + 640), "Class, restrictions: none. This card gives no right to anything.", 28, _FAINT
        )
        sheet.text((left + 56, top + 690), f"Inventory {document.number}-00", 28, _FAINT)
        seal(sheet, (right - 120, bottom - 112), 64, document.header)
    sheet.stamp((left + 640, top + 630), 150, 84)  # beside the bars, so that they can be read
    return sheet.finished()


def _passport_page(document: _Document) -> "Image.Image":
    sheet = table()
    left, top, right, bottom = area = (64, 24, 1336, 856)
    paper(sheet, area, document.waves)
    sheet.text((left + 48, top + 30), document.issuer, 30, document.header, 0.5)
    sheet.text((left + 48, top + 70), document.title, 50, document.header, 1)
    seal(sheet, (right - 110, top + 92), 62, document.header)
    portrait(sheet, (left + 48, top + 158), 3.4, (222, 228, 236))
    _fields(sheet, (left + 440, top + 158), document.fields, columns=2, width=400)
    sheet.box((left, bottom - 224, right, bottom - 24), (250, 250, 246))
    for row, line in enumerate(document.machine_lines):
        sheet.spaced((left + 30, bottom - 200 + row * 84), line, 44, (right - left - 60) / 44)
    sheet.stamp((left + 740, top + 380), 150, 84)
    return sheet.finished()


def _selfie() -> "Image.Image":
    sheet = Sheet((1000, 1240), (208, 212, 206))
    _books(sheet, (0, 90))
    sheet.box((640, 60, 960, 560), (246, 246, 240), 8)
    for pane in ((660, 80, 790, 300), (810, 80, 940, 300), (660, 320, 790, 540), (810, 320, 940, 540)):
        sheet.box(pane, (190, 216, 232))
    for index in range(9):
        angle = math.radians(200 + index * 17)
        tip = (110 + 190 * math.cos(angle), 640 + 300 * math.sin(angle))
        middle = (110 + 80 * math.cos(angle + 0.3), 640 + 150 * math.sin(angle + 0.3))
        sheet.shape([(104, 640), middle, tip, (118, 640)], (72 + index * 5, 118 + index * 4, 84))
    sheet.shape([(30, 640), (190, 640), (170, 800), (50, 800)], (184, 112, 84))
    face(sheet, (60, 180), 8.8)
    sheet.text((40, 30), "SPECIMEN · a drawn face, nobody's", 34, _FAINT, 0.6)
    sheet.stamp((500, 1060), 110, 70)
    return sheet.finished()


def _books(sheet: Sheet, at: tuple[int, int]) -> None:
    """Fill a shelf behind the applicant, so that there is something to be sharp or blurred."""
    x, foot = at[0] + 14, at[1] + 170
    for book in range(13):
        width, height = 26 + book * 7 % 17, 112 + book * 23 % 48
        spine = (84 + book * 37 % 110, 70 + book * 53 % 90, 78 + book * 29 % 100)
        sheet.box((x, foot - height, x + width, foot), spine, 3)
        for band in (0.18, 0.26, 0.8):
            y = foot - height * (1 - band)
            sheet.box((x, y, x + width, y + 4), (226, 212, 176))
        x += width + 3
    sheet.box((at[0], foot, x + 20, foot + 14), (128, 96, 70))


def _fields(sheet: Sheet, at: tuple[int, int], fields: Sequence[tuple[str, str]], *, columns: int, width: int) -> None:
    for index, (label, value) in enumerate(fields):
        x, y = at[0] + index % columns * width, at[1] + index // columns * 92
        sheet.text((x, y), label, 22, _FAINT, 0.3)
        sheet.text((x, y + 28), value, 38, INK, 0.6)


def _check_digit(characters: str) -> str:
    """Compute the check digit of ICAO Doc 9303 part 3, 4.9: weights 7, 3, 1; A is 10, `<` is 0."""
    values = (0 if c == "<" else int(c, 36) for c in characters)
    return str(sum(value * (7, 3, 1)[index % 3] for index, value in enumerate(values)) % 10)


def _machine_lines(number: str, *, card: bool) -> tuple[str, ...]:
    """Write the holder's machine-readable lines: three of 30 on a card (TD1), two of 44 in a passport (TD3)."""
    document = number + _check_digit(number)
    born, expires = (day + _check_digit(day) for day in ("800115", "340114"))
    names = "SAMPLE<<ALEX<JORDAN"
    if card:
        check = _check_digit(document + "<" * 15 + born + expires + "<" * 11)
        first = f"IPUTO{document}".ljust(30, "<")
        return first, f"{born}<{expires}UTO".ljust(29, "<") + check, names.ljust(30, "<")
    personal = "<" * 14 + "0"
    second = f"{document}UTO{born}<{expires}{personal}"
    return f"P<UTO{names}".ljust(44, "<"), second + _check_digit(document + born + expires + personal)


def _aamva(kind: str, number: str) -> str:
    """Write what the barcode of a card of `kind`, DL or ID, says: version 10 of the AAMVA DL/ID Card Design Standard.

    Annex D of that, edition 2020. The issuer, 000000, is nobody.
    """
    elements = (
        f"DAQ{number}",
        *("DCSSAMPLE", "DDEN", "DACALEX", "DDFN", "DADJORDAN", "DDGN", "DCANONE", "DCBNONE", "DCDNONE"),
        *("DBD01152024", "DBB01151980", "DBA01142034", "DBC9", "DAU068 in", "DAYBRO"),
        *("DAG12 EXAMPLE ST", "DAIANYTOWN", "DAJIL", "DAK627010000  ", "DCFSPECIMEN", "DCGUSA"),
    )
    subfile = kind + "\n".join(elements) + "\r"
    header = "@\n\x1e\rANSI 000000100001"
    return f"{header}{kind}{len(header) + 10:04}{len(subfile):04}{subfile}"


def _card_fields(number: str, *extra: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        ("NUMBER", number),
        ("EXPIRES", "01/14/2034"),
        ("FAMILY NAME", "SAMPLE"),
        ("GIVEN NAMES", "ALEX JORDAN"),
        ("DATE OF BIRTH", "01/15/1980"),
        ("ISSUED", "01/15/2024"),
        *extra,
    )


_STATE_EXTRA: Final = (("HEIGHT", "5'-08\""), ("EYES", "BRO"), ("ADDRESS", "12 EXAMPLE ST"), ("", "ANYTOWN IL 62701"))
_LICENSE: Final = _Document(
    "STATE OF UTOPIA",
    "DRIVER'S LICENSE",
    (24, 74, 120),
    ((184, 212, 228), (226, 214, 190)),
    "S555-0101-0001",
    _card_fields("S555-0101-0001", *_STATE_EXTRA),
    barcode=_aamva("DL", "S555-0101-0001"),
)
_STATE_ID: Final = _Document(
    "STATE OF UTOPIA",
    "IDENTIFICATION CARD",
    (28, 98, 76),
    ((188, 222, 204), (226, 216, 232)),
    "N555-0102-0002",
    _card_fields("N555-0102-0002", *_STATE_EXTRA),
    barcode=_aamva("ID", "N555-0102-0002"),
)
_PASSPORT: Final = _Document(
    "UTOPIA",
    "PASSPORT",
    (92, 34, 62),
    ((226, 198, 208), (196, 210, 228)),
    "S00001234",
    _card_fields("S00001234", ("NATIONALITY", "UTOPIAN"), ("PLACE OF BIRTH", "ANYTOWN")),
    _machine_lines("S00001234", card=False),
)
_PASSPORT_CARD: Final = _Document(
    "UTOPIA",
    "PASSPORT CARD",
    (68, 60, 116),
    ((204, 202, 230), (224, 222, 190)),
    "C00005678",
    _card_fields("C00005678", ("NATIONALITY", "UTOPIAN"), ("PLACE OF BIRTH", "ANYTOWN")),
    _machine_lines("C00005678", card=True),
)

_PICTURES: Final[dict[str, "Callable[[], Image.Image]"]] = {
    "drivers_license_front": functools.partial(_front, _LICENSE),
    "drivers_license_back": functools.partial(_back, _LICENSE),
    "state_id_front": functools.partial(_front, _STATE_ID),
    "state_id_back": functools.partial(_back, _STATE_ID),
    "passport": functools.partial(_passport_page, _PASSPORT),
    "passport_card_front": functools.partial(_front, _PASSPORT_CARD),
    "passport_card_back": functools.partial(_back, _PASSPORT_CARD),
    "selfie": _selfie,
}
