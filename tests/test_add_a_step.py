"""What the page says of adding a step is done in a copy of the tree, word by word, and then the step is everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from iprescribe_tui.help import page
from tests.longer import few

ROOT = Path(__file__).parent.parent
HAPPY = "iprescribe_tui/front_ends/automation/walk/scenarios/happy.toml"
WITHIN = 120
STEP, HEADING, TYPED = "signature", "Your name on prescriptions", "Amelia Hartwell, M.D."


def edits() -> Iterator[tuple[str, str]]:
    """The numbered places of the page: which file, and what changes in it."""
    for place in re.split(r"^\d\. ", page("add-a-step").partition("## Add a check")[0], flags=re.MULTILINE)[1:]:
        found = re.match(r"`([^`]+)`.*?^   ```diff\n(.*?)^   ```$", place, re.MULTILINE | re.DOTALL)
        assert found, place
        yield found[1], textwrap.dedent(found[2])


def edited(text: str, diff: str) -> str:
    """The text after the changes, each of which fits in one place alone."""
    for hunk in diff.split("@@\n"):
        lines = [(line[:1], line[1:]) for line in hunk.splitlines(keepends=True)]
        before, after = ("".join(line for mark, line in lines if mark != other) for other in "+-")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to which the step was added."""
    house = tmp_path_factory.mktemp("house")
    for name in ("iprescribe_tui", "screens", "tests"):
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    for name, diff in edits():
        file = house / name
        file.write_text(edited(file.read_text(encoding="utf-8"), diff), encoding="utf-8")
    python(house, "-m", "iprescribe_tui.sandbox.api.write_openapi")
    return house


def python(house: Path, *arguments: str) -> str:
    """Run Python in the copy, in an empty home, and see it succeed; what it says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IPRESCRIBE_", "XDG_", "DBUS_"))}
    own = {"PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    with TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=house,
            env=kept | own | {"HOME": home, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WITHIN,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_are_six_places_and_each_is_another_file() -> None:
    assert len({name for name, _ in edits()}) == len(list(edits())) == 6


def test_it_is_written_as_everything_else_is(house: Path) -> None:
    changed = [name for name, _ in edits() if name.endswith(".py")]
    python(house, "-m", "ruff", "check", *changed)
    python(house, "-m", "ruff", "format", "--check", *changed)


def test_the_answers_to_it_are_checked(house: Path) -> None:
    python(house, "-m", "iprescribe_tui", "answers", "--check", HAPPY)
    assert f"[{STEP}]" in python(house, "-m", "iprescribe_tui", "answers", "--template")


@pytest.mark.matrix
def test_scenarios_come_by_it_at_the_screens(house: Path, tmp_path: Path) -> None:
    names = ["happy", "idme_verified"]
    python(house, "-m", "iprescribe_tui", "walk", *names, "--jobs", "2", "--report", str(tmp_path / "walks"))
    said = json.loads((tmp_path / "walks" / "walks.json").read_text(encoding="utf-8"))
    ways = [[look["page"] for look in walk["looks"]] for walk in said["walks"]]
    assert [way[way.index("personal") + 1] for way in ways] == [STEP] * len(names)


@pytest.mark.parametrize("flags", few([["--plain"], []]), ids=["prompts", "nobody"])
def test_an_answers_file_comes_by_it_without_screens(flags: list[str], house: Path) -> None:
    said = python(house, "-m", "iprescribe_tui", *flags, "--answers", HAPPY)
    assert f"step 5 of 6: {HEADING}" in " ".join(said.split())
    assert TYPED in said


def test_the_contract_has_it(house: Path) -> None:
    document = json.loads((house / "iprescribe_tui/sandbox/api/openapi.json").read_text(encoding="utf-8"))
    path = f"/v1/registrations/{{registration_id}}/steps/{STEP}"
    body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/SignatureForm"}
    assert document["components"]["schemas"]["SignatureForm"]["properties"].keys() == {"printed_name"}


@pytest.mark.matrix
def test_the_people_in_the_tests_come_by_it(house: Path) -> None:
    """Over HTTP, at the screens and at the prompts; and what is true of every step is true of it."""
    names = [
        "tests/sandbox/test_walks.py",
        "tests/sandbox/test_openapi.py",
        "tests/sandbox/test_order.py",
        "tests/front_ends/test_tokens_and_memory.py",
        "tests/front_ends/test_screens.py::test_every_step_has_words_a_form_a_screen_and_help",
        "tests/plain/test_walk.py::test_all_22_steps",
    ]
    said = python(house, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *names)
    assert "passed" in said
