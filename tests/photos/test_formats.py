"""A file is called what it is: by its brands where many formats share a container, a JPEG also without its end."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageStat

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import HEAD_BYTES, PhotoPolicy, check_photo
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.outgoing import prepare_photo
from iprescribe_tui.photos.quality import judge
from tests.backend import RunningSandbox
from tests.longer import few
from tests.photos.drawn import heic, saved, scene
from tests.photos.reviewing import fault_of

POLICY = PhotoPolicy()
LENIENT = PhotoPolicy(min_bytes=1, min_brightness=0, min_sharpness=0, max_glare=1)


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
        ([b"mp42", b"hevc", b"isom"], "is a video (MP4), not a photo"),
        ([b"iso5", b"hevx", b"avis"], "is a video (MP4), not a photo"),
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
            "This is a PDF document. Take a photo of the paper itself, or save the page as JPEG, PNG, HEIC or WebP.",
        ),
        (b"PK\3\4\x14\0\0\0", "This file is a ZIP archive, not a photo. Unpack it"),
        (b"<?xml version='1.0'?><!DOCTYPE plist><plist><dict><key>adjustmentData", "holds only edits of a photo (AAE)"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "holds only a Mac's notes on a photo. Choose the one without ._"),
        (b"<?xml version='1.0'?><html>", "is a web page, not a photo. Open the page, save the photo on it"),
        (b"<!DOCTYPE html>\n<script>", "is a web page"),
        (b"<!-- saved --><html><body><svg>", "is a web page"),
        (b"[InternetShortcut]\r\nURL=", "is a link, not a photo. Open it"),
        (b"<!-- drawn --><svg xmlns='http://www.w3.org/2000/svg'>", "an SVG image"),
        (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x' [<!ENTITY a 'b'>]><svg:svg>", "an SVG image"),
        (b"<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg>\n<SVG>", "an SVG image"),
        (b"II+\0\x08\0", "a BigTIFF image"),
        (b"MM\0+\0\x08", "a BigTIFF image"),
        (b"\0\0\1\0\1\0", "an ICO image"),
        (b"\xff\x4f\xff\x51\0", "a JPEG 2000 image"),
        (b"II\xbc\1", "a JPEG XR image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "an EPS image"),
        (b"P6\n800 600\n255\n", "a PPM image"),
        (b"P5 800", "a PGM image"),
        (bytes(128) + b"DICM", "a DICOM image"),
        (b"Rar!\x1a\x07\1\0", "This file is a RAR archive, not a photo. Unpack it, and choose the photo in it."),
        (b"7z\xbc\xaf'\x1c", "a 7z archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"photo.jpg".ljust(257, b"\0") + b"ustar\x0000", "a TAR archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document, not a photo. Take a photo of the paper itself"),
        (b"PK\3\4\x14\0\6\0" + bytes(22) + b"[Content_Types].xml...PK\3\4word/document.xml", "a Word document"),
        (b"PK\3\4\x14\0\6\0" + bytes(22) + b"[Content_Types].xml...PK\3\4xl/workbook.xml", "an Excel document"),
        (b"PK\3\4\x14\0\0\0" + bytes(22) + b"Index/Document.iwa", "a Pages, Numbers or Keynote document"),
        (b"PK\3\4\x14\0\0\0" + bytes(22) + b"mimetypeapplication/vnd.oasis.opendocument.text", "an OpenDocument"),
        (b"\0\0\1\xba\x44", "is a video (MPEG)"),
        ((b"G@\0\x10" + bytes(184)) * 4, "is a video (MPEG)"),
        ((bytes(4) + b"G@\0\x10" + bytes(184)) * 4, "is a video (MPEG)"),
        (b"FLV\1\5", "is a video (FLV)"),
        (b"0&\xb2u\x8ef\xcf\x11", "is a video (WMV)"),
        (b"scanned by\r\n%PDF-1.4", "This is a PDF document."),
        (b"P9 800", "This file is not a photo."),
        (b"<feed>", "This file is not a photo."),
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
        [b"msf1", b"hevc", b"mif1"],
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
    gray: Image.Image = scene().convert("L")
    assert judge(saved(gray)[:-2], POLICY)


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


# What is made JPEG before it is sent.


def on_black(kind: str, image: Image.Image) -> bytes:
    """A picture whose left half is transparent, and black below."""
    image = image.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, image.width // 2, image.height))
    return heic(image) if kind == "HEIC" else saved(image, kind, **MADE[kind])


MADE: dict[str, dict[str, Any]] = {"WEBP": {"quality": 90, "method": 0}, "AVIF": {"quality": 90, "speed": 10}}


@pytest.mark.parametrize("brands", few([b"avif", b"mif1 avif", b"mif1 miaf"]))
def test_an_avif_of_any_brands_is_sent_as_jpeg(brands: bytes, tmp_path: Path) -> None:
    """Without a brand that says how it is coded, its items do."""
    file = saved(scene(), "AVIF", **MADE["AVIF"])
    size = int.from_bytes(file[:4])
    listed = (brands.split() + [b"mif1"] * 20)[: (size - 12) // 4]
    (tmp_path / "front.avif").write_bytes(ftyp(*listed) + file[size:])
    photo = prepare_photo(tmp_path / "front.avif", POLICY)
    assert (photo.media_type, photo.facts.width, photo.facts.height) == ("image/jpeg", 1280, 860)


@pytest.mark.parametrize(
    "how", few([{"quality": 80}, {"lossless": True}, {"quality": 80, "exif": bytes(3000)}]), ids=str
)
def test_a_webp_is_sent_as_jpeg_with_nothing_but_the_picture(how: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "front.webp"
    path.write_bytes(saved(scene(), "WEBP", method=0, **how))
    photo = prepare_photo(path, POLICY)
    assert (photo.media_type, photo.facts.width, photo.facts.height) == ("image/jpeg", 1280, 860)


@pytest.mark.parametrize("kind", few(["JPEG", *MADE]))
def test_one_that_has_few_bytes_is_sent_with_enough(kind: str, tmp_path: Path) -> None:
    file = saved(scene(noise=0).resize((960, 645)), kind, **{**MADE.get(kind, {}), "quality": 20})
    assert len(file) < POLICY.min_bytes
    (tmp_path / "front").write_bytes(file)
    assert prepare_photo(tmp_path / "front", POLICY).size >= POLICY.min_bytes


def test_one_that_cannot_have_enough_is_too_small(tmp_path: Path) -> None:
    (tmp_path / "front").write_bytes(saved(scene(noise=0).resize((480, 400))))
    policy = PhotoPolicy(min_bytes=1_000_000, min_pixels=1)
    assert "too small to read. It must be at least 976 KB" in fault_of(str(tmp_path / "front"), policy)


@pytest.mark.parametrize("kind", few([*MADE, "HEIC"]))
def test_what_is_transparent_lies_on_white(kind: str) -> None:
    picture = judge(on_black(kind, scene(noise=0)), LENIENT).picture
    assert picture.mode == "RGB"
    assert picture.crop((0, 0, 600, 860)).getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("kind", few(MADE))
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_first_picture_of_an_animation_counts(kind: str, mode: str) -> None:
    first, second = scene(noise=0).convert(mode), scene("back", noise=0).convert(mode)
    file = saved(first, kind, save_all=True, append_images=[second], duration=100, **MADE[kind])
    difference = ImageChops.difference(judge(file, LENIENT).picture, scene(noise=0))
    assert max(ImageStat.Stat(difference).mean) < 4


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file + bytes(5000) + b"more",
        lambda file: file[:4] + b"\xff\xff\xff\x7f" + file[8:],
        lambda file: file[:4] + bytes(4) + file[8:],
        lambda file: file[:12] + b"ICCP\3\0\0\0abc\0" + file[12:],
    ],
    ids=["more behind it", "too long by its header", "empty by its header", "a profile that is none"],
)
def test_a_webp_that_programs_write_wrongly_is_taken(harm: Callable[[bytes], bytes]) -> None:
    file = saved(scene(noise=0), "WEBP", **MADE["WEBP"])
    assert judge(harm(file), LENIENT).picture.tobytes() == judge(file, LENIENT).picture.tobytes()


@pytest.mark.parametrize("kind", few(MADE))
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_part_of_one_is_damaged(kind: str, share: float) -> None:
    file = saved(scene(), kind, **MADE[kind])
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        judge(file[: round(len(file) * share)], POLICY)


@pytest.mark.parametrize("bits", few([10, 12]))
def test_more_bits_than_eight_are_fine(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillow_heif.options.SAVE_HDR_TO_12_BIT", bits == 12)
    plain, out = scene(noise=0).resize((960, 640)), io.BytesIO()
    wide = b"".join(level.to_bytes(2, "little") for level in (each * 257 for each in plain.tobytes()))
    pillow_heif.encode("RGB;16", plain.size, wide, out, quality=90)
    difference = ImageChops.difference(judge(out.getvalue(), LENIENT).picture, plain)
    assert max(ImageStat.Stat(difference).mean) < 4


@pytest.mark.parametrize("mode", ["CMYK", "L", "YCbCr"])
def test_so_are_the_colors_of_printers_and_gray(mode: str) -> None:
    picture = judge(saved(scene().convert(mode)), POLICY).picture
    seen = scene().convert("L") if mode == "L" else scene()
    assert max(ImageStat.Stat(ImageChops.difference(picture.convert(seen.mode), seen)).mean) < 4


def test_so_are_those_of_photoshop() -> None:
    """It writes CMYK as YCCK, which the Adobe segment alone says: without it, the colors come out inverted."""
    *light, black = scene().convert("CMYK").split()
    luminance = Image.merge("RGB", light).convert("YCbCr").split()
    file = bytearray(saved(Image.merge("CMYK", [*map(ImageChops.invert, luminance), black]), subsampling=0))
    assert file.count(b"Adobe") == 1
    file[file.index(b"Adobe") + 11] = 2  # YCCK
    picture = judge(bytes(file), POLICY).picture
    assert max(ImageStat.Stat(ImageChops.difference(picture, scene())).mean) < 4


def test_a_heif_that_is_coded_otherwise_is_named() -> None:
    file = heic(scene(noise=0)).replace(b"hvc1", b"vvc1")
    with pytest.raises(CheckFailed, match="This is a HEIF image") as caught:
        judge(file, POLICY)
    assert caught.value.code == "photo_format"


@pytest.mark.parametrize("kind", few(MADE))
def test_the_sandbox_keeps_it_as_jpeg(kind: str, sandbox: RunningSandbox) -> None:
    """Where a phone sends its original."""
    answer = sandbox.registration_at(Step.DOCUMENT).upload("front", saved(scene(), kind, **MADE[kind]))
    assert answer.status_code == 200, answer.text
    (kept,) = (sandbox.folder / "evidence").iterdir()
    assert kept.read_bytes().startswith(b"\xff\xd8\xff")


# Raw photos, by what their first directory says.


def raw(start: bytes, maker: bytes = b"", *tags: tuple[int, int]) -> bytes:
    """The beginning of a file that is built like a TIFF, with a maker and tags of its first directory."""
    order = ">" if start.startswith(b"M") else "<"
    entries = sorted([*tags, *([(0x010F, 400)] if maker else [])])
    directory = b"".join(
        struct.pack(f"{order}HHI", tag, 4, 1) + struct.pack(f"{order}I", value) for tag, value in entries
    )
    begin = start + struct.pack(f"{order}IH", 8, len(entries))[: 6 if len(start) == 4 else 0]
    return (begin + directory).ljust(400, b"\0") + maker + bytes(5000)


PARTS, DNG = (0x014A, 900), (0xC612, 0x0104)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (raw(b"II*\0", b"Apple\0", PARTS, DNG), "DNG"),
        (raw(b"MM\0*", b"Google\0", DNG), "DNG"),
        (raw(b"II*\0", b"", *((tag, 1) for tag in range(200, 300)), DNG), "DNG"),
        (raw(b"MM\0*", b"NIKON CORPORATION\0", PARTS), "NEF"),
        (raw(b"II*\0", b"SONY \0", PARTS), "ARW"),
        (raw(b"II*\0", b"SAMSUNG\0", PARTS), "SRW"),
        (raw(b"MM\0*", b"PENTAX Corporation \0", (0x0103, 65535 << 16)), "PEF"),
        (raw(b"II*\0", b"Hasselblad\0", PARTS), "3FR"),
        (raw(b"II*\0\x10\0\0\0CR\2\0"), "CR2"),
        (raw(b"FUJIFILMCCD-RAW 0201"), "RAF"),
        (raw(b"IIRO\x08\0\0\0"), "ORF"),
        (raw(b"IIRS\x08\0\0\0"), "ORF"),
        (raw(b"IIU\0\x18\0\0\0"), "RW2"),
        (raw(b"FOVb"), "X3F"),
    ],
)
def test_a_raw_photo_is_named_with_what_helps(head: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(head + bytes(100_000))
    said = fault_of(str(tmp_path / "photo"), POLICY)
    assert said.startswith(f"This is a raw photo ({name}), not a finished picture.")
    assert "turn off RAW in the camera's settings" in said


@pytest.mark.parametrize(
    "head",
    [
        raw(b"II*\0", b"Canon\0", (0x0100, 2550)),  # of a scanner
        raw(b"MM\0*", b"NIKON SCAN\0", (0x0103, 5 << 16)),
        raw(b"II*\0"),
        b"II*\0",
        b"MM\0*\xff\xff\xff\xff",
    ],
)
def test_a_tiff_is_none(head: bytes) -> None:
    with pytest.raises(CheckFailed, match="This is a TIFF image"):
        check_photo(head[:HEAD_BYTES], 2_000_000, POLICY)
