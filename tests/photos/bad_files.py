"""A hundred files that are no photo, or none that will do, and a few that are, under names nobody would give them."""

import io
import os
import random
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.photos.drawn import blurred, darkened, heic, saved, scene
from tests.photos.test_hostile import chunk, of_many_scans, png_bomb, resized_in_its_header, with_unpacking_notes

__all__ = ["NAMES", "fill"]

MORE = bytes(60_000)
"""Behind a file's first bytes, so that it is not refused for its size."""

NAMES = (
    b"two\nlines.jpg",
    b"red \x1b[31m.jpg",
    b"title \x1b]0;gone\x07.jpg",
    b"bytes \xff\xfe.jpg",
    b"half a letter \xe2\x82.jpg",
    "turned \u202egpj.exe".encode(),
    "no width \u200b.jpg".encode(),
    "crowded e\u0301\u0301\u0301\u0301\u0301\u0301.jpg".encode(),
    "\U0001f4f7 \U0001f1fa\U0001f1f8.jpg".encode(),
    b" spaces around ",
    b"'quoted'.jpg",
    b'"quoted".jpg',
    b"--dash.jpg",
    b"%s %n {0} [b] $HOME.jpg",
    b"~nobody-is-called-so",
    b"file:",
    b"back\\slash.jpg",
    b"tab\tand return\r.jpg",
    b"x" * 251 + b".jpg",
)
"""Names of files, as bytes, that steer a terminal, split a line, or are read otherwise by somebody."""


def fill(folder: Path) -> dict[bytes, str]:
    """Make the files in `folder`; return the code that each is answered with, "" if it is fine, by its name there."""
    found: dict[bytes, str] = {}
    for number, (name, content, code) in enumerate(_contents()):
        (folder / f"{number:03} {name}").write_bytes(content)
        found[f"{number:03} {name}".encode()] = code
    found |= {os.fsencode(name): code for name, code in _no_files(folder)}
    for number, raw in enumerate(NAMES):
        is_good = number % 3 == 0
        Path(os.fsdecode(os.fsencode(folder) + b"/" + raw)).write_bytes(_good() if is_good else b"not a photo")
        found[raw] = "" if is_good else "photo_not_image"
    return found


def _no_files(folder: Path) -> Iterator[tuple[str, str]]:
    """What is there and is no file, or is not there: its name, and its code."""
    (folder / "folder").mkdir()
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "fifo.jpg")
    with socket.socket(socket.AF_UNIX) as there:
        here = os.open(folder, os.O_RDONLY)
        there.bind(f"/proc/self/fd/{here}/socket.jpg")  # the whole path would be too long for one
        os.close(here)
    with (folder / "huge.jpg").open("wb") as file:
        file.write(_good())
        file.truncate(2**31)
    links = {"zero": "/dev/zero", "null": "/dev/null", "to folder": "folder", "to fifo": "fifo.jpg", "dangling": "gone"}
    links |= {"itself": "itself", "there": "back", "back": "there", "00": "huge.jpg"}
    links |= {f"{number + 1:02}": f"{number:02}" for number in range(60)}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    yield from ((name, "photo_directory") for name in ("folder", "folder.jpg", "to folder"))
    yield from ((name, "photo_not_file") for name in ("fifo.jpg", "socket.jpg", "zero", "null", "to fifo"))
    yield from ((name, "photo_missing") for name in ("dangling", "itself", "there", "60", "gone", "huge.jpg/x", "no/x"))
    yield from ((name, "photo_large") for name in ("huge.jpg", "10"))
    yield from ((name, "photo_unreadable") for name in ("y" * 300, "/".join(["z" * 200] * 30)))
    if os.geteuid() != 0:  # who reads all
        (folder / "secret.jpg").write_bytes(_good())
        (folder / "secret.jpg").chmod(0)
        yield "secret.jpg", "photo_unreadable"


def _contents() -> Iterator[tuple[str, bytes, str]]:
    """A name, the file's content, and its code."""
    yield from (("empty.jpg", b"", "photo_empty"), ("one byte.jpg", b"\xff", "photo_not_image"))
    yield from ((f"no photo {number}.jpg", content, "photo_not_image") for number, content in enumerate(_no_pictures()))
    yield from ((f"page {number}.jpg", content + MORE, "photo_pdf") for number, content in enumerate(_PAGES))
    yield from ((f"film {number}.jpg", content + MORE, "photo_not_image") for number, content in enumerate(_FILMS))
    yield from ((f"other {number}.jpg", content + MORE, "photo_format") for number, content in enumerate(_OTHERS))
    yield from ((f"broken {number}.jpg", content, "photo_damaged") for number, content in enumerate(_broken()))
    yield from ((f"bomb {number}.jpg", content, "photo_bomb") for number, content in enumerate(_bombs()))
    yield from ((f"fine {number}.pdf", content, "") for number, content in enumerate(_odd_but_fine()))
    yield "small.jpg", saved(scene().resize((300, 200))), "photo_pixels"
    yield "few.png", saved(scene().resize((500, 340)), "PNG"), "photo_pixels"
    yield "narrow.png", saved(scene().resize((3000, 200)), "PNG"), "photo_pixels"
    yield "dark.jpg", saved(darkened(scene(), 0.15), quality=97), "photo_dark"
    yield "blurred.jpg", saved(blurred(scene(), 4), quality=99), "photo_blurred"


