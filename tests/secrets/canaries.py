"""What is planted on the way through the program, and the search for it in every spelling that it could have."""

import base64
import gzip
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORT = 8
"""What is shorter is found by chance in bytes: it counts where it stands alone, as it would when written down."""

_ALONE = (rb"(?<![0-9a-z.])", rb"(?![0-9a-z])")
_DEFLATED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_LARGEST = 8 * 1024 * 1024


def found(content: bytes, canaries: Iterable[str]) -> list[str]:
    """Which of `canaries` stand in `content`, or in what is compressed in it."""
    layers = [layer.lower() for layer in _layers(content)]
    return [canary for canary in canaries if any(_stands(canary, layer) for layer in layers)]


def found_in_files(folders: Iterable[Path], canaries: Iterable[str]) -> list[str]:
    """Which of `canaries` stand in files below `folders`, or in their names; each with its file."""
    return [
        f"{path}: {canary}"
        for folder in folders
        for path in folder.rglob("*")
        for canary in found(bytes(path) + b"\n" + (path.read_bytes() if path.is_file() else b""), canaries)
    ]


def _stands(canary: str, layer: bytes) -> bool:
    if len(canary) < SHORT:
        return any(re.search(_ALONE[0] + re.escape(spelt) + _ALONE[1], layer) for spelt in spellings(canary))
    return any(spelt in layer for spelt in spellings(canary))


@lru_cache(200)
def spellings(canary: str) -> frozenset[bytes]:
    """A text as files and protocols write it, in small letters: joined, coded, escaped."""
    texts = {canary}
    if re.fullmatch(r"[\d ()+.-]+", canary):
        texts.add(re.sub(r"\D", "", canary))
    elif re.fullmatch(r"[\w-]+", canary):
        texts.add(canary.replace("-", ""))
    spelt: set[bytes] = set()
    for text in texts:
        raw = text.encode()
        escaped = json.dumps(text)[1:-1]
        written = {text, escaped, quote(text, safe=""), quote_plus(text), raw.hex(), raw.hex(" ")}
        spelt |= {each.encode() for each in written}
        spelt |= {text.encode("utf-16-le"), text.encode("utf-16-be")}
        spelt |= set(_in_base64(raw))
    return frozenset(each.lower() for each in spelt)


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """The part of `raw` in base64 that is the same whatever stands before and behind it, at each of three places."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        sure = coded[(0, 2, 3)[before] : len(coded) if (before + len(raw)) % 3 == 0 else -4]
        if len(sure) >= SHORT:
            yield sure
            yield sure.replace(b"+", b"-").replace(b"/", b"_")


def _layers(content: bytes) -> Iterator[bytes]:
    """`content`, and what can be unpacked of it: zip members, and gzip and zlib streams wherever they begin."""
    yield content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for start in _DEFLATED.finditer(content):
        unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by its header
        try:
            unpacked = unpacker.decompress(content[start.start() :], _LARGEST)
        except zlib.error:
            continue
        if unpacked:
            yield unpacked


def gzipped(text: str) -> bytes:
    """`text` as a file that a log's rotation left."""
    return gzip.compress(text.encode())
