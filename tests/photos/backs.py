"""Backs of licenses, drawn for the tests: of whom, until when, and with what in the barcode, they say themselves."""

import io
from datetime import date

from PIL import Image

from iprescribe_tui.sandbox.drawing import barcode, paper, table

CARD = (64, 40, 1336, 842)
WAVES = ((200, 214, 226), (226, 214, 196))


def barcode_text(
    *, given: str = "AMELIA", family: str = "HARTWELL", expires: date = date(2099, 4, 30), issuer: str = "636035"
) -> str:
    """A license of Illinois, of version 8."""
    elements = (
        f"DAQH555-0101|DCS{family}|DDEN|DAC{given}|DDFN|DADJANE|DDGN|DCAD|DCBNONE|DCDNONE|DBD04302021|DBB04301975|"
        f"DBA{expires:%m%d%Y}|DBC2|DAU065 IN|DAYBRO|DAG12 ELM ST|DAHAPT 4|DAISPRINGFIELD|DAJIL|DAK627010000  |DCGUSA"
    )
    return f"@\n\x1e\rANSI {issuer}080001DL00310250DL" + elements.replace("|", "\n") + "\r"


def back(text: str = "") -> Image.Image:
    """A card's back with a barcode that says `text`, or without any."""
    sheet = table()
    paper(sheet, CARD, WAVES)
    if text:
        barcode(sheet, (120, 280, 1280, 520), text)
    return sheet.finished()


def jpeg(image: Image.Image) -> bytes:
    """The picture as a phone would send it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
