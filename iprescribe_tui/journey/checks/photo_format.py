"""File formats by first bytes: pictures, and other files that phones, cameras and computers save."""

import re
from typing import Final

__all__ = ["HEAD_BYTES", "format_of"]

HEAD_BYTES: Final = 4096
"""Bytes examined at the start of a file: ISO files list dozens of brands there, raw photos the camera's maker."""

# Brands of ISO/IEC 14496-12: those of the picture's coding come before those of the file's structure.
_HEVC_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"MiHE", b"MiHB"}
_AVIF_BRANDS: Final = {b"avif", b"avis", b"avio", b"MA1A", b"MA1B"}
_HEIF_BRANDS: Final = {b"mif1", b"mif2", b"msf1", b"miaf", b"heif", b"MiPr"}
_RAW_BRANDS: Final = {b"crx "}
_SOUND_BRANDS: Final = {b"M4A ", b"M4B ", b"M4P "}
_SEQUENCE_BRANDS: Final = {b"hevc", b"hevx", b"hevm", b"hevs", b"avis"}
"""Brands of moving pictures: of a HEIF file only where the file says elsewhere that it is one."""
_MOVIE_BOXES: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_SIGNATURES: Final[dict[bytes | tuple[bytes, int], str]] = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"II\xbc": "JPEG XR",
    b"II+\0": "BigTIFF",
    b"MM\0+": "BigTIFF",
    b"\0\0\1\0": "ICO",
    b"%!PS": "EPS",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"\x01\0\0\0l\0\0\0": "EMF",
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"v/1\x01": "EXR",
    b"#?RADIANCE": "Radiance",
    b"DDS ": "DDS",
    b"qoif": "QOI",
    b"gimp xcf": "GIMP",
    b"8BPS": "Photoshop",
    b"AT&TFORM": "DjVu",
    (b"DICM", 128): "DICOM",
    b"\x1aE\xdf\xa3": "MKV or WebM video",
    b"\0\0\1\xba": "MPEG video",
    b"\0\0\1\xb3": "MPEG video",
    b"FLV\1": "FLV video",
    b"0&\xb2u\x8ef\xcf\x11": "WMV video",
    b"FUJIFILMCCD-RAW": "RAF raw",
    b"IIRO": "ORF raw",
    b"IIRS": "ORF raw",
    b"MMOR": "ORF raw",
    b"IIU\0": "RW2 raw",
    b"FOVb": "X3F raw",
    b"\0MRM": "MRW raw",
    b"II\x1a\0\0\0HEAPCCDR": "CRW raw",
    b"Rar!\x1a\x07": "RAR archive",
    b"7z\xbc\xaf\x27\x1c": "7z archive",
    b"\x1f\x8b": "gzip archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\0": "xz archive",
    (b"ustar", 257): "TAR archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "Office document",
    b"{\\rtf": "RTF document",
    b"[InternetShortcut]": "link",
    b"L\0\0\0\x01\x14\x02\0": "link",
    b"\0\x05\x16\x07": "AppleDouble",
}
"""Formats by the bytes at a file's start, or at a place behind it."""

_PACKED: Final = {
    b"word/": "Word document",
    b"xl/work": "Excel document",
    b"ppt/": "PowerPoint document",
    b"[Content_Types].xml": "Office document",
    b"mimetypeapplication/vnd.oasis": "OpenDocument document",
    b"mimetypeapplication/epub": "EPUB document",
    b".iwa": "Pages, Numbers or Keynote document",
    b"": "ZIP archive",
}
"""Formats that are ZIP archives, by the name of a file in them."""

_PIXMAPS: Final = {b"P1": "PBM", b"P2": "PGM", b"P3": "PPM", b"P4": "PBM", b"P5": "PGM", b"P6": "PPM", b"P7": "PAM"}
_PROLOG: Final = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)*", re.DOTALL | re.IGNORECASE
)
_ROOT: Final = re.compile(rb"<(?:\w+:)?(\w+)")
_PACKETS: Final = (188, 192)
"""Bytes of a packet of an MPEG transport stream, which begins with a G; in the longer ones after four more bytes."""

