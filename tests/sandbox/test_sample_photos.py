"""The sample photos: good enough to be sent as evidence, and plainly nobody's."""

import stat
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from iprescribe_tui.journey.aamva.parser import parse_barcode
from iprescribe_tui.journey.id_card import judge_barcode
from iprescribe_tui.photos.worker import barcode_apart
from iprescribe_tui.sandbox.domain.personas import PERSONAS, Persona
from iprescribe_tui.sandbox.domain.registry import Registry
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from iprescribe_tui.sandbox.domain.specimens import Holder, documents_of

REGISTRY = Registry()
NAMES = [
    "drivers_license_front",
    "drivers_license_back",
    "state_id_front",
    "state_id_back",
    "passport",
    "passport_card_front",
    "passport_card_back",
    "selfie",
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_sample_photos(tmp_path_factory.mktemp("state") / "sample-photos")


def difference(one: Path, other: Path) -> float:
    with Image.open(one) as first, Image.open(other) as second:
        return float(ImageStat.Stat(ImageChops.difference(first.convert("L"), second.convert("L"))).mean[0])


def test_there_is_one_for_every_slot(photos: dict[str, Path]) -> None:
    assert list(photos) == NAMES
    assert {path.name for path in photos["selfie"].parent.iterdir()} == {f"{name}-2.jpg" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_sharp_well_lit_jpeg_of_a_fitting_size(photos: dict[str, Path], name: str) -> None:
    assert 45_000 <= photos[name].stat().st_size <= 900_000
    with Image.open(photos[name], formats=("JPEG",)) as image:
        image.load()
        assert min(image.size) >= 800
        gray = image.convert("L")
    assert b"SPECIMEN" in photos[name].read_bytes()[:1000]
    assert 80 <= ImageStat.Stat(gray).mean[0] <= 210
    gray.thumbnail((1024, 1024))
    edges = gray.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    assert ImageStat.Stat(edges).var[0] > 300


@pytest.mark.parametrize("kind", ["drivers_license", "state_id", "passport_card"])
def test_front_and_back_differ(photos: dict[str, Path], kind: str) -> None:
    assert difference(photos[f"{kind}_front"], photos[f"{kind}_back"]) > 20


def test_one_document_is_not_another(photos: dict[str, Path]) -> None:
    assert len({path.read_bytes() for path in photos.values()}) == len(NAMES)
    assert difference(photos["drivers_license_front"], photos["state_id_front"]) > 1


def test_the_cards_that_have_a_barcode_in_life_have_one_that_reads_here(photos: dict[str, Path]) -> None:
    read = {name: barcode_apart(photos[name]) for name in NAMES if name.endswith("_back")}
    cards = {name: parse_barcode(text) for name, text in read.items() if text and text.startswith("@")}
    assert {name: card.kind for name, card in cards.items()} == {"drivers_license_back": "DL", "state_id_back": "ID"}
    assert {card.name for card in cards.values()} == {"ALEX JORDAN SAMPLE"}


def test_the_header_of_a_sample_says_where_its_subfile_lies(photos: dict[str, Path]) -> None:
    text = barcode_apart(photos["state_id_back"]) or ""
    offset, length = int(text[23:27]), int(text[27:31])
    assert text[offset : offset + 5] == "IDDAQ"
    assert offset + length == len(text)


def test_only_their_owner_can_read_them(photos: dict[str, Path]) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in photos.values()} == {0o600}
    assert stat.S_IMODE(photos["selfie"].parent.stat().st_mode) == 0o700


def test_what_is_there_stays_and_what_is_missing_comes_back_the_same(photos: dict[str, Path]) -> None:
    kept, missing = photos["selfie"], photos["passport"]
    drawn = missing.read_bytes()
    before = kept.stat().st_mtime_ns
    missing.unlink()
    assert write_sample_photos(kept.parent) == photos
    assert missing.read_bytes() == drawn
    assert kept.stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        write_sample_photos(tmp_path / "file" / "photos")


def test_nothing_half_written_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left"):
        write_sample_photos(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.key)
def test_documents_of_each_persona_bear_a_name_that_is_theirs(persona: Persona) -> None:
    provider = REGISTRY.find(persona.npi)
    if provider is None or provider.organization:
        return
    documents = documents_of(Holder.named(provider.first_name, provider.middle_name, provider.last_name))
    for kind in ("drivers_license", "state_id"):
        verdict = judge_barcode(documents[kind].barcode, persona.name, date(2026, 6, 15))
        assert verdict.card
        assert (verdict.notice, verdict.error, verdict.card.unread) == ("", "", ())
    assert {len(line) for line in documents["passport"].machine_lines} == {44}
    assert {len(line) for line in documents["passport_card"].machine_lines} == {30}
