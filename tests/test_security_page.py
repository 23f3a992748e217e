"""SECURITY.md promises nothing that no test tries."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@cache
def defined_in(file: str) -> set[str]:
    """The tests that a file defines."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def claims() -> list[str]:
    """What is said to hold, claim by claim."""
    sections = re.findall(r"^Holds[^\n]*:\n((?:- .+\n)+)", PAGE, re.MULTILINE)
    return [line for section in sections for line in section.splitlines()]


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_a_test_that_it_names_exists(file: str, test: str) -> None:
    assert test in defined_in(file)


@pytest.mark.parametrize("claim", claims())
def test_what_it_says_holds_names_its_test(claim: str) -> None:
    assert re.search(r"\. (`tests/[\w/]+\.py::test_\w+` ?)+$", claim)


def test_every_part_says_what_does_not_hold() -> None:
    threats = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if "\nHolds" in part]
    assert len(threats) == 9
    assert not [part.splitlines()[0] for part in threats if "\nDoesn't hold" not in part]


def test_nothing_else_in_it_is_a_list() -> None:
    """So that no claim escapes the tests above."""
    lists = re.findall(r"^- .+$", PAGE, re.MULTILINE)
    against = re.findall(r"^Doesn't hold:\n((?:- .+\n)+)", PAGE, re.MULTILINE)
    assert len(lists) == len(claims()) + sum(len(part.splitlines()) for part in against)
