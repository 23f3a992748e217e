"""Photos of new phones are taken, however many pixels they have, and none takes the memory that they would fill."""

import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos import unpacking
from iprescribe_tui.photos.outgoing import prepare_photo
from iprescribe_tui.photos.quality import judge
from tests.longer import few
from tests.photos import large
from tests.photos.drawn import heic, saved, scene
from tests.photos.reviewing import fault_of
from tests.photos.test_hostile import resized_in_its_header
from tests.sandbox.test_decoding import heif_bomb

POLICY = PhotoPolicy()
MEGABYTE = 1_000_000

LOOK = """
import os, resource, sys
from pathlib import Path
from iprescribe_tui.photos.outgoing import prepare_photo
from iprescribe_tui.journey.checks.photo import PhotoPolicy
photo = prepare_photo(Path(sys.argv[1]), PhotoPolicy())
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss * 1024, used.ru_utime + used.ru_stime, photo.facts.width, photo.facts.height, photo.size)
sys.stdout.flush()
sys.stdout.buffer.write(os.pread(photo.content, photo.size, 0))
"""


@dataclass(frozen=True)
class Taken:
    """What a photo took of the process that decoded it, in bytes and seconds, and what is sent of it."""

    memory: int
    seconds: float
    size: tuple[int, int]
    sent: bytes


def taken(content: bytes, folder: Path) -> Taken:
    (folder / "photo").write_bytes(content)
    done = subprocess.run([sys.executable, "-c", LOOK, folder / "photo"], capture_output=True, check=True)
    line, _, sent = done.stdout.partition(b"\n")
    memory, seconds, width, height, size = line.split()
    assert len(sent) == int(size)
    return Taken(int(memory), float(seconds), (int(width), int(height)), sent)


MAKES: dict[str, Callable[[int], bytes]] = {
    "HEIC": large.tiled,
    "JPEG": large.jpeg,
    "progressive JPEG": lambda megapixels: large.jpeg(megapixels, progressive=True),
}


@pytest.mark.parametrize(
    ("kind", "megapixels", "most"),
    few(
        [
            ("JPEG", 64, 150),
            ("HEIC", 48, 150),
            ("JPEG", 200, 200),
            ("HEIC", 108, 150),
            ("HEIC", 200, 200),
            ("progressive JPEG", 48, 300),
            ("progressive JPEG", 64, 300),
            ("progressive JPEG", 108, 400),
        ]
    ),
)
def test_a_photo_of_a_phone_is_taken(kind: str, megapixels: int, most: int, tmp_path: Path) -> None:
    photo = taken(MAKES[kind](megapixels), tmp_path)
    assert photo.size == large.SIDES[megapixels]
    assert photo.memory < most * MEGABYTE
    sent = Image.open(io.BytesIO(photo.sent))
    assert sent.format == "JPEG"
    assert 1_600_000 < sent.width * sent.height < 12_600_000


@pytest.mark.matrix
def test_a_heic_of_one_piece_is_taken(tmp_path: Path) -> None:
    photo = taken(heic(large.enlarged(48, noise=0), quality=50), tmp_path)
    assert photo.size == large.SIDES[48]
    assert photo.memory < 400 * MEGABYTE


TOO_LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "progressive JPEG": (
        lambda: large.jpeg(200, progressive=True),
        "is 16,320 × 12,240 pixels, too large to unpack as progressive JPEG. Choose the camera's own file, or set the",
    ),
    "JPEG": (lambda: resized_in_its_header(20_000, 20_000), "too large to unpack. Set the camera to 12 MP (iPhone:"),
    "PNG": (lambda: sized("PNG", 12_000), "too large to unpack as PNG. Save it as JPEG, or take or scan it again"),
    "WebP": (lambda: sized("WEBP", 7000), "too large to unpack as WebP. Choose the camera's own file"),
    "AVIF": (lambda: sized("AVIF", 7000), "too large to unpack as AVIF. Choose the camera's own file"),
    "HEIC of one piece": (lambda: heif_bomb(12_000, 9000), "too large to unpack. Set the camera to 12 MP"),
}


def sized(kind: str, side: int) -> bytes:
    """A file of one color, with few bytes and many pixels."""
    return saved(Image.new("L", (side, side)), kind, **({"speed": 10} if kind == "AVIF" else {}))


@pytest.mark.parametrize("which", few(TOO_LARGE, plain=0))
def test_what_is_too_large_is_told_what_helps(which: str, tmp_path: Path) -> None:
    make, says = TOO_LARGE[which]
    (tmp_path / "photo").write_bytes(make().ljust(50_000, b"\0"))
    assert says in fault_of(str(tmp_path / "photo"), POLICY)


@pytest.mark.parametrize(
    "policy",
    [
        PhotoPolicy(max_pixels=1_500_000),
        PhotoPolicy(max_bytes=120_000),
        PhotoPolicy(formats=("PNG",), max_bytes=900_000),
    ],
    ids=["pixels", "bytes", "PNG of few bytes"],
)
def test_a_backend_that_takes_less_is_sent_less(policy: PhotoPolicy, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(saved(scene(noise=0).resize((3000, 2000)), quality=98))
    photo = prepare_photo(tmp_path / "photo.jpg", policy)
    assert (photo.facts.width, photo.facts.height) == (3000, 2000)
    sent = Image.open(io.BytesIO(os.pread(photo.content, photo.size, 0)))
    assert policy.min_pixels // 2 <= sent.width * sent.height <= policy.max_pixels
    assert photo.size <= policy.max_bytes
    assert sent.format == policy.formats[0]


def test_a_backend_that_takes_too_little_is_not_sent_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(saved(scene()))
    said = fault_of(str(tmp_path / "photo.jpg"), PhotoPolicy(min_bytes=1, max_bytes=5000))
    assert "too large to send. It must be at most 4 KB" in said


def test_an_original_of_more_bytes_than_a_backend_takes_is_sent_smaller(tmp_path: Path) -> None:
    file = saved(scene().resize((4032, 3024), Image.Resampling.NEAREST), quality=90)
    (tmp_path / "photo.jpg").write_bytes(file[:-2] + bytes(POLICY.max_bytes) + file[-2:])
    photo = prepare_photo(tmp_path / "photo.jpg", POLICY)
    assert photo.size < POLICY.max_bytes


@pytest.mark.parametrize("cut", [50, 20_000, 90_000])
def test_a_heic_of_tiles_that_was_copied_in_part_is_named(cut: int, tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_bytes(large.tiled(48, cut=cut))
    assert "only a part of it was copied" in fault_of(str(tmp_path / "photo.heic"), POLICY)


def test_no_bytes_of_a_heic_of_tiles_make_more_than_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_IN_TILES", 0)
    dice, file = random.Random("tiles"), heic(scene(noise=0).resize((640, 430)), quality=50, tile_size=256)
    for _ in range(40):
        broken = bytearray(file)
        for _ in range(dice.choice((1, 3, 20))):
            broken[dice.randrange(12, dice.choice((400, 1500, len(file))))] = dice.randrange(256)
        with suppress(CheckFailed):
            judge(bytes(broken), PhotoPolicy(min_bytes=100, min_pixels=100, min_side=10))


@pytest.mark.matrix
def test_200_megapixels_and_20_megabytes_take_two_seconds_at_most(tmp_path: Path) -> None:
    file = saved(large.enlarged(200), quality=97)
    assert len(file) > 20 * MEGABYTE
    photo = taken(file, tmp_path)
    assert len(photo.sent) < POLICY.max_bytes
    assert photo.memory < 200 * MEGABYTE
    assert photo.seconds < 2
