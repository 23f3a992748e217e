"""A file is called what it is: by its brands where many formats share a container, a JPEG also without its end."""

import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from iprescribe_tui.client.photos import fault_of
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.judging import judge
from tests.backend import RunningSandbox
from tests.photos.drawn import heic, saved, scene

POLICY = PhotoPolicy()


def ftyp(major: bytes, *others: bytes) -> bytes:
    return struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + major + bytes(4) + b"".join(others)


MANY = [b"MiPr", b"MiHA", b"miaf", b"tmap", b"iso8", b"1pic", b"unif", b"mif2", b"geo1", b"abcd", b"efgh"]


@pytest.mark.parametrize(
    ("brands", "words"),
    [
        ([b"crx ", b"isom"], "This is a raw photo (CR3), not a finished picture."),
        ([b"qt  "], "is a video (MOV), not a photo"),
        ([b"isom", b"iso2", b"mp41"], "is a video (MP4), not a photo"),
        ([b"mp42", b"isom"], "is a video (MP4), not a photo"),
        ([b"3gp5", b"isom"], "is a video (MP4), not a photo"),
        ([b"M4A ", b"mp42"], "This file is not a photo."),
    ],
)
def test_what_is_not_taken_is_named_by_its_brands(brands: list[bytes], words: str) -> None:
    with pytest.raises(CheckFailed, match="photo") as caught:
        check_photo(ftyp(*brands)[:HEAD_BYTES], 2_000_000, POLICY)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\0\0\0\x14moov\0\0\0\x6cmvhd", "is a video (MOV)"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "is a video"),
        (b"RIFF\0\0\0\0AVI LIST", "is a video (AVI)"),
        (b"\x1aE\xdf\xa3", "is a video"),
        (b"\xff\x0a\xfa", "a JPEG XL image"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg>", "an SVG image"),
        (b"8BPS\0\1", "a Photoshop image"),
        (
            b"%PDF-1.7",
            "This is a PDF document. Take a photo of the paper itself, or save the page as JPEG, PNG or HEIC.",
        ),
        (b"PK\3\4\x14\0\0\0", "This file is a ZIP archive, not a photo. Unpack it"),
        (b"<?xml version='1.0'?><!DOCTYPE plist><plist><dict><key>adjustmentData", "holds only edits of a photo (AAE)"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "holds only a Mac's notes on a photo. Choose the one without ._"),
        (b"<?xml version='1.0'?><html>", "This file is not a photo."),
        (b"RIFF\0\0\0\0WAVEfmt ", "This file is not a photo."),
    ],
)
def test_what_is_not_taken_is_named_by_its_signature(head: bytes, words: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        check_photo(head, 2_000_000, POLICY)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "brands",
    [
        [b"heif", b"mif1", b"heic"],
        [b"miaf", b"heic"],
        [b"mif1", b"miaf"],
        [b"mif1", *MANY, b"heic"],
        [b"MiHE", b"mif1"],
        [b"heif"],
        [b"iso8", b"heic"],
    ],
)
def test_a_heic_of_any_brands_is_taken(brands: list[bytes]) -> None:
    """The box with the brands may be longer than it was: then what stands behind it has moved."""
    file = heic(scene(noise=0))
    size = int.from_bytes(file[:4])
    room = (size - 16) // 4
    assert check_photo(ftyp(*brands), 2_000_000, POLICY) == "image/heic"
    if len(brands) - 1 <= room:
        padded = ftyp(*brands, *[b"mif1"] * (room - len(brands) + 1))
        assert judge(padded + file[size:], POLICY).picture.size == (1280, 860)


def test_the_movie_of_a_live_photo_leads_to_its_photo(tmp_path: Path) -> None:
    (tmp_path / "IMG_0101.MOV").write_bytes(ftyp(b"qt  ") + b"\0\0\0\x08wide" + bytes(100_000))
    said = fault_of(str(tmp_path / "IMG_0101.MOV"), POLICY)
    assert said.startswith("This file is a video (MOV), not a photo.")
    assert "ends in .HEIC or .JPG" in said


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize(
    "how",
    [{}, {"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"restart_marker_rows": 4}],
    ids=str,
)
def test_a_jpeg_that_lacks_its_end_alone_is_whole(how: dict[str, Any], missing: int) -> None:
    file = saved(scene(), **how)
    assert file.endswith(b"\xff\xd9")
    judged = judge(file[:-missing], POLICY)
    assert judged.picture.tobytes() == judge(file, POLICY).picture.tobytes()
    assert judged.extras


def test_so_is_a_grey_one() -> None:
    grey: Image.Image = scene().convert("L")
    assert judge(saved(grey)[:-2], POLICY)


@pytest.mark.parametrize("missing", [20, 200, 2000, 20_000])
@pytest.mark.parametrize("progressive", [False, True])
def test_one_that_lacks_more_is_not(missing: int, progressive: bool) -> None:
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        judge(saved(scene(), progressive=progressive)[:-missing], POLICY)


def test_the_sandbox_keeps_one_with_an_end(sandbox: RunningSandbox) -> None:
    answer = sandbox.registration_at(Step.DOCUMENT).upload("front", saved(scene())[:-2])
    assert answer.status_code == 200, answer.text
    (kept,) = (sandbox.folder / "evidence").iterdir()
    assert kept.read_bytes().endswith(b"\xff\xd9")
