"""The barcode in a photo of a license's back is read as people take them; where there is none, none is read."""

import io
import os
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from iprescribe_tui.photos.back_of_id import verdict_of
from iprescribe_tui.photos.barcode import barcode_in, barcode_of
from iprescribe_tui.photos.bars import bars_in
from iprescribe_tui.photos.worker import barcode_apart
from tests.longer import few
from tests.photos.backs import back, barcode_text, on_table

TEXT = barcode_text()
EXPIRED = barcode_text(expires=date(2021, 3, 2))
LABELS = sorted((Path(__file__).parents[3] / "shared" / "photos").glob("document-barcode-*.jpg"))


@pytest.fixture(scope="module")
def card() -> Image.Image:
    return back(TEXT)


def saved(image: Image.Image, folder: Path, kind: str = "JPEG") -> Path:
    path = folder / "back"
    image.save(path, kind)
    return path


@pytest.mark.parametrize(
    "degrees", few([0, -3, 8, 20, -30, 45, 90, 183, 1, 5, -10, 13, 15, 25, 37, -45, 60, 75, 105, 135, 150, -165], 8)
)
def test_a_card_is_read_however_it_lies(card: Image.Image, tmp_path: Path, degrees: int) -> None:
    turned = card.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=(92, 74, 60))
    assert barcode_apart(saved(turned, tmp_path)) == TEXT


@pytest.mark.parametrize("degrees", few([30, 0, 8, 20, 45, -70]))
@pytest.mark.parametrize(
    "view",
    [
        {"aside": 0.15},
        {"width": 700, "size": (1600, 1200)},
        {"width": 800, "size": (1600, 1200), "aside": 0.1},
        {"width": 2000, "size": (4000, 3000)},
    ],
    ids=str,
)
def test_a_card_on_a_table_is_read(card: Image.Image, view: dict[str, Any], degrees: int) -> None:
    assert barcode_in(on_table(card, degrees, **view).filter(ImageFilter.GaussianBlur(0.7))) == TEXT


def test_the_card_is_read_and_not_the_label_beside_it(card: Image.Image) -> None:
    photo = on_table(card, 30, width=1200)
    photo.paste(back("A LABEL").crop((100, 260, 1300, 540)).resize((600, 140)), (20, 20))
    assert barcode_in(photo) == TEXT


@pytest.mark.matrix
@pytest.mark.skipif(not LABELS, reason="the photographs are not here")
@pytest.mark.parametrize("degrees", [0, 20, -30, 45, 70, 110])
def test_photographed_labels_are_read_however_they_lie(degrees: int) -> None:
    read = 0
    for label in LABELS:
        with Image.open(label) as photo:
            turned = photo.convert("RGB").rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(92, 74, 60))
        # In good time where this machine is busy too: how long it may take is tested below.
        read += barcode_in(turned, seconds=20) is not None
    assert read >= len(LABELS) - 1


@pytest.mark.parametrize("degrees", few([30, 0, 8, 20, 45], 2))
@pytest.mark.parametrize(("blur", "code"), [(0, "document_expired"), (12, "barcode_unread")])
def test_what_has_expired_is_never_passed_over_in_silence(tmp_path: Path, degrees: int, blur: float, code: str) -> None:
    photo = on_table(back(EXPIRED), degrees).filter(ImageFilter.GaussianBlur(blur))
    verdict = verdict_of("drivers_license", saved(photo, tmp_path), "Amelia Hartwell")
    assert verdict.code == code
    assert bool(verdict.error) is (code == "document_expired")
    assert bool(verdict.doubt) is (code == "barcode_unread")


@pytest.mark.parametrize("degrees", range(-80, 91, 10))
def test_bars_are_found_with_their_turn(degrees: int) -> None:
    photo = Image.new("L", (900, 900), 120)
    ImageDraw.Draw(photo).line((0, 0, 900, 40), 220, 9)
    symbol = back(TEXT).crop((120, 300, 1280, 500)).convert("L").resize((580, 100), Image.Resampling.BOX)
    turned = symbol.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=120)
    photo.paste(turned, (450 - turned.width // 2, 450 - turned.height // 2))
    found = bars_in(photo, 1)[0]
    assert abs((found.degrees - degrees + 90) % 180 - 90) < 3
    assert abs(found.x - 450) < 40
    assert abs(found.y - 450) < 40
    assert 500 < found.width < 660
    assert 60 < found.height < 190


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (11, 11), (12, 13), (30, 4000), (700, 500)], ids=str)
@pytest.mark.parametrize("level", [0, 255, None])
def test_a_picture_of_any_size_may_have_no_bars(size: tuple[int, int], level: int | None) -> None:
    photo = Image.effect_noise(size, 90) if level is None else Image.new("L", size, level)
    assert barcode_in(photo, seconds=0.2) is None


@pytest.mark.matrix
@pytest.mark.parametrize("blur", [0, 4, 12])
def test_what_cannot_be_read_is_given_up_in_three_seconds(blur: float) -> None:
    photo = on_table(back("" if blur == 0 else TEXT), 30, width=2600, size=(4032, 3024))
    photo = photo.filter(ImageFilter.GaussianBlur(blur * 2))
    before = time.thread_time()
    assert barcode_in(photo) is None
    assert time.thread_time() - before < 3.5


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
        "import sys; import iprescribe_tui.photos.barcode, iprescribe_tui.photos.back_of_id; "
        "print({'PIL', 'zxingcpp', 'pillow_heif'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "set()"
