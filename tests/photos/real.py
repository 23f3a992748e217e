"""Real photographs, which are not part of the repository: tests that need them are skipped where they are not there."""

from pathlib import Path

import pytest
from PIL import Image

from tests.photos.drawn import blurred, saved

FOLDER = Path(__file__).parents[3] / "shared" / "photos"

needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="the real photographs are not here")


def out_of_focus(name: str, by: float) -> bytes:
    """The file of a photograph that is blurred by so many pixels of a copy whose longer side has 1,024."""
    with Image.open(FOLDER / name) as photo:
        picture = photo.convert("RGB")
    return saved(blurred(picture, by * max(picture.size) / 1024), quality=97)
