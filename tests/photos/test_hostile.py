"""Files that were made to harm, or were harmed: each is named, and none takes more memory than a phone's photo."""

import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.quality import judge
from tests.photos.drawn import heic, saved, scene
from tests.photos.reviewing import fault_of

POLICY = PhotoPolicy()
START_OF_FRAME = {False: b"\xff\xc0", True: b"\xff\xc2"}


def resized_in_its_header(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A JPEG that says that it is larger than it is."""
    file = bytearray(saved(scene(), progressive=progressive, subsampling=0))
    at = file.index(START_OF_FRAME[progressive]) + 5
    file[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(file)


def of_many_scans() -> bytes:
    """A JPEG that is gone over a thousand times, which would take minutes."""
    file = saved(scene(), progressive=True)
    last = file.rindex(b"\xff\xda")
    return file[:last] + file[last:-2] * 100 + b"\xff\xd9"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb() -> bytes:
    """Small as a file, and 1.2 GB in memory."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(20_001 * 3 * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) * 600 + chunk(b"IEND", b"")


def with_unpacking_notes() -> bytes:
    """A good PNG with notes that are 100 MB once they are unpacked."""
    file = saved(scene(), "PNG")
    note = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000)))
    return file[:33] + note + file[33:]


def with_broken_exif() -> bytes:
    """A good JPEG whose EXIF points to nowhere, in circles."""
    loop = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12\0\x03\xff\xff\xff\xff\xff\xff" * 40
    return saved(scene(), exif=loop)


HARMFUL: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG bomb": (png_bomb, "photo_bomb"),
    "JPEG bomb": (lambda: resized_in_its_header(40_000, 40_000), "photo_bomb"),
    "JPEG that must be held whole": (lambda: resized_in_its_header(8000, 8000, progressive=True), "photo_bomb"),
    "JPEG of many scans": (of_many_scans, "photo_bomb"),
    "header alone": (lambda: saved(scene())[:700] + bytes(60_000), "photo_damaged"),
    "PNG cut off": (lambda: saved(scene(), "PNG")[:200_000], "photo_damaged"),
    "HEIC cut off": (lambda: heic(scene(noise=0))[:-9000] + bytes(9), "photo_damaged"),
    "HEIC of nothing": (lambda: b"\0\0\0\x18ftypheic" + bytes(60_000), "photo_damaged"),
    "segment that is longer than the file": (lambda: b"\xff\xd8\xff\xe1\xff\xff" + bytes(50_000), "photo_damaged"),
}


@pytest.mark.parametrize("which", HARMFUL)
def test_what_is_harmful_or_harmed_is_named(which: str) -> None:
    make, code = HARMFUL[which]
    with pytest.raises(CheckFailed) as caught:
        judge(make(), POLICY)
    assert caught.value.code == code


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_was_copied_in_part_is_named(share: float, progressive: bool) -> None:
    file = saved(scene(), progressive=progressive)
    with pytest.raises(CheckFailed, match="only a part of it was copied") as caught:
        judge(file[: round(len(file) * share)], POLICY)
    assert caught.value.code == "photo_damaged"


@pytest.mark.parametrize("make", [with_unpacking_notes, with_broken_exif])
def test_what_only_its_metadata_is_wrong_with_is_taken_without_it(make: Callable[[], bytes]) -> None:
    assert judge(make(), POLICY).extras


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIC"])
def test_no_bytes_make_more_than_a_refusal(kind: str) -> None:
    """Warnings are errors here: nothing may be written over the screen either."""
    image, dice = scene(noise=0).resize((640, 430)), random.Random(kind)
    policy = PhotoPolicy(min_bytes=100, min_pixels=100, min_side=10)
    file = heic(image, quality=50) if kind == "HEIC" else saved(image, kind)
    for _ in range(25 if kind == "HEIC" else 60):
        broken = bytearray(file)
        for _ in range(dice.choice((1, 3, 20))):
            broken[dice.randrange(2, dice.choice((100, 700, len(file))))] = dice.randrange(256)
        try:
            judge(bytes(broken), policy)
        except CheckFailed:
            continue


def fill(folder: Path) -> list[Path]:
    """Files that could take much memory: good ones as large as they come, and traps."""
    phone = scene(noise=0).resize((4032, 3024), Image.Resampling.NEAREST)
    files = {
        "12 megapixels.jpg": saved(phone, orientation=6),
        "12 megapixels in 4-4-4 and scans.jpg": saved(phone, progressive=True, subsampling=0),
        "48 megapixels.jpg": saved(phone.resize((8064, 6048), Image.Resampling.NEAREST)),
        "12 megapixels with transparency.png": saved(phone.convert("RGBA"), "PNG", compress_level=1),
        "bomb.png": png_bomb(),
        "notes.png": with_unpacking_notes(),
        "scans.jpg": of_many_scans(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with (folder / "huge.jpg").open("wb") as file:
        file.write(saved(scene()))
        file.truncate(2 * 1024**3)
    return [*(folder / name for name in files), folder / "huge.jpg", Path("/dev/zero"), folder]


LOOK = """
import resource, sys
from pathlib import Path
from tests.photos.reviewing import fault_of
from iprescribe_tui.journey.checks.photo import PhotoPolicy
for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is measured anew
    says = fault_of(path, PhotoPolicy())
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    apart = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(int(peak.split()[1]) // 1024, apart, says or "good", path, sep="|")
"""


def looked_at(paths: list[Path]) -> dict[str, str]:
    """What is said of files, by their names, where none took 100 MB of a program that looks at one after the other.

    Nor 200 MB of the process that decodes it.
    """
    command = [sys.executable, "-c", LOOK, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert not done.stderr
    lines = [line.split("|") for line in done.stdout.splitlines()]
    assert max(int(here) for here, *_ in lines) < 100, done.stdout
    assert max(int(apart) for _, apart, *_ in lines) < 200, done.stdout
    return {Path(path).name: says for *_, says, path in lines}


@pytest.mark.matrix
def test_nothing_that_is_given_fills_the_memory(tmp_path: Path) -> None:
    said = looked_at(fill(tmp_path))
    assert {name for name, says in said.items() if says == "good"} == {
        "12 megapixels.jpg",
        "12 megapixels in 4-4-4 and scans.jpg",
        "48 megapixels.jpg",
        "12 megapixels with transparency.png",
        "notes.png",
    }
    assert "20,000 × 20,000 pixels, too large to unpack" in said["bomb.png"]
    assert "2 GB, too large to send" in said["huge.jpg"]


@pytest.mark.matrix
def test_neither_does_a_photo_of_a_new_iphone(tmp_path: Path) -> None:
    plain = scene(noise=0).resize((5712, 4284), Image.Resampling.NEAREST)
    (tmp_path / "IMG_0001.HEIC").write_bytes(heic(plain, quality=60))
    assert looked_at([tmp_path / "IMG_0001.HEIC"]) == {"IMG_0001.HEIC": "good"}


def test_a_name_that_would_write_on_the_screen_is_shown_plainly(tmp_path: Path) -> None:
    file = tmp_path / "\x1b]0;owned\x07\x1b[2Jfront.jpg"
    file.write_bytes(b"not a photo " * 5000)
    for typed in (str(file), str(file) + "x", str(tmp_path / "\x1b[31m")):
        assert "\x1b" not in fault_of(typed, POLICY)
        assert fault_of(typed, POLICY)
