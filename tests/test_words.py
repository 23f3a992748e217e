"""What an applicant reads is spelled as in the United States."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from iprescribe_tui.journey.guidance import GUIDANCE
from iprescribe_tui.journey.steps import Step
from tests.papers import PAPERS, README

ROOT: Final = Path(__file__).parent.parent
BRITISH: Final = re.compile(
    r"\b(practis\w+|licences?|organis\w+|recognis\w+|authoris\w+|colours?|favour\w*|behaviour|cancelled"
    r"|centre|cheque|mend(ed|s)?|tick(ed)? (this|it|the box))\b",
    re.IGNORECASE,
)


def texts(file: Path) -> Iterator[str]:
    """What `file` may say to somebody: its strings of several words, but for those that explain the code."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    explaining = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and node not in explaining else None
        if isinstance(text, str) and " " in text:
            yield text


def test_texts_are_in_american_english() -> None:
    files = [file for folder in ("iprescribe_tui", "screens") for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 90
    assert [(file.name, text) for file in files for text in texts(file) if BRITISH.search(text)] == []


@pytest.mark.parametrize("paper", PAPERS)
def test_each_paper_is_in_american_english(paper: str) -> None:
    assert not BRITISH.search(PAPERS[paper])


@pytest.mark.parametrize("text", ["Where you practise.", "Mend this.", "your licence", "Tick this to go on"])
def test_british_words_are_seen(text: str) -> None:
    assert BRITISH.search(text)


@pytest.mark.parametrize("step", [Step.ACCOUNTS_INTRO, Step.CREDENTIALS])
def test_help_says_what_is_the_prescribers_alone(step: Step) -> None:
    """An invitation to do it for somebody else leaves two people with the password."""
    help_text = GUIDANCE[step]
    assert "prescriber" in help_text
    assert "alone" in help_text
    assert not re.search(r"staff (may|can) do|for (a|the) prescriber", help_text)
    if step is Step.ACCOUNTS_INTRO:
        assert all(word in help_text for word in ("prepare", "password", "second factor", "photos", "Social Security"))


def test_the_readme_invites_nobody_to_register_somebody_else() -> None:
    assert "clinic IT staff or a tester through it" not in README
    assert "the prescriber's alone" in README
