"""Tools that draw the sample pictures: a sheet, and on it paper, seals, barcodes and one invented face.

Pictures are drawn at twice the size and halved, which smooths Pillow's jagged edges. Nothing is random: each comes out
the same every time.
"""

import functools
import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from iprescribe_tui.photos.preview import Color

if TYPE_CHECKING:
    from PIL import Image, ImageFont

SIZE: Final = (1400, 880)  # of a document's picture, in pixels
INK: Final = (32, 36, 44)
RED: Final = (176, 28, 44)


class Sheet:
    """Picture with coordinates in final pixels, drawn at twice the size."""

    def __init__(self, size: tuple[int, int], ground: Color) -> None:
        from PIL import Image, ImageDraw

        self.image = Image.new("RGB", (size[0] * 2, size[1] * 2), ground)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, area: Sequence[float], fill: Color, radius: float = 0) -> None:
        """Fill a rectangle, given by its upper left and lower right corners, rounded by `radius`."""
        self._draw.rounded_rectangle([2 * n for n in area], radius * 2, fill)

    def oval(self, area: Sequence[float], fill: Color) -> None:
        """Fill the oval within a rectangle."""
        self._draw.ellipse([2 * n for n in area], fill)

    def pie(self, area: Sequence[float], start: float, end: float, fill: Color) -> None:
        """Fill a sector of an oval, from `start` to `end` degrees, clockwise from three o'clock."""
        self._draw.pieslice([2 * n for n in area], start, end, fill)

    def shape(self, points: Sequence[tuple[float, float]], fill: Color) -> None:
        """Fill a polygon."""
        self._draw.polygon([(2 * x, 2 * y) for x, y in points], fill)

    def line(self, points: Sequence[tuple[float, float]], fill: Color, width: float = 1) -> None:
        """Draw a line through points."""
        # Rounded joints of fine lines would take most of the time and be invisible.
        joint = "curve" if width > 3 else None
        self._draw.line([(2 * x, 2 * y) for x, y in points], fill, round(width * 2), joint)

    def text(self, at: tuple[float, float], text: str, size: int, fill: Color = INK, weight: float = 0) -> None:
        """Write a line of text, its upper left corner at `at`; `weight` pixels thicken the strokes."""
        place = (2 * at[0], 2 * at[1])
        self._draw.text(place, text, fill, _font(size * 2), stroke_width=weight * 2, stroke_fill=fill)

    def spaced(self, at: tuple[float, float], text: str, size: int, step: float) -> None:
        """Write each character in a cell of `step` pixels, as in machine-readable lines."""
        for index, character in enumerate(text):
            self._draw.text(
                (2 * (at[0] + (index + 0.5) * step), 2 * at[1]),
                character,
                INK,
                _font(size * 2),
                anchor="ma",
                stroke_width=1,
            )

    def stamp(self, at: tuple[float, float], size: int, strength: int) -> None:
        """Stamp a slanted SPECIMEN of opacity `strength` (0 to 255) onto the picture, centered at `at`."""
        mask = _specimen(size, strength)
        self.image.paste(RED, (round(2 * at[0] - mask.width / 2), round(2 * at[1] - mask.height / 2)), mask)

    def finished(self) -> "Image.Image":
        """Return the picture at its final size, with the grain of a photograph, the same one every time."""
        from PIL import Image, ImageChops

        image = self.image.reduce(2)
        noise = hashlib.shake_256(b"grain").digest(image.width * image.height)
        grain = Image.frombytes("L", image.size, noise).point([level // 18 for level in range(256)])
        return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -7)


@functools.cache
def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)


@functools.cache
def _specimen(size: int, strength: int) -> "Image.Image":
    from PIL import Image, ImageDraw

    font = _font(size * 2)
    left, top, right, bottom = font.getbbox("SPECIMEN", stroke_width=4)
    mask = Image.new("L", (round(right - left), round(bottom - top)), 0)
    ImageDraw.Draw(mask).text((-left, -top), "SPECIMEN", strength, font, stroke_width=4)
    return mask.rotate(17, Image.Resampling.BILINEAR, expand=True)


def table() -> Sheet:
    """Return a sheet that shows a dark wooden table."""
    sheet = Sheet(SIZE, (92, 74, 60))
    for row in range(0, SIZE[1], 5):
        shade = round(9 * math.sin(row / 23) + 7 * math.sin(row / 7.3))
        points = [(x, row + 5 * math.sin(x / 170 + row / 60)) for x in range(0, SIZE[0] + 40, 40)]
        sheet.line(points, (96 + shade, 77 + shade, 62 + shade), 3)
    return sheet


def paper(sheet: Sheet, area: tuple[int, int, int, int], waves: tuple[Color, Color]) -> None:
    """Draw a card with its shadow and the fine interlaced lines of documents."""
    left, top, right, bottom = area
    sheet.box((left + 6, top + 8, right + 8, bottom + 10), (58, 46, 38), 40)
    sheet.box(area, (240, 243, 243), 38)
    for number in range(34):
        color = waves[number % 2]
        middle = top + 60 + (bottom - top - 120) * number / 33
        points = [
            (x, middle + 26 * math.sin(x / (52 + number) + number * 0.7) + 16 * math.sin(x / 31 - number * 0.4))
            for x in range(left + 6, right - 4, 8)
        ]
        sheet.line(points, color, 1.5)