_RAW_MAKERS: Final = {
    b"NIKON": "NEF raw",
    b"SONY": "ARW raw",
    b"PENTAX": "PEF raw",
    b"RICOH": "PEF raw",
    b"SAMSUNG": "SRW raw",
    b"HASSELBLAD": "3FR raw",
    b"EASTMAN KODAK": "DCR raw",
    b"KODAK": "KDC raw",
    b"SEIKO EPSON": "ERF raw",
    b"LEAF": "MOS raw",
    b"PHASE ONE": "IIQ raw",
}
"""Camera formats based on TIFF, by the maker that their first directory names, in capitals."""

_MAKE, _COMPRESSION, _PARTS, _DNG_VERSION = 0x010F, 0x0103, 0x014A, 0xC612
_UNPACKED_BY_ALL: Final = range(1, 32_768)
"""Tags of TIFF 6.0 and DNG, and the compressions that are not a camera's own."""


def format_of(head: bytes) -> str:
    """Return the format that the first `HEAD_BYTES` bytes announce, or "" if unknown.

    The names of what is no image end in `video`, `raw` (a camera sensor's data), `archive` or `document`, or are `PDF`,
    `web page`, `link`, `AAE` (an iPhone's edits), `AppleDouble` (a Mac's notes on a file).
    """
    if head[4:8] == b"ftyp":
        return _format_of_brands(head)
    if head[4:8] in _MOVIE_BOXES:
        return "MOV video"
    if head.startswith(b"RIFF"):
        return {b"AVI ": "AVI video", b"WEBP": "WebP"}.get(head[8:12], "")
    if head.startswith((b"II*\0", b"MM\0*")):
        return _format_of_tiff(head)
    if head.startswith(b"PK\x03\x04"):
        return next(name for part, name in _PACKED.items() if part in head)
    for signature, name in _SIGNATURES.items():
        start, at = signature if isinstance(signature, tuple) else (signature, 0)
        if head.startswith(start, at):
            return name
    if any(all(head[at : at + 1] == b"G" for at in range(size - 188, 3 * size, size)) for size in _PACKETS):
        return "MPEG video"
    if head[:2] in _PIXMAPS and head[2:3] in (b" ", b"\t", b"\r", b"\n", b"#"):
        return _PIXMAPS[head[:2]]
    return _format_of_text(head)


def _format_of_text(head: bytes) -> str:
    """Return the format of a file of markup by its first element, or `PDF`, which may have other bytes before it."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    prolog = text[: end.end()] if (end := _PROLOG.match(text)) else b""
    root = _ROOT.match(text, len(prolog))
    name = root[1].lower() if root else b""
    if name == b"svg":
        return "SVG"
    if name in (b"html", b"head", b"body") or b"<!doctype html" in prolog.lower():
        return "web page"
    if name == b"plist" and b"adjustment" in text:
        return "AAE"
    return "PDF" if b"%PDF-" in head[:1024] else ""


def _format_of_brands(head: bytes) -> str:
    """Return the format of an ISO file by its major brand, or else by its compatible brands."""
    end = min(int.from_bytes(head[:4]), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}
    if not ({major} | others) & _HEIF_BRANDS:
        others -= _SEQUENCE_BRANDS
    for brands in ({major}, others):
        if brands & _HEVC_BRANDS:
            return "HEIC"
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _RAW_BRANDS:
            return "CR3 raw"
    if ({major} | others) & _HEIF_BRANDS:
        return "HEIC"  # the decoder finds out how it is coded
    if major in _SOUND_BRANDS:
        return ""
    return "MOV video" if major == b"qt  " else "MP4 video"


def _format_of_tiff(head: bytes) -> str:
    """Return the camera's raw format of a TIFF by its first directory, or `TIFF`."""
    if head[8:10] == b"CR":
        return "CR2 raw"

    def number(at: int, size: int) -> int:
        return int.from_bytes(head[at : at + size], "little" if head[0] == 0x49 else "big")

    first = number(4, 4)
    entries = range(first + 2, min(first + 2 + 12 * number(first, 2), len(head) - 11), 12)
    tags = {number(entry, 2): entry for entry in entries}
    if _DNG_VERSION in tags:
        return "DNG raw"
    in_own_way = _COMPRESSION in tags and number(tags[_COMPRESSION] + 8, 2) not in _UNPACKED_BY_ALL
    if _MAKE not in tags or not (in_own_way or _PARTS in tags):
        return "TIFF"
    maker = head[number(tags[_MAKE] + 8, 4) :][:20].upper()
    return next((name for start, name in _RAW_MAKERS.items() if maker.startswith(start)), "TIFF")
