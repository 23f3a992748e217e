"""The program in tmux, driven as tmux's own scripts do: `send-keys` in, `capture-pane` out."""

import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.terminal.terminal import COMMAND, Watched, environment

NAMES = {"enter": "Enter", "tab": "Tab", "s-tab": "BTab", "esc": "Escape", "space": "Space", "backspace": "BSpace"}
"""tmux's names of the keys; function keys and control characters follow a rule."""


class Tmux(Watched):
    """A tmux server of its own with one pane of 80×24, in which the program runs under `term`."""

    def __init__(self, command: Sequence[str] = COMMAND, *, home: Path, term: str = "tmux-256color") -> None:
        self._tmux = ("tmux", "-S", str(home / "tmux.socket"), "-f", str(home / "tmux.conf"))
        self._environment: Mapping[str, str] = environment(home)
        (home / "tmux.conf").write_text(f"set -g default-terminal {term}\n")
        # As from a shell: the pane stays once the program has ended, so that what it left there can be looked at.
        from_shell = f"{shlex.join(command)}; echo Exit status $?; exec cat"
        self.run("new-session", "-d", "-x", "80", "-y", "24", f"exec sh -c {shlex.quote(from_shell)}")

    def __enter__(self) -> Self:
        """The terminal, open."""
        return self

    def __exit__(self, *_: object) -> None:
        """The server and all that runs in it end."""
        self.run("kill-server")

    def run(self, *arguments: str) -> str:
        """What a command of tmux answers."""
        done = subprocess.run(
            [*self._tmux, *arguments], env=self._environment, capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout

    def ask(self, variable: str) -> str:
        """The value of one of the pane's variables."""
        return self.run("display-message", "-p", f"#{{{variable}}}").strip()

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(line.rstrip() for line in self.run("capture-pane", "-p").splitlines())

    @property
    def history(self) -> str:
        """The screen with all that can be scrolled back to."""
        return self.run("capture-pane", "-p", "-S", "-")

    def drain(self, seconds: float = 0.05) -> bool:
        """Give the program time; tmux takes in by itself what it sends."""
        time.sleep(seconds)
        return True

    def press(self, *keys: str) -> None:
        """Press keys, by name or letter, one after another."""
        for key in keys:
            if len(key) == 1 and key != " ":
                self.run("send-keys", "-l", "--", key)
            elif key.startswith("ctrl+"):
                self.run("send-keys", f"C-{key[-1]}")
            else:
                self.run("send-keys", NAMES.get(key, "Space" if key == " " else key.upper()))

    def finish(self) -> int:
        """Wait until the program has ended by itself; its exit status."""
        self.until("Exit status")
        return int(self.words.rpartition("Exit status")[2].split()[0])
