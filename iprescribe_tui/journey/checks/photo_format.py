"""File formats by first bytes: pictures, and other files that phones, cameras and computers save."""

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
_MOVIE_BOXES: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_SIGNATURES: Final = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"8BPS": "Photoshop",
    b"\x1aE\xdf\xa3": "MKV or WebM video",
    b"FUJIFILMCCD-RAW": "RAF raw",
    b"IIRO": "ORF raw",
    b"IIRS": "ORF raw",
    b"MMOR": "ORF raw",
    b"IIU\0": "RW2 raw",
    b"FOVb": "X3F raw",
    b"\0MRM": "MRW raw",
    b"II\x1a\0\0\0HEAPCCDR": "CRW raw",
    b"PK\x03\x04": "ZIP",
    b"\0\x05\x16\x07": "AppleDouble",
}
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

    Videos end in `video`, a camera sensor's data in `raw`. Other files have names too: `PDF`, `ZIP`, `AAE` (an iPhone's
    edits), `AppleDouble` (a Mac's notes on a file).
    """
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[4:8] == b"ftyp":
        return _format_of_brands(head)
    if head[4:8] in _MOVIE_BOXES:
        return "MOV video"
    if head.startswith(b"RIFF"):
        return {b"AVI ": "AVI video", b"WEBP": "WebP"}.get(head[8:12], "")
    if head.startswith((b"II*\0", b"MM\0*")):
        return _format_of_tiff(head)
    if text.startswith(b"%PDF-"):
        return "PDF"
    if text.startswith((b"<svg", b"<?xml")):
        return "SVG" if b"<svg" in text else "AAE" if b"adjustment" in text else ""
    return next((name for signature, name in _SIGNATURES.items() if head.startswith(signature)), "")


def _format_of_brands(head: bytes) -> str:
    """Return the format of an ISO file by its major brand, or else by its compatible brands."""
    end = min(int.from_bytes(head[:4]), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}
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
