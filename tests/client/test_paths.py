"""Paths of photos are understood as they are typed, as they are pasted, and as terminals write what is dropped."""

from pathlib import Path

import pytest

from iprescribe_tui.photos.paths import dropped_paths, typed_path


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
