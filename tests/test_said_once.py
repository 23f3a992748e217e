"""What a field is for, its metadata says: no layer that serves every step knows one by its name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from iprescribe_tui.journey.fields import Asked
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step

PRODUCT = Path(__file__).parent.parent / "iprescribe_tui"

KNOW_FIELDS = frozenset({"journey", "sandbox", "photos", "cli", "front_ends/automation"})
"""The contract and the backend, commands about what is no form, and what reads an answers file, which names fields."""
WHOSE = frozenset({"npi", "username"})
"""Whose registration it is, which is kept from one step to the next."""
NOT_FIELDS = (
    'Binding("f9,escape", "back"',
    'Button("Back", id="back"',
    '{"continue": 1, "back": 3}',
    'match["code"]',
    'memfd_create("photo")',
    '"stage", "kind"})',
)
"""Lines in which a word names something else: a key's action, a part of a match, a property of the contract."""

FORMS: list[type[StepForm]] = [*(step.form for step in Step), SignInForm, SupportRequestForm]
NAMES = {name for form in FORMS for name in form.model_fields}


def named_in(source: str) -> Iterator[str]:
    """The lines that name a field."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in NAMES - WHOSE:
            line = lines[node.lineno - 1].strip()
            if not any(known in line for known in NOT_FIELDS):
                yield line


def test_no_generic_layer_names_a_field_of_a_step() -> None:
    files = {file.relative_to(PRODUCT): file for file in PRODUCT.rglob("*.py")}
    generic = {name: file for name, file in files.items() if not KNOW_FIELDS & {str(room) for room in name.parents}}
    assert len(generic) > 50
    named = {str(name): lines for name, file in generic.items() if (lines := [*named_in(file.read_text())])}
    assert not named


@pytest.mark.parametrize(
    "line", ['if name == "password_again":', 'if values["kind"] == 1:', 'for name in ("zip_code",):']
)
def test_a_field_that_is_named_is_found(line: str) -> None:
    assert list(named_in(f"{line}\n    pass")) == [line]


def test_what_the_metadata_names_is_a_field_before_it() -> None:
    for step in Step:
        before: list[str] = []
        for name, asked in step.form.asked().items():
            assert {asked.confirms, asked.depends_on, asked.other_side} - {""} <= {*before}
            before.append(name)


def test_a_field_is_needless_with_one_value_alone() -> None:
    asked = Asked(depends_on="kind", needless="passport")
    assert [asked.is_needless({"kind": kind}) for kind in ("passport", "state_id", "")] == [True, False, False]
    assert not Asked().is_needless({"": ""})
