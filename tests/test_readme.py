"""The papers say what is: files, variables, names of the code. Each link leads somewhere; README is short."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import iter_modules, resolve_name
from zipfile import ZipFile

import pytest

import iprescribe_tui
from iprescribe_tui.cli.commands import COMMANDS
from iprescribe_tui.help import TOPICS, page
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.system.settings import VARIABLES
from tests.backend import running
from tests.papers import PAGES, PAPERS, README, ROOT

NAME = re.compile(r"\b(?:iprescribe_tui|screens|tests)(?:\.\w+)+(?![\w/])")
MEMBER = re.compile(r"`(\w+(?:\.\w+)?)`\s+\(`(iprescribe_tui[\w.]*)`\)")
FILE = re.compile(r"(?<![\w/.])(?:iprescribe_tui|screens|tests|\.ci)/[\w./-]*\w/?")


def test_it_is_short_and_lists_every_page() -> None:
    assert len(README.splitlines()) < 150
    for topic, tells in TOPICS.items():
        assert f"| [{topic}](iprescribe_tui/help/{topic}.md) | {tells} |" in README
    assert {path.stem for path in (ROOT / "iprescribe_tui/help").glob("*.md")} == TOPICS.keys()


def anchors(text: str) -> set[str]:
    """The headings of a page, as a link names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS)
def test_what_it_links_to_is_there(paper: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", PAPERS[paper]):
        target, _, heading = link.partition("#")
        if not link.startswith("https://"):
            there = (ROOT / paper).parent / target if target else ROOT / paper
            assert there.exists(), link
            assert not heading or heading in anchors(there.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("paper", PAPERS)
def test_each_name_of_the_code_is_one(paper: str) -> None:
    names = {name for name in NAME.findall(PAPERS[paper]) if not name.endswith((".py", ".md"))}
    names |= {f"{module}.{member}" for member, module in MEMBER.findall(PAPERS[paper])}
    assert {name for name in names if not is_in_the_code(name)} == set()


def is_in_the_code(name: str) -> bool:
    """Whether `name` is a module, or something in one."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("paper", PAPERS)
def test_each_file_that_it_names_is_there(paper: str) -> None:
    assert {path for path in FILE.findall(PAPERS[paper]) if not (ROOT / path).exists()} == set()


def test_the_architecture_names_every_room() -> None:
    rooms = set(re.findall(r"^\| `(\w+(?:\.\w+)?)` \|", page("architecture"), re.MULTILINE))
    parts = {module.name for module in iter_modules(iprescribe_tui.__path__, "iprescribe_tui.")}
    assert rooms == {*parts, "screens"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_told_of(name: str) -> None:
    assert any(f"iprescribe-tui {name}" in text for text in PAPERS.values())


@pytest.mark.parametrize("name", VARIABLES)
def test_it_names_every_variable_that_sets_something(name: str) -> None:
    assert f"`{name}`" in page("settings")


def test_it_says_whose_product_this_is_not() -> None:
    assert "not a product of DrFirst or ID.me" in README


def test_it_names_what_the_sandbox_keeps_and_the_photos_go_once_it_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with running(folder, local=True) as sandbox:
        walk = sandbox.registration_at(Step.SELFIE)
        assert len(list((folder / "evidence").iterdir())) == 2
        walk.to(Step.DONE)
        assert not list((folder / "evidence").iterdir())
        kept = {re.sub(r"-(wal|shm)$", "", path.name) for path in folder.iterdir()}
    assert kept == {"sandbox.db", "server.key", "evidence", "samples"}
    assert all(f"`{name}`" in page("kept") for name in kept)


def test_it_says_on_which_systems_it_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    systems = {each for each in project["classifiers"] if each.startswith("Operating System ::")}
    assert systems == {"Operating System :: MacOS", "Operating System :: POSIX :: Linux"}
    assert "It runs on Linux and macOS, and on Windows in [WSL]" in README


def test_a_wheel_holds_every_page_and_that_it_is_typed(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    build = "import sys, hatchling.build; hatchling.build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        held = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith((".md", "py.typed"))}
    assert held == PAGES | {"iprescribe_tui/py.typed": "", "screens/py.typed": ""}
