"""Sample pictures for trying the sandbox: made-up identity documents, and a face.

Every picture says SPECIMEN. Documents show the name of the persona who tries them, or that of NOBODY.
"""

import functools
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from iprescribe_tui.sandbox.domain.drawing import (
    INK,
    RED,
    Sheet,
    barcode,
    face,
    paper,
    portrait,
    seal,
    signature,
    table,
)
from iprescribe_tui.sandbox.domain.specimens import NOBODY, Document, Holder, documents_of
from iprescribe_tui.system.private_files import make_private, write_private

if TYPE_CHECKING:
    from PIL import Image

_CARD: Final = (64, 40, 1336, 842)  # 85.6 × 54 mm, lying on the table
_FAINT: Final = (98, 104, 116)
_FITTING: Final = 15  # characters of a value that fit in a column at full size
_EDITION: Final = 2  # incremented when the pictures change, so that older files are not used


def write_sample_photos(folder: Path, holder: Holder = NOBODY) -> dict[str, Path]:
    """Write the sample pictures of `holder` that are missing from `folder`; return the path of each by its name.

    The names: `{kind}_front` and `{kind}_back` for drivers_license, state_id and passport_card, then `passport` and
    `selfie`. The files, `{name}-{_EDITION}.jpg`, are JPEG of mode 0600, put in place whole or not at all.
    Raises OSError if the folder cannot be created or written.
    """
    make_private(folder)
    pictures = _pictures(holder)
    paths = {name: folder / f"{name}-{_EDITION}.jpg" for name in pictures}
    for name, path in paths.items():
        if not path.exists():
            _write(path, pictures[name]())
    return paths


def main() -> None:
    """Write the pictures that stdin asks for, and their paths to stdout; the server runs this as a process."""
    wanted = json.load(sys.stdin)
    paths = write_sample_photos(Path(wanted["folder"]), Holder(**wanted["holder"]))
    json.dump({name: str(path) for name, path in paths.items()}, sys.stdout)


def _write(path: Path, image: "Image.Image") -> None:
    comment = b"SPECIMEN, drawn by iprescribe-tui"
    write_private(path, lambda out: image.save(out.buffer, "JPEG", quality=88, comment=comment))


def _front(document: Document) -> "Image.Image":
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


def _back(document: Document) -> "Image.Image":
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
    sheet.stamp((left + 640, top + 630), 150, 84)  # beside the barcode, which must stay readable
    return sheet.finished()


def _passport_page(document: Document) -> "Image.Image":
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
    """Draw a shelf behind the applicant, so that there is detail to be sharp or blurred."""
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
        sheet.text((x, y + 28), value, min(38, 38 * _FITTING // max(1, len(value))), INK, 0.6)


def _pictures(holder: Holder) -> "dict[str, Callable[[], Image.Image]]":
    """Return the function that draws each picture, by the picture's name."""
    documents = documents_of(holder)
    license_, state_id, card = (documents[kind] for kind in ("drivers_license", "state_id", "passport_card"))
    return {
        "drivers_license_front": functools.partial(_front, license_),
        "drivers_license_back": functools.partial(_back, license_),
        "state_id_front": functools.partial(_front, state_id),
        "state_id_back": functools.partial(_back, state_id),
        "passport": functools.partial(_passport_page, documents["passport"]),
        "passport_card_front": functools.partial(_front, card),
        "passport_card_back": functools.partial(_back, card),
        "selfie": _selfie,
    }
