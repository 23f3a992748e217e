"""A camera before the terminal: its screen as a picture, cell by cell as xterm draws it, and what a phone reads."""

from pathlib import Path

import pyte
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from pyte.screens import Char

WIDE, HIGH = 10, 20
"""Pixels of a cell."""

BASIC = {
    "black": "#000000",
    "red": "#cd0000",
    "green": "#00cd00",
    "brown": "#cdcd00",
    "blue": "#0000ee",
    "magenta": "#cd00cd",
    "cyan": "#00cdcd",
    "white": "#e5e5e5",
    "brightblack": "#7f7f7f",
    "brightred": "#ff0000",
    "brightgreen": "#00ff00",
    "brightbrown": "#ffff00",
    "brightblue": "#5c5cff",
    "bfightmagenta": "#ff00ff",  # pyte's spelling
    "brightmagenta": "#ff00ff",
    "brightcyan": "#00ffff",
    "brightwhite": "#ffffff",
}
"""xterm's first 16 colors, by pyte's names. The others arrive as RGB."""

TERMINALS = {"dark": ("#e5e5e5", "#000000"), "light": ("#000000", "#ffffff")}
"""Foreground and background of a terminal where a program says nothing of them."""

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")


def picture(screen: pyte.Screen, columns: int, terminal: str = "dark") -> Image.Image:
    """The first `columns` columns of `screen`, on a terminal that is dark or light by itself."""
    image = Image.new("RGB", (columns * WIDE, screen.lines * HIGH), TERMINALS[terminal][1])
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(FONT), 15) if FONT.exists() else ImageFont.load_default(15)
    for y in range(screen.lines):
        for x in range(columns):
            _draw(pen, font, screen.buffer[y][x], x * WIDE, y * HIGH, TERMINALS[terminal])
    return image


def _draw(
    pen: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    cell: Char,
    x: int,
    y: int,
    default: tuple[str, str],
) -> None:
    ink, ground = (_color(name, own) for name, own in zip((cell.fg, cell.bg), default, strict=True))
    if cell.reverse:
        ink, ground = ground, ink
    pen.rectangle((x, y, x + WIDE - 1, y + HIGH - 1), fill=ground)
    half = HIGH // 2
    blocks = {"▀": (0, half), "▄": (half, HIGH), "█": (0, HIGH)}
    if cell.data in blocks:
        top, bottom = blocks[cell.data]
        pen.rectangle((x, y + top, x + WIDE - 1, y + bottom - 1), fill=ink)
    elif cell.data.strip():
        pen.text((x, y), cell.data, fill=ink, font=font)


def _color(name: str, default: str) -> str:
    return default if name == "default" else BASIC.get(name) or f"#{name}"


def read(image: Image.Image) -> str:
    """What a phone reads, "" where it finds no code or more than one. It does not try black and white exchanged."""
    found = zxingcpp.read_barcodes(image, try_invert=False)
    return found[0].text if len(found) == 1 else ""
