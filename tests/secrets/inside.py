"""Runs the program with somebody inside who looks, when asked by a file, for what it holds in memory.

`python -m tests.secrets.inside FOLDER ARGUMENTS…`: asked in `FOLDER/asked`, told in `FOLDER/told`, both JSON.
"""

import gc
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.secrets.memory import held
from tests.terminal.terminal import Watched

PATIENCE = 20.0
"""Seconds that a screen may take to be taken away while somebody looks, which takes most of the time."""


def looker(folder: Path) -> None:
    """Answer each question, as long as the program runs."""
    while True:
        if (asked := folder / "asked").exists():
            question = json.loads(asked.read_bytes())
            answer = known() if question is None else held_for_long(question)
            asked.unlink()
            (folder / "telling").write_text(json.dumps(answer))
            (folder / "telling").replace(folder / "told")
        time.sleep(0.02)


def held_for_long(planted: Sequence[str]) -> list[str]:
    """What is held, looked at again as long as a screen is still being taken away."""
    end = time.monotonic() + PATIENCE
    while (found := held(planted)) and time.monotonic() < end:
        time.sleep(0.1)  # the program has its turn
    return found


def known() -> tuple[list[str], list[str]]:
    """The secrets that the backend made and the program knows now, backwards: those of a step, and lasting ones."""
    passing: set[str] = set()
    lasting: set[str] = set()
    for each in gc.get_objects():
        match type(each).__name__:
            case "Tokens":
                lasting |= {each.access_token.get_secret_value()[::-1], each.refresh_token.get_secret_value()[::-1]}
            case "BackendAddress" if each.sandbox_key:
                lasting.add(each.sandbox_key.get_secret_value()[::-1])
            case "OutboxMessage":
                passing |= {each.code[::-1], each.link.rpartition("/")[2][::-1]}
            case "HandoffView":
                passing.add(each.url.rpartition("/")[2][::-1])
            case "FormView":
                passing |= {value.get_secret_value()[::-1] for name, value in each.reveal.items() if "uri" not in name}
    return sorted(passing - {""}), sorted(lasting)


@dataclass(frozen=True)
class Looker:
    """Asks the one inside; `folder` is between the two."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        """The program with the one inside."""
        self.folder.mkdir(exist_ok=True)
        return (sys.executable, "-m", "tests.secrets.inside", str(self.folder))

    def known(self, terminal: Watched) -> tuple[list[str], list[str]]:
        """The backend's secrets that the program knows now: those of a step, and lasting ones."""
        passing, lasting = self._ask(terminal, None)
        return [secret[::-1] for secret in passing], [secret[::-1] for secret in lasting]

    def held(self, terminal: Watched, planted: Sequence[str]) -> list[str]:
        """Who in the program holds one of `planted`."""
        told: list[str] = self._ask(terminal, [secret[::-1] for secret in planted])
        return told

    def _ask(self, terminal: Watched, question: Sequence[str] | None) -> Any:
        (self.folder / "asking").write_text(json.dumps(question))
        (self.folder / "asking").replace(self.folder / "asked")
        told = self.folder / "told"
        terminal.until_true(told.exists, "an answer from inside")
        answer = json.loads(told.read_bytes())
        told.unlink()
        return answer


if __name__ == "__main__":
    threading.Thread(target=looker, args=(Path(sys.argv.pop(1)),), daemon=True).start()
    from iprescribe_tui.__main__ import main

    sys.exit(main())
