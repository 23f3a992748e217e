"""Backs of licenses, drawn for the tests: of whom, until when, and with what in the barcode, they say themselves."""

import io
from datetime import date

from PIL import Image, ImageDraw

from iprescribe_tui.sandbox.domain.drawing import barcode, paper, table

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


def on_table(
    card: Image.Image, degrees: float, *, width: int = 1500, aside: float = 0, size: tuple[int, int] = (2400, 1800)
) -> Image.Image:
    """Lay a card, `width` pixels wide and turned by `degrees`, onto a table.

    It is seen from aside: its left edge is shorter than its right one by `aside`, a share of its height.
    """
    laid = card.crop(CARD).convert("RGBA")
    outline = Image.new("L", laid.size, 0)
    ImageDraw.Draw(outline).rounded_rectangle((0, 0, laid.width - 1, laid.height - 1), 38, 255)
    laid.putalpha(outline)
    laid = laid.resize((width, width * laid.height // laid.width), Image.Resampling.LANCZOS)
    off = aside * laid.height
    seen = (0, -off, 0, laid.height + off / 2, laid.width, laid.height, laid.width, 0)
    laid = laid.transform(laid.size, Image.Transform.QUAD, seen, Image.Resampling.BICUBIC)
    laid = laid.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    photo = table().finished().resize(size, Image.Resampling.BICUBIC)
    photo.paste(laid, ((size[0] - laid.width) // 2, (size[1] - laid.height) // 2), laid)
    return photo


def jpeg(image: Image.Image) -> bytes:
    """The picture as a phone would send it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
