"""Photo files reduced to the data that a decoder needs to draw them, and their orientation.

Anything else in a file (EXIF, GPS, XMP, profiles, comments, thumbnails, scripts, another picture behind the first)
never reaches a decoder, so that nothing hidden there is unpacked, warned about or sent.
"""

import re
from dataclasses import dataclass
from typing import Final

from iprescribe_tui.journey.checks.photo import damaged, too_many_pixels
from iprescribe_tui.photos.scans import Scans

_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")  # any number of \xff may precede it
_END: Final = 0xD9
_END_OF_JPEG: Final = b"\xff\xd9"
_ADOBE: Final = 0xEE  # says how colors are stored
_EXIF: Final = 0xE1
_EXTRAS: Final = (*range(0xE0, 0xF0), 0xFE)  # application data and comments
_PLAIN_JFIF: Final = 16  # the length of a JFIF header without a thumbnail
_MOST_SCANS: Final = 64
"""Maximum scans: progressive photos have about ten. Each costs as much as a whole picture, and may be empty."""

_INTEGERS: Final = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4}
"""Bytes of a number by its type in TIFF 6.0: BYTE, SHORT, LONG, and the same with a sign."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MOST_CHUNKS: Final = 50_000


@dataclass(frozen=True)
class Bare:
    """A picture alone: `content` in its own format; `orientation` 1 to 8 as in EXIF (2.32, 4.6.4).

    `scans` has the places where a JPEG's scans end. `extras` is False if the file is known to hold nothing else.
    `is_whole` is False if a JPEG lacked its end, of which only a decoder can tell whether a part of the picture is
    missing too; `content` has one. `zeros` has the ends of those scans, or of a WebP's picture, in which zeros
    may have overwritten data.
    """

    content: bytes
    orientation: int
    scans: tuple[int, ...] = ()
    extras: bool = True
    is_whole: bool = True
    zeros: tuple[int, ...] = ()


def bare_jpeg(file: bytes) -> Bare:
    """Return the picture in a JPEG (ITU T.81, Annex B). Raises CheckFailed: `photo_damaged`, `photo_bomb`."""
    kept, at, orientation, extras = [file[:2]], 2, 1, False
    scans, ends, zeros, is_whole = Scans(), [0], [], True
    while True:
        found = _MARKER.search(file, at)
        end = found.start() if found else len(file)
        if scans.number > len(ends) - 1:
            kept.append(scans.data(file[at:end].rstrip(b"\xff")))
            ends.append(sum(map(len, kept)))
            is_whole = is_whole and not scans.is_cut
            zeros += ends[-1:] if scans.has_zeros else []
        if found is None or found[1][0] == _END:
            break
        marker, length = found[1][0], int.from_bytes(file[found.end() : found.end() + 2])
        at = found.end() + length
        if length < 2 or at > len(file):
            raise damaged()
        if marker == _EXIF and orientation == 1:
            orientation = orientation_in(file[found.end() + 2 : at])
        if marker not in _EXTRAS or marker == _ADOBE:
            kept.append(b"\xff" + file[found.end() - 1 : at])
        else:
            extras = extras or (marker, length) != (0xE0, _PLAIN_JFIF)
        scans.header(marker, file[found.end() + 2 : at])
        if scans.number > _MOST_SCANS:
            raise too_many_pixels()
    scans.end()
    is_whole = is_whole and found is not None
    extras = extras or not is_whole or (found is not None and found.end() < len(file))
    return Bare(b"".join([*kept, _END_OF_JPEG]), orientation, tuple(ends[1:]), extras, is_whole, tuple(zeros))


def bare_png(file: bytes) -> Bare:
    """Return the picture in a PNG (W3C PNG, 5 and 11). Raises CheckFailed: `photo_damaged`."""
    kept, at, orientation = [_PNG], len(_PNG), 1
    for _ in range(_MOST_CHUNKS):
        length, kind = int.from_bytes(file[at : at + 4]), file[at + 4 : at + 8]
        end = at + 12 + length
        if kind in _PNG_CHUNKS:
            kept.append(file[at:end])
        elif kind == b"eXIf":
            orientation = orientation_in(file[at + 8 : end - 4])
        if kind == b"IEND" or end > len(file):
            return Bare(b"".join(kept), orientation)
        at = end
    raise damaged()


def orientation_in(exif: bytes) -> int:
    """Return the orientation in EXIF data, 1 to 8, with or without `Exif` before it; 1 if invalid.

    It should be a SHORT; some phones and editors write a LONG or a BYTE.
    """
    tiff = exif[6:] if exif.startswith(b"Exif\0") else exif
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if tiff[0] == 0x49 else "big")

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * min(number(directory, 2), 512), 12):
        if number(entry, 2) == 0x0112:
            value = number(entry + 8, _INTEGERS.get(number(entry + 2, 2), 0))
            return value if 1 <= value <= 8 else 1
    return 1
