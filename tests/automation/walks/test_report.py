"""A report shows every screen, needs nothing from outside, and holds no secret."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from iprescribe_tui.front_ends.automation.answers import load
from iprescribe_tui.front_ends.automation.walk import pictures
from iprescribe_tui.front_ends.automation.walk.driver import Recorder
from iprescribe_tui.front_ends.automation.walk.scenario import Snapshot, Walked, shipped
from iprescribe_tui.front_ends.automation.walk.walk_report import WalkOutcome, is_free, write
from tests.automation.walks.walking import scenario, walk
from tests.longer import few

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Walked, set[str]]:
    """A report on one walk that shows whatever is secret, and the secrets that were typed or shown on it."""
    folder = tmp_path_factory.mktemp("report")
    secrets: set[str] = set()

    class Listening(set[str]):
        def __ior__(self, more: object) -> "Listening":  # type: ignore[override]  # a set of texts
            assert isinstance(more, set)
            secrets.update(more)
            return self  # nothing is remembered, so nothing is covered but what the screens cover

    with pytest.MonkeyPatch.context() as patch:
        made = Recorder.__init__

        def listening(self: Recorder, *arguments: object) -> None:
            made(self, *arguments)  # type: ignore[arg-type]  # as they come
            self.secrets = Listening()

        patch.setattr(Recorder, "__init__", listening)
        done = walk("code_generator", report=folder)
    assert done.ok, done.wrong
    write(WalkOutcome([done], "the sandbox", datetime(2026, 3, 2, 14, 5, tzinfo=UTC), 9.5), folder)
    return folder, done, secrets


def test_no_secret_is_in_it_even_if_nobody_looks_for_them(reported: tuple[Path, Walked, set[str]]) -> None:
    folder, _, secrets = reported
    kinds = [r"\d{6}", r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", r"[A-Z2-7]{32}", r"otpauth://.*", r"violet.*", r"seven.*"]
    for kind in [*kinds, r"219-09-9871", r"219099871"]:
        assert any(re.fullmatch(kind, secret) for secret in secrets), f"no secret like {kind} was met"
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 20
    for file in files:
        text = file.read_text(encoding="utf-8").replace("\xa0", " ")
        for secret in secrets:
            groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
            first = groups[:19] if re.fullmatch("[A-Z2-7]{32}", secret) else secret
            assert not {one for one in (secret, first) if one in text}, f"a secret is in {file.name}"


def test_what_finds_its_way_onto_a_screen_all_the_same_is_covered() -> None:
    svg = '<text>violet\xa0lantern</text><text x="violet">a&#x27;violet lantern</text>'
    covered = re.sub(r"(?<=>)[^<>]+(?=</text>)", lambda found: pictures._covered(found[0], ["violet lantern"]), svg)
    assert "lantern" not in covered
    assert 'x="violet"' in covered


def test_every_screen_is_pictured(reported: tuple[Path, Walked, set[str]]) -> None:
    folder, done, _ = reported
    way = [snapshot.page for snapshot in done.snapshots]
    assert way == list(load(shipped()["code_generator"]).expected.way)
    page = (folder / "index.html").read_text(encoding="utf-8")
    for snapshot in done.snapshots:
        assert ElementTree.fromstring((folder / snapshot.picture).read_text(encoding="utf-8")).tag.endswith("svg")
        assert f'aria-label="{snapshot.heading}, ' in page.replace("&#x27;", "'")
    assert page.count('class="screen ') == len(done.snapshots)


def test_the_page_needs_nothing_from_outside(reported: tuple[Path, Walked, set[str]]) -> None:
    page = (reported[0] / "index.html").read_text(encoding="utf-8")
    asks_for = set(re.findall(r"(?:https?:)?//[\w.-]+", page)) - {"http://www.w3.org"}
    assert not asks_for
    tags: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            assert not any(name in ("src", "href") and not (value or "").startswith("#") for name, value in attributes)

    Tags().feed(page)
    assert tags >= {"nav", "figure", "h1", "h2"}
    assert "link" not in tags
    assert "img" not in tags


def test_json_and_junit_say_the_same(reported: tuple[Path, Walked, set[str]]) -> None:
    folder, done, _ = reported
    said = json.loads((folder / "walks.json").read_text(encoding="utf-8"))
    assert said["ok"] is True
    assert [snapshot["page"] for snapshot in said["walks"][0]["looks"]] == [
        snapshot.page for snapshot in done.snapshots
    ]
    suite = ElementTree.fromstring((folder / "junit.xml").read_text(encoding="utf-8")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


WRONG = Walked(
    "<b>",
    2,
    'a "b"',
    "refused",
    1.25,
    (Snapshot("npi", "Enter <i>", "refused", 0.5, 0.5, ("<x> & no",), ""),),
    ("1 < 2",),
)


def test_what_is_wrong_stands_out_and_is_no_markup(tmp_path: Path) -> None:
    outcome = WalkOutcome([WRONG, replace(WRONG, number=3, wrong=())], "https://example.com", datetime.now(UTC), 100)
    page = write(outcome, tmp_path).read_text(encoding="utf-8")
    assert "2 walks, 1 not as expected" in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<x>" not in page
    for words in ("1 &lt; 2", "&lt;x&gt; &amp; no", "&lt;b&gt; · 2", "1.7 min"):
        assert words in page
    suite = ElementTree.fromstring((tmp_path / "junit.xml").read_text(encoding="utf-8"))
    assert [failure.get("message") for failure in suite.iter("failure")] == ["1 < 2"]


UNFIT = {
    "escape": "\x1b[2J",
    "null": "\x00",
    "C1": "\x9b",
    "surrogate": "\udc80",
    "noncharacter": "\ufffe\uffff",
    "direction": "\u202e",
    "lines": "\r\n\t",
    "markup": "]]>&<!--\"'",
}


@pytest.mark.parametrize("name", UNFIT.values(), ids=UNFIT)
def test_a_report_is_well_formed_whatever_a_name_holds(name: str, tmp_path: Path) -> None:
    snapshots = (Snapshot("npi", f"Enter {name}", "refused", 0.5, 0.5, (name,), ""),)
    odd = replace(WRONG, scenario=f"a{name}b", wrong=(f"1 {name}", name), snapshots=snapshots)
    write(WalkOutcome([odd], f"https://{name}.example.com", datetime.now(UTC), 100), tmp_path)
    case = ElementTree.parse(tmp_path / "junit.xml").find("testsuite/testcase")
    assert case is not None
    assert re.fullmatch(r"a.+b", case.get("classname", ""))
    assert case.find("failure") is not None
    assert json.loads((tmp_path / "walks.json").read_text(encoding="utf-8"))["ok"] is False
    assert "1 walk, 1 not as expected" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", few([b"a\x1b[2Jb", b"a\x80b", b"a\x9bb\x01", "a\u202eb".encode(), b"a\nb"]), ids=ascii)
def test_a_scenarios_file_name_may_hold_anything(name: bytes, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(name + b".toml")
    file.write_text("[npi]\nnpi = 'x'\n", encoding="utf-8")
    program = [sys.executable, "-m", "iprescribe_tui", "--state-dir", str(tmp_path / "state"), "walk"]
    done = subprocess.run([*program, file, "--report", tmp_path / "report"], capture_output=True, timeout=120)
    assert done.returncode in (1, 3), done.stderr
    case = ElementTree.parse(tmp_path / "report" / "junit.xml").find("testsuite/testcase")
    assert case is not None
    assert case.get("classname", "").startswith("a\\")
    assert json.loads((tmp_path / "report" / "walks.json").read_text(encoding="utf-8"))["walks"][0]["looks"]


def test_alike_pictures_are_kept_once(tmp_path: Path) -> None:
    snapshot = replace(WRONG.snapshots[0], picture="a.svg")
    for name in ("a.svg", "b.svg"):
        (tmp_path / name).write_text("<svg>alike</svg>", encoding="utf-8")
    walks = [replace(WRONG, snapshots=(snapshot, replace(snapshot, picture="b.svg")))]
    page = write(WalkOutcome(walks, "x", datetime.now(UTC), 1), tmp_path).read_text(encoding="utf-8")
    assert page.count("alike") == 1
    assert page.count('class="screen p0"') == 2


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    assert is_free(tmp_path)
    assert is_free(tmp_path / "new")
    (tmp_path / "thesis.doc").touch()
    assert not is_free(tmp_path)
    (tmp_path / "walks.json").touch()
    assert is_free(tmp_path)
    assert not is_free(tmp_path / "thesis.doc")


@pytest.mark.matrix
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_shows_the_pictures(reported: tuple[Path, Walked, set[str]], tmp_path: Path) -> None:
    from PIL import Image

    assert CHROMIUM
    shot = tmp_path / "shot.png"
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1500,5600")
    subprocess.run(
        [
            CHROMIUM,
            *switches,
            f"--user-data-dir={tmp_path}",
            f"--screenshot={shot}",
            f"file://{reported[0]}/index.html",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with Image.open(shot) as picture:
        colors = picture.convert("RGB").getcolors(2**24)
    banner = (0x52, 0x4B, 0x3A)  # the sandbox's warning, which stands on top of every screen
    assert sum(count for count, color in colors or () if color == banner) > 23 * 5_000


def test_what_a_person_typed_is_not_in_it_either(tmp_path: Path) -> None:
    """A scenario's own secret, in the words of what went wrong."""
    text = "[credentials]\npassword = 'x'\n[npi]\nnpi = '1000000012'\n[accounts_intro]\n[expect]\nend = 'ssn'"
    done = walk(scenario(tmp_path, text.replace("'x'", "'canary-in-the-mine'")), report=tmp_path / "report")
    assert not done.ok
    write(WalkOutcome([done], "x", datetime.now(UTC), 1), tmp_path / "report")
    for file in (tmp_path / "report").rglob("*.*"):
        assert "canary" not in file.read_text(encoding="utf-8")