def seal(sheet: Sheet, center: tuple[int, int], radius: int, color: Color) -> None:
    """Draw a rosette of turned ovals around a star."""
    x, y = center
    for turn in range(24):
        angle = math.radians(turn * 15)
        ring = [
            (
                x + radius * (0.55 * math.cos(angle) + 0.42 * math.cos(step)),
                y + radius * (0.55 * math.sin(angle) + 0.42 * math.sin(step)),
            )
            for step in (math.radians(part * 12) for part in range(31))
        ]
        sheet.line(ring, color, 1)
    star = [
        (x + size * math.sin(math.radians(36 * point)), y - size * math.cos(math.radians(36 * point)))
        for point in range(10)
        for size in (radius * (0.34 if point % 2 == 0 else 0.14),)
    ]
    sheet.shape(star, color)


def signature(sheet: Sheet, at: tuple[int, int]) -> None:
    """Scribble a signature, 290 pixels wide, to the right of `at`."""
    points = [
        (at[0] + step * 2.6, at[1] + 26 * math.sin(step / 5.2) * math.cos(step / 17) - step * 0.12)
        for step in range(112)
    ]
    sheet.line(points, (36, 44, 110), 3)


def barcode(sheet: Sheet, area: tuple[int, int, int, int], text: str) -> None:
    """Draw `text` as a PDF417 symbol (ISO/IEC 15438), as large as fits, in the middle of a pale area."""
    import zxingcpp
    from PIL import Image, ImageChops

    left, top, right, bottom = area
    sheet.box(area, (243, 243, 238))
    # Twelve columns of codewords make it about as wide as those on real cards.
    symbol = zxingcpp.create_barcode(text.encode("latin-1"), zxingcpp.BarcodeFormat.PDF417, columns=12, ec_level="4")
    bars = ImageChops.invert(Image.fromarray(symbol.to_image(scale=1, add_quiet_zones=False)))
    # Whole pixels: a symbol's data is in the widths of its bars.
    width, height = (right - left - 16) // bars.width * bars.width, (bottom - top - 16) // bars.height * bars.height
    place = (left + right - width, top + bottom - height)
    sheet.image.paste((24, 24, 28), place, bars.resize((2 * width, 2 * height), Image.Resampling.NEAREST))


def portrait(sheet: Sheet, at: tuple[int, int], scale: float, ground: Color) -> None:
    """Draw the holder's portrait, 100 × 125 units of `scale` pixels, cropped to its frame."""
    framed = Sheet((round(100 * scale), round(125 * scale)), ground)
    face(framed, (0, 0), scale)
    sheet.image.paste(framed.image, (2 * at[0], 2 * at[1]))


def face(sheet: Sheet, at: tuple[float, float], scale: float) -> None:
    """Draw head and shoulders, 100 × 125 units of `scale` pixels, with the upper left corner at `at`."""
    skin, shade, hair, iris = (206, 158, 126), (184, 134, 104), (58, 42, 36), (84, 64, 44)

    def area(*units: float) -> list[float]:
        return [at[index % 2] + scale * unit for index, unit in enumerate(units)]

    def points(*units: tuple[float, float]) -> list[tuple[float, float]]:
        return [(at[0] + scale * x, at[1] + scale * y) for x, y in units]

    sheet.oval(area(23, 13, 77, 82), hair)
    sheet.oval(area(4, 92, 96, 170), (52, 84, 116))
    sheet.shape(points((40, 74), (60, 74), (63, 96), (50, 108), (37, 96)), shade)
    sheet.shape(points((37, 92), (50, 108), (41, 117), (31, 96)), (232, 236, 240))
    sheet.shape(points((63, 92), (50, 108), (59, 117), (69, 96)), (232, 236, 240))
    sheet.oval(area(25, 46, 33, 62), shade)
    sheet.oval(area(67, 46, 75, 62), shade)
    sheet.oval(area(28, 22, 72, 86), skin)
    sheet.pie(area(26, 12, 74, 68), 180, 360, hair)
    sheet.oval(area(29.5, 31, 70.5, 64), skin)
    sheet.shape(points((28, 48), (29, 34), (46, 26), (64, 31), (56, 36), (42, 38.5), (33, 42)), hair)
    for eye in (40.5, 59.5):
        sheet.line(points((eye - 6, 46.4), (eye - 1, 44.6), (eye + 5, 45.8)), hair, scale * 1.3)
        sheet.oval(area(eye - 5, 49, eye + 5, 55), (248, 246, 242))
        sheet.oval(area(eye - 2.7, 49.3, eye + 2.7, 54.7), iris)
        sheet.oval(area(eye - 1.3, 50.7, eye + 1.3, 53.3), (18, 16, 16))
        sheet.oval(area(eye + 0.3, 50.3, eye + 1.5, 51.5), (255, 255, 255))
        sheet.line(
            points((eye - 5.4, 51.4), (eye - 2.5, 49.2), (eye + 2.5, 49.2), (eye + 5.4, 51.4)), hair, scale * 0.7
        )
    sheet.line(points((49, 52), (47.4, 63), (50, 65), (52.8, 63.6)), shade, scale * 0.9)
    sheet.pie(area(42.5, 66, 57.5, 76), 14, 166, (178, 98, 92))
    sheet.line(points((42, 71.2), (46, 72.6), (50, 72.9), (54, 72.6), (58, 71.2)), (126, 58, 58), scale * 0.8)
