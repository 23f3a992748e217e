"""The house stays in order: format, lint, types, import rules, and each import rule fires when it is broken."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

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


BREAKS = {
    "layers": ("iprescribe_tui/journey/steps.py", "import iprescribe_tui.system.settings"),
    "textual": ("iprescribe_tui/flow/flow.py", "import textual"),
    "screens": ("screens/npi.py", "import iprescribe_tui.client"),
    "independence": ("screens/npi.py", "import screens.ssn"),
    "sandbox": ("iprescribe_tui/client/__init__.py", "import fastapi"),
    "network": ("iprescribe_tui/front_ends/tui/app.py", "import httpx"),
    "photos": ("iprescribe_tui/front_ends/tui/photo_screen.py", "import PIL"),
    "journey": ("iprescribe_tui/journey/forms.py", "import platformdirs"),
}


def test_every_import_rule_has_a_break() -> None:
    rules = re.findall(r'^id = "(\w+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert sorted(BREAKS) == sorted(rules)


@pytest.mark.parametrize("rule", BREAKS)
def test_an_import_rule_fires_when_it_is_broken(rule: str, tmp_path: Path) -> None:
    for name in ("iprescribe_tui", "screens", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    file, line = BREAKS[rule]
    broken = tmp_path / file
    broken.write_text(broken.read_text() + f"\n{line}\n")
    done = run(BIN / "lint-imports", "--no-cache", "--contract", rule, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout, done.stdout
