"""What the tests of the journey share: the real cases that lie beside the checkout, where there are any."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Corpus = Callable[[str], list[dict[str, Any]]]
_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """Reads the rows of one collection of real cases; skips the test where the collection is missing."""

    def rows(name: str) -> list[dict[str, Any]]:
        path = _CORPORA / f"{name}.jsonl"
        if not path.exists():
            pytest.skip(f"no {name} cases beside the checkout")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return rows
