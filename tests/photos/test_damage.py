"""A photo of which a part was lost or overwritten is told from a whole one, however odd that one is."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageOps

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import AVIF, HEIC, JPEG, WEBP, PhotoPolicy
from iprescribe_tui.photos.decoding import picture_of, taken_apart
from tests.longer import few
from tests.photos import real
from tests.photos.drawn import heic, saved, scene

POLICY = PhotoPolicy()
END = b"\xff\xd9"
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tables of its own": {"optimize": True, "quality": 50},
    "progressive": {"progressive": True},
    "progressive of few bytes": {"progressive": True, "quality": 50},
    "restarts by rows": {"restart_marker_rows": 1},
    "restarts by blocks": {"restart_marker_blocks": 7},
}
LOSSES: dict[str, Callable[[bytes, int], bytes]] = {
    "second half": lambda file, half: file[:half] + END,
    "second half zeros": lambda file, half: file[:half] + bytes(half) + END,
    "second half zeros without an end": lambda file, half: file[:half] + bytes(half),
    "64 KB zeros": lambda file, half: file[: half - 32_768] + bytes(65_536) + file[half + 32_768 :],
    "4 KB zeros": lambda file, half: file[:half] + bytes(4096) + file[half + 4096 :],
    "4 KB missing": lambda file, half: file[:half] + file[half + 4096 :],
}


def decoded(file: bytes, media_type: str = JPEG) -> Image.Image:
    return picture_of(taken_apart(file, media_type, POLICY), media_type, POLICY)


def paper() -> Image.Image:
    """A card on a table, with white paper around it, on which nothing is written."""
    return ImageOps.expand(scene(noise=0), (100, 300, 100, 2500), "white")


@pytest.mark.parametrize("way", few(WAYS))
@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss != "4 KB missing"])
def test_a_part_that_is_lost_is_noticed_though_the_end_is_there(way: str, loss: str) -> None:
    file = saved(scene(noise=30).resize((1600, 1075)), **WAYS[way])
    assert len(file) > 140_000
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(LOSSES[loss](file, len(file) // 2))


@pytest.mark.parametrize("way", few(["plain", "tables of its own", "restarts by blocks"]))
def test_so_are_4_kb_that_are_left_out(way: str) -> None:
    """Not always between two restarts that are farther apart, nor within a scan of a progressive one."""
    file = saved(scene(noise=30), **WAYS[way])
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(LOSSES["4 KB missing"](file, len(file) // 2))


@pytest.mark.parametrize("scans", few([1, 3, 6]))
def test_so_are_scans_that_never_came(scans: int) -> None:
    """Each makes the picture finer: with the first alone it looks like one out of focus."""
    file = saved(scene(), progressive=True)
    at = 0
    for _ in range(scans + 1):
        at = file.index(b"\xff\xda", at + 2)
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(file[: file.rindex(b"\xff\xc4", 0, at)] + END)


@pytest.mark.parametrize("way", few(WAYS))
@pytest.mark.parametrize("color", few(["white", "black", "#808080"]))
def test_large_areas_of_one_color_are_no_damage(way: str, color: str) -> None:
    picture = ImageOps.expand(scene(noise=0), (0, 400, 700, 1400), color)
    assert decoded(saved(picture, **WAYS[way])).size == picture.size


def test_not_even_where_they_are_written_as_zeros() -> None:
    file = saved(paper(), optimize=True, quality=30)
    assert bytes(300) in file
    assert decoded(file).size == paper().size


def test_not_where_a_marks_zero_stands_in_the_last_bytes() -> None:
    """Another byte in its place would make a marker of 0xFF, of which a decoder says that the data is broken."""
    page = ImageOps.expand(scene(noise=0), (0, 900, 700, 0), "white")
    pages = (page.crop((left, 0, 1400, 1300 + left)) for left in range(34, 260, 2))
    files = (saved(page, optimize=True, quality=85) for page in pages)
    file = next(file for file in files if bytes(256) in file and file[-35] == 0xFF)
    assert decoded(file).width > 0


@pytest.mark.parametrize("printed", [0.2, 0.5, 0.8])
def test_a_plain_end_is_no_damage_to_a_lossless_webp(printed: float) -> None:
    for size in ((1275, 1650), (801, 1203), (1080, 1920), (2000, 1400)):
        page = Image.new("RGB", size, "white")
        for y in range(30, int(size[1] * printed), 40):
            ImageDraw.Draw(page).text((30, y), "Lorem ipsum dolor sit amet 12345", fill="black")
        assert decoded(saved(page, "WEBP", lossless=True, method=0), WEBP).size == size


@pytest.mark.parametrize("padding", [b"\0" * 5000, b"\xff" * 5000, b"\1more" * 900], ids=["zeros", "ones", "more"])
@pytest.mark.parametrize("way", few(["plain", "progressive", "restarts by rows"]))
def test_nor_is_what_a_camera_puts_before_the_end_or_behind_it(way: str, padding: bytes) -> None:
    file = saved(scene(noise=0), **WAYS[way])
    whole = decoded(file).tobytes()
    assert decoded(file[:-2] + padding + END).tobytes() == whole
    assert decoded(file + padding).tobytes() == whole


@pytest.mark.parametrize("how", few([{"quality": 80}, {"quality": 20}]), ids=str)
@pytest.mark.parametrize("loss", ["second half zeros", "4 KB zeros"])
def test_a_webp_with_zeros_in_place_of_a_part_is_damaged(loss: str, how: dict[str, Any]) -> None:
    file = saved(scene(noise=30), "WEBP", method=0, **how)
    half = len(file) // 2
    zeros = half if loss == "second half zeros" else 4096
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(file[:half] + bytes(zeros) + file[half + zeros :], WEBP)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss not in ("second half zeros", "64 KB zeros")])
def test_so_is_a_heic(loss: str) -> None:
    file = heic(scene(noise=0))
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(LOSSES[loss](file, len(file) // 2).removesuffix(END), HEIC)


def test_an_avif_without_its_second_half_is_damaged() -> None:
    """Zeros in its data may mean one color: they are not noticed."""
    file = saved(scene(noise=0), "AVIF", speed=10)
    with pytest.raises(CheckFailed, match="only a part of it was copied"):
        decoded(file[: len(file) // 2], AVIF)


@pytest.mark.parametrize("color", few(["white", "black", "#c81e1e"]))
@pytest.mark.parametrize("media_type", [HEIC, AVIF])
def test_large_areas_of_one_color_are_no_damage_to_a_heic_or_avif(media_type: str, color: str) -> None:
    picture = ImageOps.expand(scene(noise=0), (0, 700, 900, 1400), color)
    file = heic(picture) if media_type == HEIC else saved(picture, "AVIF", speed=10)
    assert decoded(file, media_type).size == picture.size


@pytest.mark.parametrize("color", few(["white", "#c81e1e", "#808080"]))
@pytest.mark.parametrize("how", few([{"quality": 100}, {"quality": 80}, {"lossless": True}]), ids=str)
def test_large_areas_of_one_color_are_no_damage_to_a_webp(how: dict[str, Any], color: str) -> None:
    picture = ImageOps.expand(scene(noise=0), (0, 700, 900, 1400), color)
    assert decoded(saved(picture, "WEBP", method=0, **how), WEBP).size == picture.size


@real.needed
def test_no_real_photo_is_damaged() -> None:
    files = sorted(real.FOLDER.glob("*.jpg"))
    assert len(files) > 50
    for file in files:
        decoded(file.read_bytes())
