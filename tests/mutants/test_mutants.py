"""The changes are small and can be made, and what is said of them is true: noticed, not noticed, or nothing known."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from iprescribe_tui.sandbox.domain import policy
from tests.mutants.__main__ import ROOT, failing_anyway, figure, mutants, sample
from tests.mutants.changes import changes_in
from tests.mutants.judges import judged
from tests.mutants.trials import Fate, Mutant, Tree, Verdict


def of(text: str) -> list[str]:
    return [str(change) for change in changes_in(dedent(text).encode())]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("a < b", ["<  ->  <="]),
        ("a >= b != c", [">=  ->  >", "!=  ->  =="]),
        ("(a) not  in (b)", ["not in  ->  in"]),
        ("a is (not b)", ["is  ->  is not", "not b  ->  (b)"]),
        ("a or b", ["a or b  ->  (a)", "a or b  ->  (b)"]),
        ("a and b and c", [f"a and b and c  ->  {left}" for left in ("(a) and (b)", "(a) and (c)", "(b) and (c)")]),
        ("MOST = é - ü // 2", []),
        ("def f(): x = é - ü // 2 + 'a' * 3", ["-  ->  +", "//  ->  *", "+  ->  -"]),
        ("x = 'é' + f'{a < b}'", []),
        ("def f():\n    if g: return\n    h()", ["g  ->  (not (g))", "return  ->  pass", "h()  ->  pass"]),
        ("def f(x: 'a' = 1):\n    return 2", ["2  ->  3"]),
        ("def f():\n    x.y = z = True\n    x.y = 5", ["True  ->  False", "x.y = 5  ->  pass", "5  ->  6"]),
        ("MOST = 60\nON = True", ["True  ->  False"]),
        ("if TYPE_CHECKING:\n    a = b < c", []),
        ("class A(Protocol):\n    def f(self): return a < b", []),
        ("@field(repr=True)\nclass A:\n    x = field(repr=False, compare=False)", ["False  ->  True"]),
        ("[x for x in y if x]", ["x  ->  (not (x))"]),
    ],
)  # fmt: skip
def test_what_is_changed(text: str, changes: list[str]) -> None:
    assert of(text) == changes


def test_each_change_can_be_made_and_is_one() -> None:
    assert policy.__file__
    source = Path(policy.__file__).read_bytes()
    changed = [change.applied(source) for change in changes_in(source)]
    assert len(changed) > 50
    for text in changed:
        ast.parse(text)
        assert text != source


def test_every_module_has_tests_that_are_there() -> None:
    for module, tests in judged().items():
        assert [test for test in tests if not (ROOT / "tests" / test).is_file()] == [], module


def test_a_change_elsewhere_draws_no_others() -> None:
    all_of_them = list(mutants("policy"))
    drawn = sample(all_of_them, 9, seed=3)
    assert drawn == sample(reversed(all_of_them), 9, seed=3) != sample(all_of_them, 9, seed=4)
    moved = [replace(each, change=replace(each.change, line=each.change.line + 7)) for each in all_of_them[1:]]
    lines = {mutant.change.line + 7 for mutant in drawn} - {all_of_them[0].change.line + 7}
    assert lines <= {mutant.change.line for mutant in sample(moved, 9, seed=3)}


COUNTING = b"def left(tries):\n    while tries > 3:\n        tries -= 1\n    return tries < 4\n"
TESTS = (
    "from counting import left\n\n\ndef test_it():\n    assert left(5)\n\n\ndef test_else():\n    assert not left(5)\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    """A copy of a program of one function, with a test that notices some changes, and one that fails anyway."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "counting.py").write_bytes(COUNTING)
    (root / "test_counting.py").write_text(TESTS)
    made = Tree(root, tmp_path)
    yield made
    made.close()


def verdict_of(tree: Tree, change: str, test: str = "test_it", limit: float = 60) -> Verdict:
    (made,) = (each for each in changes_in(COUNTING) if str(each) == change)
    return tree.try_out(Mutant(Path("counting.py"), made, [f"test_counting.py::{test}"]), limit)


@pytest.mark.matrix
def test_what_is_said_of_a_change_is_true(tree: Tree) -> None:
    killed, survived = verdict_of(tree, "3  ->  4"), verdict_of(tree, ">  ->  >=")
    endless = verdict_of(tree, "tries -= 1  ->  pass", limit=4)
    assert [killed.fate, survived.fate, endless.fate] == [Fate.KILLED, Fate.SURVIVED, Fate.TIMED_OUT]
    assert killed.killers == {"test_counting.py::test_it"}
    assert failing_anyway([killed, survived, endless], tree) == ""


@pytest.mark.matrix
def test_a_test_that_fails_by_itself_notices_nothing(tree: Tree) -> None:
    verdict = verdict_of(tree, ">  ->  >=", test="test_else")
    assert verdict.fate is Fate.KILLED
    assert "test_counting.py::test_else" in failing_anyway([verdict], tree)


def test_nine_of_ten_are_enough() -> None:
    noticed, endless, unnoticed = (Verdict(next(mutants("policy")), fate) for fate in Fate)
    assert figure([*[noticed] * 8, endless, unnoticed]) == (
        "9 of 10 changes were noticed (90%), 1 of them since the tests took too long; 1 were not.",
        True,
    )
    assert figure([*[noticed] * 8, unnoticed])[1] is False
