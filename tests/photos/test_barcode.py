"""The barcode in a photo of a license's back is read as people take them; where there is none, none is read."""

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageFilter, ImageOps

from iprescribe_tui.photos.apart import barcode_apart
from iprescribe_tui.photos.barcode import barcode_of
from tests.photos.backs import back, barcode_text

TEXT = barcode_text()


@pytest.fixture(scope="module")
def card() -> Image.Image:
    return back(TEXT)


def saved(image: Image.Image, folder: Path, kind: str = "JPEG") -> Path:
    path = folder / "back"
    image.save(path, kind)
    return path


@pytest.mark.parametrize("degrees", [0, 1, -3, 8, 13, 20, -30, 45, 90, 183])
def test_a_card_is_read_however_it_lies(card: Image.Image, tmp_path: Path, degrees: int) -> None:
    turned = card.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=(92, 74, 60))
    assert barcode_apart(saved(turned, tmp_path)) == TEXT


@pytest.mark.parametrize("radius", [0.5, 1, 2])
def test_a_little_blur_does_no_harm(card: Image.Image, tmp_path: Path, radius: float) -> None:
    assert barcode_apart(saved(card.filter(ImageFilter.GaussianBlur(radius)), tmp_path)) == TEXT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_every_format_that_is_taken_is_read(card: Image.Image, tmp_path: Path, kind: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    assert barcode_apart(saved(card.resize((1000, 629)), tmp_path, kind)) == TEXT


def test_a_small_card_in_a_large_photo_is_read(card: Image.Image, tmp_path: Path) -> None:
    photo = Image.new("RGB", (4000, 3000), (120, 110, 100))
    photo.paste(card.resize((1100, 691)).rotate(3, expand=True, fillcolor=(120, 110, 100)), (1400, 900))
    assert barcode_apart(saved(photo, tmp_path)) == TEXT


def test_dim_light_and_grey_do_no_harm(card: Image.Image, tmp_path: Path) -> None:
    assert barcode_apart(saved(ImageOps.grayscale(card).point([level // 3 for level in range(256)]), tmp_path)) == TEXT


def test_letters_beyond_ascii_are_read(tmp_path: Path) -> None:
    text = barcode_text(given="TOMÁS", family="PEÑA")
    assert barcode_apart(saved(back(text), tmp_path)) == text


@pytest.mark.parametrize("radius", [5, 12])
def test_a_blurred_barcode_is_none(card: Image.Image, tmp_path: Path, radius: float) -> None:
    assert barcode_apart(saved(card.filter(ImageFilter.GaussianBlur(radius)), tmp_path)) is None


def test_a_card_without_barcode_has_none(tmp_path: Path) -> None:
    assert barcode_apart(saved(back(), tmp_path)) is None


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut", bomb()], ids=len)
def test_what_is_no_picture_has_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "back"
    path.write_bytes(content)
    assert barcode_apart(path) is None
    assert barcode_apart(tmp_path / "missing") is None
    assert barcode_apart(tmp_path) is None


def test_no_more_is_tried_once_the_time_is_over(tmp_path: Path) -> None:
    path = saved(Image.frombytes("L", (3000, 3000), os.urandom(9_000_000)), tmp_path)
    before = time.monotonic()
    assert barcode_of(path.read_bytes(), seconds=0) is None
    assert time.monotonic() - before < 2


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_the_largest_picture_takes_little_memory(tmp_path: Path) -> None:
    path = saved(Image.new("RGBA", (5000, 5000), (90, 120, 150, 255)), tmp_path, "PNG")
    program = (
        "import sys; from pathlib import Path; from iprescribe_tui.photos.barcode import barcode_of; "
        "barcode_of(Path(sys.argv[1]).read_bytes()); print(Path('/proc/self/status').read_text())"
    )
    ran = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True, timeout=60)
    peak = re.search(r"VmHWM:\s*(\d+) kB", ran.stdout)
    assert peak
    assert int(peak[1]) < 200 * 1024


def test_nothing_that_decodes_pictures_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; import iprescribe_tui.photos.barcode, iprescribe_tui.client.barcode; "
        "print({'PIL', 'zxingcpp', 'pillow_heif'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "set()"
