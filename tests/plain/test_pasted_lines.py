"""Several lines that are pasted at once: each answers its question and is seen there, or is said not to be taken."""

from pathlib import Path

import pytest

from iprescribe_tui.front_ends.plain.lines import NOT_TAKEN
from iprescribe_tui.journey.steps import Step
from tests.plain.person import HAPPY, Plain


def at(person: Plain, step: Step) -> str:
    """Come to a step; its first question."""
    return person.walk(person.prompt(), to=step)


def pasted(person: Plain, *lines: str, end: str = "\n") -> None:
    """Paste lines in one write, as a terminal does that knows nothing of brackets."""
    person.child.send("".join(f"{line}{end}" for line in lines))


def until_asked(person: Plain, question: str, *said: str) -> None:
    """Wait until a question stands open, behind what was said."""
    person.until_true(
        lambda: person.heard.rpartition("\n")[2].startswith(question) and all(each in person.words for each in said),
        f"{question} behind {said}",
    )


@pytest.mark.parametrize("end", ["\r", "\n"], ids=ascii)
def test_pasted_lines_answer_one_question_each(end: str, tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        at(person, Step.PRACTICE)
        pasted(person, "Lakeside", "400 Lake St", "Building 7", "Springfield", end=end)
        until_asked(person, "State")
        for answered in ("400 Lake St", "Building 7", "Springfield"):
            assert f": {answered}" in person.words, "it is seen behind its question"
        assert person.type("/again") == "Practice name [Lakeside]"
        assert person.type("").endswith("[400 Lake St]")
        assert person.type("").endswith("[Building 7]")
        assert person.type("").endswith("[Springfield]")


@pytest.mark.parametrize(
    "behind", [("Building 7",), ("Building 7", "Springfield", "IL"), ("62701", "", "217-555-0134")]
)
def test_what_is_pasted_behind_a_refused_line_is_said_not_to_be_taken(behind: tuple[str, ...], tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        at(person, Step.PRACTICE)
        pasted(person, "Lakeside", "PO Box 12", *behind)
        until_asked(person, "Street", "is a PO Box", NOT_TAKEN)
        assert person.type("400 Lake St").startswith("Suite (optional)")
        assert person.type("").startswith("City")
        assert not any(f": {line}" in person.words for line in behind if line)


def test_what_is_pasted_where_nothing_is_asked_is_said_not_to_be_taken(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.prompt()
        pasted(person, HAPPY, "amelia.h", "amelia.h")
        until_asked(person, "Press Enter to continue", "Nothing is asked here.", NOT_TAKEN)
        assert person.type("").startswith("Username")


@pytest.mark.parametrize(
    "end", ["\x0b", *(pytest.param(each, marks=pytest.mark.matrix) for each in ("\x0c", "\x85", "\u2028", "\u2029"))]
)
def test_line_ends_that_end_no_line_of_a_terminal_are_refused_in_words(end: str, tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        at(person, Step.PRACTICE)
        person.type("Lakeside")
        assert person.type(f"400 Lake St{end}Building 7").startswith("Street")
        assert "contains a character that cannot be seen. Type it again without it." in person.words
