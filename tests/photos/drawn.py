"""Photos of IDs of nobody, drawn for the tests: good ones as people take them, and the same with one thing wrong."""

import io
import random
from functools import cache, lru_cache
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

WIDTH, HEIGHT = 1280, 860
ORIENTATION, GPS, SOFTWARE = 0x0112, 0x8825, 0x0131

TABLES = {"wood": (96, 74, 58), "slate": (52, 56, 62), "desk": (188, 184, 176), "blanket": (120, 44, 52)}


@cache
def card(side: str = "front", paper: tuple[int, int, int] = (228, 232, 226)) -> Image.Image:
    """An ID card, 1100 × 694 pixels, with a portrait and lines of print, or a bar code and small print on the back."""
    image = Image.new("RGB", (1100, 694), paper)
    pen, dice = ImageDraw.Draw(image), random.Random(side)
    for wave in range(0, 694, 13):
        pen.line((0, wave, 1100, wave + 40), tuple(level - 14 for level in paper), 2)
    if side == "front":
        pen.rectangle((0, 0, 1100, 104), (36, 72, 118))
        pen.text((36, 28), "STATE OF NOWHERE  SPECIMEN", (250, 250, 250), ImageFont.load_default(46))
        pen.rectangle((40, 150, 330, 520), (168, 190, 204))
        pen.ellipse((110, 200, 260, 400), (196, 150, 118))
        pen.ellipse((70, 400, 300, 640), (60, 78, 110))
        pen.rectangle((40, 520, 330, 694), paper)
    else:
        pen.rectangle((0, 30, 1100, 130), (40, 38, 42))
        pen.rectangle((40, 170, 1060, 380), (244, 244, 244))
        for x in range(60, 1040, 5):
            for y in range(186, 366, 20):
                if dice.random() < 0.5:
                    pen.rectangle((x, y, x + 4, y + 19), (24, 24, 26))
    left, top = (380, 150) if side == "front" else (60, 430)
    for line in range(7 if side == "front" else 4):
        text = "".join(dice.choice("ABCDEFGHIJKLMNOPRSTUVWXYZ 0123456789") for _ in range(24))
        pen.text((left, top + line * 66), text, (34, 36, 44), ImageFont.load_default(38))
    return image


@lru_cache(maxsize=8)
def scene(
    side: str = "front", table: str = "wood", turn: float = 0, share: float = 1.0, noise: int = 6, **looks: Any
) -> Image.Image:
    """A card on a table, `turn` degrees askew, as large as the picture allows times `share`."""
    image = Image.new("RGB", (WIDTH, HEIGHT), TABLES[table])
    laid = card(side, **looks)
    laid = laid.resize((round(laid.width * share), round(laid.height * share)), Image.Resampling.LANCZOS)
    mask = Image.new("L", laid.size, 255).rotate(turn, Image.Resampling.BICUBIC, expand=True)
    laid = laid.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    image.paste(laid, ((WIDTH - laid.width) // 2, (HEIGHT - laid.height) // 2), mask)
    return grain(image, noise) if noise else image


def page(size: int) -> Image.Image:
    """A page of capitals and digits, set in so many pixels."""
    image, dice = Image.new("RGB", (WIDTH, HEIGHT), (226, 224, 214)), random.Random(size)
    pen = ImageDraw.Draw(image)
    for top in range(40, HEIGHT - 40 - size, round(size * 1.6)):
        text = "".join(dice.choice("ABCDEFGHIJKLMNOPRSTUVWXYZ 0123456789") for _ in range(1500 // size))
        pen.text((60, top), text, (34, 36, 44), ImageFont.load_default(size))
    return grain(image)


def face() -> Image.Image:
    """Somebody before a shelf."""
    image, dice = Image.new("RGB", (900, 1100), (176, 170, 160)), random.Random("shelf")
    pen = ImageDraw.Draw(image)
    for x in range(0, 900, 45):
        pen.rectangle((x, 40, x + 40, 300), tuple(dice.randrange(60, 220) for _ in "rgb"))
    pen.ellipse((60, 820, 840, 1700), (50, 70, 96))
    pen.ellipse((260, 260, 640, 800), (188, 142, 112))
    pen.pieslice((240, 220, 660, 640), 180, 360, (50, 38, 32))
    for eye in (370, 530):
        pen.ellipse((eye - 34, 500, eye + 34, 534), (244, 242, 238))
        pen.ellipse((eye - 16, 501, eye + 16, 533), (48, 36, 30))
    pen.arc((380, 640, 520, 720), 20, 160, (140, 70, 66), 10)
    return grain(image)


def grain(image: Image.Image, strength: int = 6) -> Image.Image:
    """The picture with the noise of a sensor."""
    noise = Image.frombytes("L", image.size, random.Random(5).randbytes(image.width * image.height))
    noise = noise.point([level * 2 * strength // 256 for level in range(256)])
    return ImageChops.add(image, Image.merge("RGB", (noise, noise, noise)), 1, -strength)


def saved(image: Image.Image, kind: str = "JPEG", orientation: int = 0, **how: Any) -> bytes:
    """The file of a picture; with an `orientation`, turned so that a viewer must turn it back."""
    out = io.BytesIO()
    if orientation:
        back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        image, how = image.transpose(back[orientation]), {**how, "exif": exif}
    image.save(out, kind, **({"quality": 88} | how if kind == "JPEG" else how))
    return out.getvalue()


def heic(image: Image.Image, **how: Any) -> bytes:
    """The file as an iPhone saves it; noise takes ten times as long."""
    import pillow_heif

    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=how.pop("quality", 90), **how)
    return out.getvalue()


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Out of focus."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def shaken(image: Image.Image, by: int, direction: tuple[int, int] = (1, 0)) -> Image.Image:
    """Moved by so many pixels, across and down, while the shutter was open."""
    mean = image
    for step in range(1, by):
        moved = ImageChops.offset(image, step * direction[0], step * direction[1])
        mean = Image.blend(mean, moved, 1 / (step + 1))
    return mean


def darkened(image: Image.Image, to: float) -> Image.Image:
    """In poor light."""
    return ImageEnhance.Brightness(image).enhance(to)


def lamp(image: Image.Image, at: tuple[float, float], size: tuple[float, float], soft: float = 0.02) -> Image.Image:
    """With light reflected on it; all in shares of the width, the place from the upper left corner."""
    mask, (x, y), wide = Image.new("L", image.size, 0), at, image.width
    box = ((x - size[0]) * wide, (y - size[1]) * wide, (x + size[0]) * wide, (y + size[1]) * wide)
    ImageDraw.Draw(mask).ellipse(box, 255)
    lit = image.copy()
    lit.paste((255, 255, 255), mask=mask.filter(ImageFilter.GaussianBlur(soft * wide)))
    return lit