_PAGES = (b"%PDF-1.7\n", b"\xef\xbb\xbf%PDF-1.4", b"\r\n  %PDF-2.0", b"%PDF-")
_FILMS = (
    b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
    b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    b"\0\0\0\x1cftypM4V \0\0\0\1M4V mp42isom",
    b"\0\0\0\x183gp4ftyp3gp4",
    b"\0\0\0\x18ftyp3gp5\0\0\1\0003gp5isom",
    b"\0\0\0\x08wide\0\0\0\0mdat",
    b"\0\0\0\x08moov",
    b"RIFF\0\0\1\0AVI LIST",
    b"\x1aE\xdf\xa3\x01\0\0\0",
)
_OTHERS = (
    b"II*\0\x08\0\0\0\x0e\0\xfe\0\x04\0",  # as DNG and NEF begin
    b"II*\0\x10\0\0\0CR\2\0",
    b"MM\0*\0\0\0\x08",
    b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    b"GIF89a\x20\3\x20\3\xf7\0\0",
    b"GIF87a\x20\3\x20\3\xf7\0\0",
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    b"\n<svg width='9' height='9'/>",
    b"BM6\xea\0\0\0\0\0\x006\0\0\0",
    b"\xff\x0a\xfa\x1f",
    b"\0\0\0\x0cJXL \r\n\x87\n",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"8BPS\0\1",
)


def _no_pictures() -> Iterator[bytes]:
    packed, dice = io.BytesIO(), random.Random(17)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("front.jpg", _good())
    yield from (packed.getvalue(), dice.randbytes(90_000), MORE, b"\n" * 60_000, b"\0")
    yield from (b"plain text\n" * 9000, "text".encode("utf-16") * 9000, b"<!doctype html><img src=x>" * 3000)
    yield from (
        b"{" + b'"a":1,' * 9000,
        b"\x7fELF" + MORE,
        b"MZ" + MORE,
        b"\x1f\x8b\x08" + MORE,
        b"RIFF\0\0\0\0WAVE" + MORE,
    )
    yield from (b"ID3\4" + MORE, b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42" + MORE, b"#!/bin/sh\nrm -rf x\n" * 4000)


def _broken() -> Iterator[bytes]:
    jpeg, png, apple = _good(), saved(scene(), "PNG"), heic(scene(noise=0))
    yield from (jpeg[: round(len(jpeg) * share)] for share in (0.4, 0.7, 0.9, 0.99))
    yield from (png[:-4000], png[: len(png) // 2], apple[: len(apple) * 9 // 10], apple[:900] + MORE)
    yield from (jpeg[:700] + MORE, b"\xff\xd8\xff\xe0" + MORE, b"\xff\xd8\xff\xe1\xff\xff" + MORE)
    yield from (resized_in_its_header(0, 800), resized_in_its_header(800, 0))
    yield from (b"\x89PNG\r\n\x1a\n" + MORE, _png(0, 800), _png(800, 0), png[:40] + b"\0" + png[41:])
    yield b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + MORE


def _bombs() -> Iterator[bytes]:
    yield from (png_bomb(), of_many_scans(), _png(60_000, 60_000), _png(2**31 - 1, 2**31 - 1))
    yield from (resized_in_its_header(60_000, 60_000, progressive=progressive) for progressive in (False, True))


def _odd_but_fine() -> Iterator[bytes]:
    """Photos as few cameras make them: none of this is wrong with them."""
    jpeg, picture = _good(), scene()
    yield from (jpeg + b"\0" * 5000, jpeg + jpeg, jpeg + b"<script>alert(1)</script>" * 90)
    yield from (saved(picture.convert("CMYK")), saved(picture.convert("L"), quality=97), with_unpacking_notes())
    yield from (saved(picture.convert("L").convert("I;16").point(lambda level: level * 256), "PNG"),)
    yield from (saved(picture, "PNG"), heic(scene(noise=0)), saved(picture.convert("RGBA"), "PNG"))
    yield jpeg[:2] + (b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)) * 100 + jpeg[2:]
    yield jpeg[:2] + b"\xff\xfe\x00\x14\x1b]0;gone\x07\x1b[31m..." + b"x" * 1 + jpeg[2:]
    yield saved(picture, orientation=6)


def _png(width: int, height: int) -> bytes:
    """A PNG that says that it has this many pixels, of which it holds a few."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(random.Random(3).randbytes(60_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


@cache
def _good() -> bytes:
    return saved(scene())
