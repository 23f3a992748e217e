"""A person loads the completion into a shell, as the page says, and presses Tab."""

import shutil
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

ZSH, BASH, TCSH = ("zsh", "-f"), ("bash", "--norc", "--noprofile"), ("tcsh", "-f")
SOURCED = "source <(iprescribe-tui completion {})"
IN_FILE = "iprescribe-tui completion {} > c; source ./c"
EVALUATED = 'eval "$(iprescribe-tui completion {})"'
WITH_COMPINIT = "autoload -Uz compinit; compinit; "
IN_FPATH = "iprescribe-tui completion {} > _iprescribe-tui; fpath=($PWD $fpath); "

LOADED = [
    (ZSH, SOURCED),
    (ZSH, WITH_COMPINIT + SOURCED),
    (ZSH, IN_FILE),
    (ZSH, EVALUATED),
    (ZSH, WITH_COMPINIT + EVALUATED),
    (ZSH, IN_FPATH + WITH_COMPINIT),
    (ZSH, "load() {{ " + SOURCED + " }}; load"),
    (BASH, SOURCED),
    (BASH, EVALUATED),
    (TCSH, IN_FILE),
]


@pytest.mark.parametrize(("shell", "load"), LOADED)
def test_a_shell_completes_what_is_typed(shell: tuple[str, ...], load: str, tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    (tmp_path / "front.jpg").touch()
    with Terminal(shell, home=tmp_path, size=(120, 24)) as terminal:
        terminal.write("cd ~", "enter")
        terminal.write(load.format(shell[0]), "enter", "echo lo''aded", "enter")
        terminal.until("loaded")
        for typed, becomes in (
            ("sandb", "sandbox"),
            ("--state", "--state-dir"),
            ("validate addr", "validate address"),
            ("validate photo --kind sel", "validate photo --kind selfie"),
            ("validate photo fron", "validate photo front.jpg"),
            ("status --js", "status --json"),
            ("help glos", "help glossary"),
        ):
            terminal.write(f"iprescribe-tui {typed}")
            terminal.until(f"iprescribe-tui {typed}")  # a Tab that comes in one piece with it is pasted, to zsh
            terminal.press("tab")
            terminal.until(f"iprescribe-tui {becomes}")
            terminal.write("ctrl+u")
    assert "not found" not in terminal.words
    assert "completion function" not in terminal.words
