"""One name stands for one thing: classes, aliases and modules; and identifiers are spelled as in the United States."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
FILES: Final = sorted(file for folder in ("iprescribe_tui", "screens") for file in (ROOT / folder).rglob("*.py"))

BRITISH: Final = re.compile(
    r"licence|colour|grey|behaviour|favour|honour|neighbour|centre|catalogue|cheque|practis"
    r"|(organ|recogn|author|normal|initial|serial|summar|real|minim|maxim)is(e|ing|ation)",
    re.IGNORECASE,
)
ALIAS: Final = re.compile(r"[A-Z]+[a-z]\w*")

MIRRORED: Final = {
    "front_end": "the full screen's and the prompts'",
    "npi": "a check, and the screen of the step that asks for it",
    "personas": "the sandbox's, and the command that lists them",
    "receipts": "those that were saved, and the command that lists them",
}
"""Modules that share a name on purpose, and what each of them is."""


def defined_in(source: str) -> Iterator[str]:
    """Yield the classes and aliases that a module defines at its top."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name):
                yield name
            case ast.Assign([ast.Name(name)]) | ast.AnnAssign(ast.Name(name)) if ALIAS.fullmatch(name):
                yield name


def british_in(source: str) -> set[str]:
    """Return the identifiers that are not spelled as in the United States."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME and BRITISH.search(token.string)}


def test_no_class_or_alias_is_defined_twice() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for name in defined_in(file.read_text(encoding="utf-8")):
            modules[name].append(str(file.relative_to(ROOT)))
    assert len(modules) > 300
    assert {name: where for name, where in modules.items() if len(where) > 1} == {}


def test_no_two_modules_have_one_name_but_by_purpose() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        if file.stem not in ("__init__", "__main__"):
            modules[file.stem].append(str(file.relative_to(ROOT)))
    twice = {name: where for name, where in modules.items() if len(where) > 1}
    assert sorted(twice) == sorted(MIRRORED), twice


def test_identifiers_are_in_american_english() -> None:
    spelled = {str(file.relative_to(ROOT)): british_in(file.read_text(encoding="utf-8")) for file in FILES}
    assert {file: names for file, names in spelled.items() if names} == {}


@pytest.mark.parametrize("name", ["Colour", "organisation", "_greyed", "licence_number", "normalise", "LICENCES"])
def test_a_british_identifier_is_seen(name: str) -> None:
    assert british_in(f"{name} = 'license'  # license") == {name}


@pytest.mark.parametrize("name", ["color", "is_canceled", "labeled", "premise", "advertised", "exercise"])
def test_an_american_identifier_is_let_pass(name: str) -> None:
    assert british_in(f"{name} = 'colour'  # colour") == set()


def test_classes_and_aliases_are_seen_and_constants_are_not() -> None:
    source = "class View: ...\nOutcome = tuple[View]\nKind: TypeAlias = str\nLIMIT = 3\nT = TypeVar('T')\nlimit = 3\n"
    assert list(defined_in(source)) == ["View", "Outcome", "Kind"]
