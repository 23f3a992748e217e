"""Docstrings and comments are in plain technical English, and public methods of screens and widgets have one."""

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
FILES: Final = [file for folder in ("iprescribe_tui", "screens") for file in (ROOT / folder).rglob("*.py")]

PHRASES: Final = re.compile(
    r"\b(whoever|somebody|someone\s+who|(go|goes|going|gone|went)\s+on|any\s+more|se(e|es|en)\s+to\s+it|(is|are|was|were)\s+to\s+be)\b",
    re.IGNORECASE,
)
STARTS: Final = re.compile(r"(\A(?i:what|whether|who(ever|se|m)?)|[.!?]\s+(What|Whether|Who(ever|se|m)?))\b")

OVERRIDES: Final = re.compile(r"compose|render|(on|action|watch|validate|key)_\w+")
"""Methods that Textual calls by these names, which say enough."""


def fault_in(text: str) -> str:
    """Return the first phrase in a docstring or comment that the house rules exclude, "" if there is none."""
    found = PHRASES.search(text) or STARTS.search(text)
    return found[0] if found else ""


def docstrings(node: ast.AST) -> Iterator[str]:
    """Yield every string that stands as a statement: docstrings, and those of constants."""
    for statement in (
        each for block in ("body", "orelse", "handlers", "finalbody") for each in getattr(node, block, ())
    ):
        if isinstance(statement, ast.Expr):
            if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
                yield cleandoc(statement.value.value)
        else:
            yield from docstrings(statement)


def comments(source: str) -> Iterator[str]:
    """Yield every comment; comments on lines of their own, one below the other, are one."""
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line, alone = token.start[0], token.line.lstrip().startswith("#")
            if block and not (alone and line == last + 1):
                yield " ".join(block)
                block = []
            block.append(token.string.strip("# -"))
            last = line if alone else -1
    if block:
        yield " ".join(block)


def texts(source: str) -> Iterator[str]:
    """Yield the docstrings and the comments of a module; comments only if one may have a fault, to save time."""
    yield from docstrings(ast.parse(source))
    perhaps = [text.strip("# -") for text in re.findall("#.*", source)]
    if any(map(fault_in, [*perhaps, " ".join(perhaps)])):
        yield from comments(source)


def descriptions(document: object) -> Iterator[str]:
    """Yield the descriptions in an OpenAPI document."""
    if isinstance(document, dict):
        if isinstance(text := document.get("description"), str):
            yield text
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from descriptions(each)


def test_docstrings_and_comments_are_in_plain_english() -> None:
    """Docstrings that are descriptions in the contract are left aside: they change with the contract only."""
    contract = json.loads((ROOT / "iprescribe_tui/sandbox/api/openapi.json").read_text(encoding="utf-8"))
    frozen = set(descriptions(contract))
    assert len(FILES) > 250
    assert len(frozen) > 30
    assert [
        f"{file.relative_to(ROOT)}: {fault!r} in {text}"
        for file in FILES
        for text in texts(file.read_text(encoding="utf-8"))
        if (fault := fault_in(text)) and text not in frozen
    ] == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('"""Whether it is over."""', "Whether"),
        ('def f():\n    """Return it. What is left is dropped."""', ". What"),
        ('class C:\n    """Keys of whoever types."""', "whoever"),
        ('LIMIT = 1\n"""Seconds until the page goes\non by itself."""', "goes\non"),
        ("if a:\n    b = 1\nelse:\n    async def f():\n        'There is none any more.'", "any more"),
        ("a = 1  # the photo is to be sent", "is to be"),
        ("a = 1\n# The flow sees\n# to it.\n", "sees to it"),
        ("# -- what is kept here\n", "what"),
    ],
)
def test_a_phrase_that_is_planted_is_found(source: str, fault: str) -> None:
    assert [found for text in texts(source) if (found := fault_in(text))] == [fault]


@pytest.mark.parametrize("source", ['says = "Whoever it is"', 'page = "#what"', "go_on = 1  # the button's `go_on`"])
def test_other_strings_and_names_are_left_alone(source: str) -> None:
    assert [text for text in texts(source) if fault_in(text)] == []


def bare_methods(source: str) -> Iterator[str]:
    """Yield the public methods without a docstring that aren't overrides of Textual."""
    for kind in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)):
        for method in (each for each in kind.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)):
            is_setter = any(ast.unparse(each).endswith(".setter") for each in method.decorator_list)
            is_excepted = is_setter or method.name.startswith("_") or OVERRIDES.fullmatch(method.name)
            if not is_excepted and ast.get_docstring(method) is None:
                yield f"{kind.name}.{method.name}"


def test_public_methods_have_docstrings_where_ruff_does_not_ask_for_them() -> None:
    """Ruff asks (D1) for all others: modules, classes, functions, and methods elsewhere."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    folders = [folder.removesuffix("/**") for folder, rules in lint["per-file-ignores"].items() if "D102" in rules]
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert "D1" in lint["select"]
    assert len(files) > 50
    assert [f"{file.name}: {name}" for file in files for name in bare_methods(file.read_text(encoding="utf-8"))] == []


def test_a_method_without_docstring_is_found_unless_it_is_an_override() -> None:
    methods = ["compose", "render", "on_mount", "action_back", "watch_value", "validate_value", "key_l"]
    methods += ["_hidden", "shown", "rendered"]
    source = "class Row:\n" + "\n".join(f"    def {name}(self): return 1" for name in methods)
    assert list(bare_methods(source)) == ["Row.shown", "Row.rendered"]
