"""Decoded pictures reduced and made opaque, a band at a time, so that none is held twice."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["opaque", "shrink_by", "shrunk"]

_BAND: Final = 256


def shrink_by(pixels: int, most: int) -> int:
    """Return the divisor of width and height that leaves at most `most` of `pixels`; at most 8, as in libjpeg."""
    return next((by for by in (1, 2, 4) if pixels <= most * by * by), 8)


def shrunk(picture: "Image.Image", by: int) -> "Image.Image":
    """Return the picture in RGB, on white where transparent, with width and height divided by `by`."""
    from PIL import Image

    if picture.mode == "RGB" and by == 1:
        return picture
    small, band = Image.new("RGB", (-(-picture.width // by), -(-picture.height // by))), _BAND * by
    for top in range(0, picture.height, band):
        part = picture.crop((0, top, picture.width, min(top + band, picture.height)))
        small.paste(opaque(part).reduce(by), (0, top // by))
    return small


def opaque(picture: "Image.Image") -> "Image.Image":
    """Return the picture in RGB, on white where transparent."""
    from PIL import Image

    if picture.mode == "RGB":
        return picture
    if picture.mode.startswith("I"):  # 16-bit gray, which Pillow clips instead of scaling
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.mode == "P" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode not in ("RGBA", "LA", "PA"):
        return picture.convert("RGB")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white
