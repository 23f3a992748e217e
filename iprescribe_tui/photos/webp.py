"""WebP files (RFC 9649) reduced to their picture, or the first one of an animation, and its orientation."""

from collections.abc import Iterator
from typing import Final

from iprescribe_tui.journey.checks.photo import damaged
from iprescribe_tui.photos.containers import Bare, orientation_in

__all__ = ["bare_webp", "webp_size"]

_MOST: Final = 10_000
"""Maximum chunks that are read: an animation has a few per picture."""

_FRAME: Final = 16
"""Bytes before the picture in an animation's frame: its place and duration."""

_ZEROS: Final = bytes(256)
"""Zeros that undamaged lossy data holds only for large areas of one color."""

_START: Final = b"\x9d\x01\x2a"


def bare_webp(file: bytes) -> Bare:
    """Return the picture in a WebP. Raises CheckFailed: `photo_damaged` (the picture is not complete)."""
    picture, orientation = b"", 1
    for kind, content in _chunks(file, 12):
        if kind == b"EXIF" and orientation == 1:
            orientation = orientation_in(content)
        elif not picture and kind == b"ANMF":
            picture = _picture(content, _FRAME)
    picture = picture or _picture(file, 12)
    kind, coded = list(_chunks(picture, 12))[-1]
    # Of a lossless one (VP8L) zeros tell nothing: where its end is plain, any code draws the same color.
    is_told = picture[12:16] == kind == b"VP8 " and _ZEROS in coded
    return Bare(picture, orientation, zeros=(len(picture) - len(coded) % 2,) if is_told else ())


def webp_size(bare: Bare) -> tuple[int, int]:
    """Return width and height in pixels, by the picture's header."""
    kind, content = list(_chunks(bare.content, 12))[-1]
    return _size(kind, content)


def _picture(within: bytes, at: int) -> bytes:
    """Return the first picture within chunks, as a separate file, with its transparency if it has any."""
    alpha = b""
    for kind, content in _chunks(within, at):
        if kind == b"ALPH":
            alpha = _chunk(kind, content)
        elif kind in (b"VP8 ", b"VP8L"):
            coded = _chunk(kind, content)
            return _riff(_extended(_size(kind, content)) + alpha + coded if alpha else coded)
    raise damaged()


def _chunks(within: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the complete chunks, as kind and content."""
    for _ in range(_MOST):
        kind, size = within[at : at + 4], int.from_bytes(within[at + 4 : at + 8], "little")
        if at + 8 + size > len(within) or len(kind) < 4:
            return
        yield kind, within[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _size(kind: bytes, content: bytes) -> tuple[int, int]:
    if kind == b"VP8L" and content[:1] == b"\x2f":
        bits = int.from_bytes(content[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[3:6] == _START:
        sides = content[6:8], content[8:10]
        width, height = (int.from_bytes(side, "little") & 0x3FFF for side in sides)
        return width, height
    raise damaged()


def _extended(size: tuple[int, int]) -> bytes:
    """Return the header of a picture with transparency."""
    width, height = ((side - 1).to_bytes(3, "little") for side in size)
    return _chunk(b"VP8X", b"\x10\0\0\0" + width + height)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks
