"""Portraits that were refused for what is no fault of them: a white coat, a white collar, a lamp behind, soft skin."""

from PIL import Image, ImageDraw

from tests.photos.drawn import face, grain

REFUSED_ONCE = tuple(f"selfie-{number:02}.jpg" for number in (1, 2, 6, 8, 10, 12))
"""The real photographs that were refused as blurred, or for light that was a collar or a lamp behind."""


def white_coat() -> Image.Image:
    """Somebody in a white coat over a white collar, with an earring, before a shelf with a lamp on it."""
    image = face()
    pen = ImageDraw.Draw(image)
    pen.ellipse((700, 60, 860, 220), (255, 255, 255))
    pen.polygon(((20, 1100), (110, 880), (330, 800), (450, 1000), (570, 800), (790, 880), (880, 1100)), (254, 254, 253))
    pen.polygon(((340, 790), (450, 960), (400, 830)), (255, 255, 255))
    pen.polygon(((560, 790), (450, 960), (500, 830)), (255, 255, 255))
    pen.line((450, 1000, 450, 1100), (206, 208, 212), 4)
    pen.rectangle((600, 980, 740, 1000), (210, 212, 216))
    pen.ellipse((246, 590, 266, 610), (255, 255, 255))
    return grain(image, 3)
