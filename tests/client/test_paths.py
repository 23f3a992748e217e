"""Paths of photos are understood as they are typed, as they are pasted, and as terminals write what is dropped."""

import unicodedata
from pathlib import Path

import pytest

from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.photos.paths import dropped_paths, typed_path
from tests.photos.reviewing import fault_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("my front.jpg", "back (1).jpg", "it's me.png", "100%25.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("{home}/my front.jpg", "my front.jpg"),
        ("  ~/my front.jpg \n", "my front.jpg"),
        ("'{home}/my front.jpg' ", "my front.jpg"),
        ('"~/my front.jpg"', "my front.jpg"),
        ("“{home}/my front.jpg”", "my front.jpg"),
        (r"{home}/back\ \(1\).jpg", "back (1).jpg"),
        ("file://{home}/my%20front.jpg", "my front.jpg"),
        ("file://localhost{home}/back%20%281%29.jpg", "back (1).jpg"),
        ("'file://{home}/my%20front.jpg'", "my front.jpg"),
        ("~/it's me.png", "it's me.png"),
        (r"'{home}/it'\''s me.png'", "it's me.png"),
        ("~/100%25.jpg", "100%25.jpg"),
    ],
)
def test_one_path(typed: str, name: str, home: Path) -> None:
    written = typed.replace("{home}", str(home))
    assert typed_path(written) == home / name
    assert dropped_paths(written) == (home / name,)


@pytest.mark.parametrize(
    "dropped",
    [
        "'{home}/my front.jpg' '{home}/back (1).jpg' ",
        r"{home}/my\ front.jpg {home}/back\ \(1\).jpg",
        "{home}/my front.jpg\n{home}/back (1).jpg\n",
        "file://{home}/my%20front.jpg\r\nfile://{home}/back%20(1).jpg\r\n",
        "file://{home}/my%20front.jpg file://{home}/back%20%281%29.jpg",
    ],
    ids=["quoted", "escaped", "lines", "addresses", "addresses on one line"],
)
def test_several_files_dropped_at_once(dropped: str, home: Path) -> None:
    found = dropped_paths(dropped.replace("{home}", str(home)))
    assert found == (home / "my front.jpg", home / "back (1).jpg")


@pytest.mark.parametrize(
    "typed", ["", "\n", "nowhere.jpg", "~nobody-of-this-name/a.jpg", "'", "file://[", "a\0b", "x" * 5000]
)
def test_what_is_not_there_is_no_drop(typed: str, home: Path) -> None:
    assert dropped_paths(typed) == ()
    assert isinstance(typed_path(typed), Path)


NARROW, FIRM, THIN = "\u202f", "\xa0", "\u2009"
COMPOSED = "Fronté Ángström.jpg"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        (f"Screenshot 2026-08-28 at 8.55.11{NARROW}PM.png", "Screenshot 2026-08-28 at 8.55.11 PM.png"),
        (f"Snímek 2026-05-15 v{FIRM}13.05.05.png", "Snímek 2026-05-15 v 13.05.05.png"),
        (f"a{THIN}b\u3000c.png", "a b c.png"),
        ("plain space.png", f"plain{NARROW}space.png"),
        ("plain space.png", f"plain{FIRM}space.png"),
        (unicodedata.normalize("NFD", COMPOSED), COMPOSED),
        (COMPOSED, unicodedata.normalize("NFD", COMPOSED)),
        (f"{unicodedata.normalize('NFD', 'Führerschein')}{NARROW}1.jpg", "Führerschein 1.jpg"),
        ("Amelia’s card.jpg", "Amelia's card.jpg"),
        ("left\u200eright.jpg", "leftright.jpg"),
    ],
)
@pytest.mark.parametrize("how", ["{}", "'{}'", "file://{}"])
def test_the_only_file_that_looks_the_same_is_the_one(name: str, typed: str, how: str, tmp_path: Path) -> None:
    folder = tmp_path / f"My{NARROW}Pictures"
    folder.mkdir()
    file = folder / name
    file.write_bytes(b"x")
    (folder / "another.jpg").write_bytes(b"x")
    written = str(tmp_path / "My Pictures" / typed)
    if how == "'{}'" and "'" in typed:
        how = '"{}"'
    text = how.format(written.replace(" ", "%20") if how.startswith("file") else written)
    assert typed_path(text) == file
    assert dropped_paths(text) == (file,)


@pytest.mark.parametrize("typed", ["a b.jpg", f"a{THIN}b.jpg"])
def test_between_two_that_look_the_same_nothing_is_guessed(typed: str, tmp_path: Path) -> None:
    for space in (NARROW, FIRM):
        (tmp_path / f"a{space}b.jpg").write_bytes(b"x")
    assert typed_path(str(tmp_path / typed)) == tmp_path / typed
    assert dropped_paths(str(tmp_path / typed)) == ()
    said = fault_of(str(tmp_path / typed), PhotoPolicy())
    assert said.startswith("Several names look like ")


def test_two_folders_that_look_the_same_are_not_searched(tmp_path: Path) -> None:
    for space in (NARROW, FIRM):
        (tmp_path / f"a{space}b").mkdir()
    (tmp_path / f"a{FIRM}b" / "front.jpg").write_bytes(b"x")
    assert typed_path(str(tmp_path / "a b" / "front.jpg")) == tmp_path / "a b" / "front.jpg"


@pytest.mark.parametrize("space", [" ", NARROW, FIRM])
def test_a_file_of_exactly_that_name_comes_first(space: str, tmp_path: Path) -> None:
    for each in (" ", NARROW, FIRM):
        (tmp_path / f"a{each}b.jpg").write_bytes(b"x")
    assert typed_path(str(tmp_path / f"a{space}b.jpg")) == tmp_path / f"a{space}b.jpg"


def test_a_name_that_ends_with_a_space_is_kept(tmp_path: Path) -> None:
    (tmp_path / f"front{FIRM}").write_bytes(b"x")
    assert typed_path(str(tmp_path / f"front{FIRM}")) == tmp_path / f"front{FIRM}"


def test_capital_letters_are_not_taken_for_small_ones(tmp_path: Path) -> None:
    (tmp_path / "Front.jpg").write_bytes(b"x")
    if not (tmp_path / "front.jpg").exists():
        assert typed_path(str(tmp_path / "front.jpg")) == tmp_path / "front.jpg"


def test_a_path_below_the_working_folder_is_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"a{NARROW}b.jpg").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert typed_path("a b.jpg").resolve() == tmp_path / f"a{NARROW}b.jpg"
