"""A photo that will not do is refused before it is sent, with how to take a better one."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import DOCUMENT, SELFIE, PhotoPolicy, check_photo, original
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.sandbox.domain.service import service_document

HEIC = b"\x00\x00\x00\x18ftypheic"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
AVIF = b"\x00\x00\x00\x18ftypavif"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
POLICY = PhotoPolicy()
GOOD_SIZE = 2_000_000


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (HEIC, "image/heic"),
        (AVIF, "image/avif"),
        (WEBP, "image/webp"),
    ],
)
@pytest.mark.parametrize("size", [POLICY.min_bytes, GOOD_SIZE, POLICY.max_bytes])
def test_a_photo_is_known_by_its_first_bytes(head: bytes, media_type: str, size: int) -> None:
    assert check_photo(head, size, POLICY) == media_type


@pytest.mark.parametrize(
    ("head", "size", "code", "words"),
    [
        (b"", 0, "photo_empty", "empty"),
        (
            JPEG,
            POLICY.min_bytes - 1,
            "photo_small",
            "This photo is 39 KB, too small to read. It must be at least 40 KB",
        ),
        (JPEG, 500, "photo_small", "is 500 bytes"),
        (PNG, POLICY.max_bytes + 1, "photo_large", "at most 16 MB"),
        (PNG, 20 * 1024 * 1024 + 600_000, "photo_large", "is 20.5 MB"),
        (b"%PDF-1.7", GOOD_SIZE, "photo_pdf", "PDF"),
        (b"\r\n%PDF-1.7", 100, "photo_pdf", "PDF"),
        (b"GIF89a", GOOD_SIZE, "photo_format", "GIF"),
        (b"\x00\x00\x00\x18ftypcrx ", 30_000_000, "photo_format", "raw photo (CR3)"),
        (b"BM\x00\x00", GOOD_SIZE, "photo_format", "BMP"),
        (b"II*\x00", GOOD_SIZE, "photo_format", "TIFF"),
        (b"\x00\x00\x00\x18ftypisom", GOOD_SIZE, "photo_not_image", "not a photo"),
        (b"Dear sir", GOOD_SIZE, "photo_not_image", "JPEG, PNG, HEIC or WebP"),
        (b"\xff\xd8", GOOD_SIZE, "photo_not_image", "not a photo"),
    ],
)
def test_a_file_that_will_not_do_is_refused_with_its_cause(head: bytes, size: int, code: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_photo(head, size, POLICY)
    assert failed.value.code == code
    assert words in failed.value.message


def test_a_backend_may_take_one_format_only() -> None:
    policy = PhotoPolicy(formats=("JPEG",))
    with pytest.raises(CheckFailed) as failed:
        check_photo(PNG, GOOD_SIZE, policy)
    assert (failed.value.code, failed.value.message[:20]) == ("photo_format", "This is a PNG image.")


@pytest.mark.parametrize("head", [HEIC, AVIF, WEBP])
def test_what_is_made_jpeg_may_be_smaller_before(head: bytes) -> None:
    assert check_photo(head, POLICY.min_bytes - 1, POLICY)


@pytest.mark.parametrize("formats", [("JPEG",), ("HEIC", "JPEG"), ("WebP", "AVIF", "PNG"), ("GIF", "TIFF")])
def test_formats_that_a_backend_names_are_taken_where_they_are_known(formats: tuple[str, ...]) -> None:
    policy = PhotoPolicy(formats=formats)
    assert check_photo(HEIC, GOOD_SIZE, policy) == "image/heic"
    with pytest.raises(CheckFailed, match="This is a GIF image"):
        check_photo(b"GIF89a", GOOD_SIZE, policy)


def test_on_this_machine_a_photo_may_be_larger_and_of_another_format_than_it_is_sent() -> None:
    policy = PhotoPolicy(formats=("JPEG",), max_bytes=1_000_000)
    assert check_photo(PNG, 64 * 1024 * 1024, original(policy)) == "image/png"
    with pytest.raises(CheckFailed, match="at most 64 MB"):
        check_photo(PNG, 64 * 1024 * 1024 + 1, original(policy))


# What a backend says of photos, which one of before says for all alike.

SAID: dict[str, tuple[Any, PhotoPolicy, PhotoPolicy, PhotoPolicy]] = {
    "nothing": ({}, DOCUMENT, DOCUMENT, SELFIE),
    "null for all": ({"document": None, "selfie": None, "front": None, "back": None}, DOCUMENT, DOCUMENT, SELFIE),
    "flat": (
        {"max_bytes": 9_000_000, "min_sharpness": 0.2},
        replace(DOCUMENT, max_bytes=9_000_000, min_sharpness=0.2),
        replace(DOCUMENT, max_bytes=9_000_000, min_sharpness=0.2),
        replace(SELFIE, max_bytes=9_000_000, min_sharpness=0.2),
    ),
    "flat formats": (
        {"formats": ["PNG"]},
        replace(DOCUMENT, formats=("PNG",)),
        replace(DOCUMENT, formats=("PNG",)),
        replace(SELFIE, formats=("PNG",)),
    ),
    "one kind": ({"selfie": {"max_glare": 0.01}}, DOCUMENT, DOCUMENT, replace(SELFIE, max_glare=0.01)),
    "one side": ({"back": {"min_pixels": 9_000}}, DOCUMENT, replace(DOCUMENT, min_pixels=9_000), SELFIE),
    "one side of a kind": (
        {"document": {"min_side": 700}, "back": {"min_pixels": 9_000}},
        replace(DOCUMENT, min_side=700),
        replace(DOCUMENT, min_side=700, min_pixels=9_000),
        SELFIE,
    ),
    "for all, for a kind and for a side": (
        {"min_side": 700, "document": {"min_side": 800}, "back": {"min_side": 900}},
        replace(DOCUMENT, min_side=800),
        replace(DOCUMENT, min_side=900),
        replace(SELFIE, min_side=700),
    ),
    "what nobody knows": ({"nose": 5, "document": {"nose": {}}, "left": []}, DOCUMENT, DOCUMENT, SELFIE),
}


def read(photos: Any) -> ServiceDocument:
    """The service document of a backend that says this of photos."""
    said = json.loads(service_document("native").model_dump_json())
    return ServiceDocument.model_validate_json(json.dumps({**said, "photos": photos}))


@pytest.mark.parametrize("which", SAID)
def test_what_is_said_of_photos_is_completed(which: str) -> None:
    said, front, back, photo = SAID[which]
    policies = read(said).photos
    assert [policies.of(slot) for slot in ("front", "back", "photo")] == [front, back, photo]
    assert policies.of("") == front


@pytest.mark.parametrize("which", SAID)
def test_what_was_said_of_photos_is_read_as_it_was(which: str) -> None:
    policies = read(SAID[which][0])
    assert ServiceDocument.model_validate_json(policies.model_dump_json()).photos == policies.photos


NO_POLICY: list[Any] = [
    *(5, "all", [], [{}], None, True),
    *({"document": 5}, {"document": "all"}, {"selfie": []}, {"selfie": [["min_side", 5]]}, {"document": True}),
    *({"back": 0}, {"back": ""}, {"front": []}, {"front": False}),
    *({"min_side": "lots"}, {"min_side": None}, {"min_side": {}}, {"min_side": []}, {"min_side": 0.5}),
    *({"selfie": {"min_sharpness": "nose"}}, {"selfie": {"min_sharpness": None}}, {"min_sharpness": [0.4]}),
    *(
        {"document": {"formats": "JPEG"}},
        {"formats": 5},
        {"formats": None},
        {"formats": [None]},
        {"formats": [["JPEG"]]},
    ),
]


@pytest.mark.parametrize("said", NO_POLICY, ids=str)
def test_what_is_no_policy_is_refused_as_such(said: Any) -> None:
    with pytest.raises(ValidationError):
        read(said)


def test_the_sandbox_says_it_for_each_kind() -> None:
    photos = json.loads(service_document("native").model_dump_json())["photos"]
    assert photos["selfie"]["min_sharpness"] < photos["document"]["min_sharpness"]
    assert photos["selfie"]["max_glare"] == 1
    assert photos["front"] is photos["back"] is None
