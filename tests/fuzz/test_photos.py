"""Damaged photos, in the process that decodes them: each is judged or refused by name, and none ends otherwise."""

import io
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.worker import barcode_apart, preview_apart, seen_apart
from tests.fuzz.drawn import broken
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.test_texts import is_harmless
from tests.photos.backs import back, barcode_text, jpeg
from tests.photos.drawn import heic, saved, scene
from tests.tally import Tally

pytestmark = pytest.mark.matrix

POLICY = PhotoPolicy(min_bytes=100, min_pixels=100, min_side=10)


@cache
def files(kind: str) -> list[bytes]:
    """Good photos of a kind, small ones: what reads them takes the same ways, and takes less time."""
    small = scene(noise=0).resize((320, 215))
    match kind:
        case "JPEG":
            return [saved(small), saved(small, progressive=True), saved(small, orientation=6)]
        case "PNG":
            return [saved(small, "PNG"), saved(small.convert("P"), "PNG"), saved(small.convert("RGBA"), "PNG")]
        case "HEIF":
            return [heic(small, quality=50)]
        case "HEIF of tiles":
            return [heic(small, quality=50, tile_size=128)]
        case "WebP":
            return [saved(small, "WEBP"), saved(small.convert("RGBA"), "WEBP"), saved(small, "WEBP", lossless=True)]
        case "AVIF":
            return [saved(small, "AVIF", speed=10)]
    return [jpeg(back(barcode_text()).resize((700, 440)))]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF", "HEIF of tiles", "WebP", "AVIF"])
def test_a_damaged_photo_is_judged_or_refused(kind: str, tmp_path: Path, tally: Tally) -> None:
    path = tmp_path / "photo"

    def attempt(content: bytes) -> str:
        path.write_bytes(content)
        clean = io.BytesIO()
        try:
            seen = seen_apart(path, POLICY, clean)
        except CheckFailed as failed:
            fault: CheckFailed | None = failed
        else:
            fault = seen.fault
            assert fault or (clean.getvalue() and seen.fingerprint and seen.facts)
        if fault is None:
            return "taken"
        assert fault.code.startswith("photo_")
        assert is_harmless(fault.message)
        return fault.code

    fuzz(tally, "photos in their process", 12, attempt, content=broken(files(kind)) | st.binary(max_size=64))


def test_a_damaged_barcode_or_preview_is_read_or_none(tmp_path: Path, tally: Tally) -> None:
    path = tmp_path / "photo"

    def attempt(content: bytes) -> str:
        path.write_bytes(content)
        preview_apart(path, 20, 6)
        return "read" if barcode_apart(path) else "none"

    fuzz(tally, "barcodes in their process", 6, attempt, content=broken([*files("back"), *files("HEIF")]))
