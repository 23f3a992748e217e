"""The house stays in order: format, lint, types, import rules, and each import rule fires when it is broken."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=lambda command: " ".join(command),
)
def test_is_clean(command: tuple[str, ...]) -> None:
    done = run(BIN / command[0], *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_have_300_lines_at_most_and_functions_40() -> None:
    files = [file for room in ("iprescribe_tui", "screens") for file in (ROOT / room).rglob("*.py")]
    texts = {file.relative_to(ROOT): file.read_text(encoding="utf-8") for file in files}
    assert len(texts) > 250
    assert [str(file) for file, text in texts.items() if text.count("\n") > 300] == []
    assert [
        f"{file}:{node.lineno}"
        for file, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40
    ] == []


BREAKS = {
    "rooms": ("iprescribe_tui/journey/steps.py", "import iprescribe_tui.flow.actions"),
    "front_ends": ("iprescribe_tui/front_ends/plain/words.py", "import iprescribe_tui.front_ends.tui.themes"),
    "steps": ("iprescribe_tui/front_ends/tui/dialogs.py", "import screens.npi"),
    "sandbox": ("iprescribe_tui/sandbox/store/tables.py", "import iprescribe_tui.sandbox.domain.policy"),
    "users": ("iprescribe_tui/flow/services.py", "import iprescribe_tui.sandbox.domain.service"),
    "textual": ("iprescribe_tui/flow/actions.py", "import textual"),
    "screens": ("screens/npi.py", "import iprescribe_tui.client"),
    "independence": ("screens/npi.py", "import screens.practice"),
    "server": ("iprescribe_tui/client/__init__.py", "import fastapi"),
    "network": ("iprescribe_tui/front_ends/tui/app.py", "import httpx"),
    "photos": ("iprescribe_tui/front_ends/tui/photo_screen.py", "import PIL"),
    "journey": ("iprescribe_tui/journey/forms.py", "import platformdirs"),
}


def test_every_import_rule_has_a_break() -> None:
    rules = re.findall(r'^id = "(\w+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert sorted(BREAKS) == sorted(rules)


def broken(rule: str, file: str, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a rule in a copy of the tree, in which `line` was added to `file`."""
    for name in ("iprescribe_tui", "screens", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    changed = folder / file
    before = changed.read_text() if changed.exists() else ""
    changed.write_text(f"{before}\n{line}\n")
    return run(BIN / "lint-imports", "--no-cache", "--contract", rule, cwd=folder)


@pytest.mark.parametrize("rule", BREAKS)
def test_an_import_rule_fires_when_it_is_broken(rule: str, tmp_path: Path) -> None:
    done = broken(rule, *BREAKS[rule], tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "says"),
    [
        ("journey/steps.py", "if TYPE_CHECKING:\n    import iprescribe_tui.flow.actions", "iprescribe_tui.flow"),
        ("loose.py", '"""A module in no room."""', "- iprescribe_tui.loose"),
    ],
)
def test_an_import_for_types_and_a_loose_module_count(file: str, line: str, says: str, tmp_path: Path) -> None:
    done = broken("rooms", f"iprescribe_tui/{file}", line, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert says in done.stdout


def test_there_is_room_for_no_more_than_twelve_entries() -> None:
    there = {path for path in (ROOT / "iprescribe_tui").iterdir() if path.name != "__pycache__"}
    assert len(there) <= 12
    assert {path.name for path in there if path.is_file()} == {"__init__.py", "__main__.py", "py.typed"}


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import one another in turn; none where there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def test_no_modules_import_one_another_in_a_circle() -> None:
    graph = grimp.build_graph("iprescribe_tui", "screens", exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert circle_in(imports) == []
    imports["iprescribe_tui.journey.checks"] = {"iprescribe_tui.__main__"}
    assert len(circle_in(imports)) > 2
