"""Photos as large as phones take them, made quickly: of one tile, laid out many times."""

import struct
from functools import cache

from PIL import Image

from iprescribe_tui.photos.heif import Heif
from tests.photos.drawn import heic, saved, scene

SIDES = {12: (4032, 3024), 48: (8064, 6048), 64: (9248, 6944), 108: (12_000, 9000), 200: (16_320, 12_240)}
"""Width and height by megapixels, as cameras count them."""

TILE = (1024, 768)


def enlarged(megapixels: int, noise: int = 6) -> Image.Image:
    """A card on a table, of so many megapixels."""
    return scene(noise=noise).resize(SIDES[megapixels], Image.Resampling.NEAREST)


def jpeg(megapixels: int, *, progressive: bool = False) -> bytes:
    """The file of a phone, or of an editor."""
    return saved(enlarged(megapixels), quality=85, progressive=progressive)


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content)) + kind + content


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes((version, 0, 0, 0)), content)


@cache
def tile() -> tuple[bytes, bytes, bytes]:
    """A card as HEVC: how its decoder is set up, what else is said of it, and its bytes."""
    heif = Heif(heic(scene(noise=0).resize(TILE)))
    said = heif.properties_of(heif.primary)
    return said[b"hvcC"], said[b"pixi"], heif.content_of(heif.primary)


def tiled(megapixels: int, *, cut: int = 0) -> bytes:
    """A HEIC as phones write it: a grid of tiles, the last ones filled up; `cut` bytes are missing at its end."""
    width, height = SIDES[megapixels]
    columns, rows = -(-width // TILE[0]), -(-height // TILE[1])
    setup, depth, coded = tile()
    sizes = [full(b"ispe", struct.pack(">II", *size)) for size in ((width, height), TILE)]
    known = box(b"ipco", box(b"hvcC", setup), box(b"pixi", depth), *sizes)
    given = full(b"ipma", struct.pack(">I", 2) + b"\0\1\2\2\3" + b"\0\2\3\x81\2\4")
    made = full(b"iref", box(b"dimg", struct.pack(">HH", 1, columns * rows) + b"\0\2" * (columns * rows)))
    plan = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    entries = [full(b"infe", struct.pack(">HH", at, 0) + kind + b"\0", 2) for at, kind in ((1, b"grid"), (2, b"hvc1"))]
    begin = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(at: int) -> bytes:
        places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(plan)) + struct.pack(">HHHHII", 2, 0, 0, 1, at, len(coded))
        parts = [full(b"hdlr", b"\0\0\0\0pict" + bytes(13)), full(b"pitm", b"\0\1")]
        parts += [full(b"iloc", b"\x44\0\0\2" + places, 1), full(b"iinf", b"\0\2" + b"".join(entries))]
        return full(b"meta", b"".join([*parts, box(b"iprp", known, given), made, box(b"idat", plan)]))

    return (begin + meta(len(begin) + len(meta(0)) + 8) + box(b"mdat", coded))[: -cut or None]
