"""Answers from a file: what is typed at which step, by whom the rest is typed, and what is expected to come of it.

A file is TOML: one table a step, keys as the step's fields are named. It answers forms and never goes around them.
"""

from iprescribe_tui.answers.model import (
    PAGES,
    THEN,
    Answers,
    AnswersError,
    Asks,
    Expected,
    Mistake,
    Script,
    Seen,
    Visit,
)
from iprescribe_tui.answers.reading import load
from iprescribe_tui.answers.said import Said

__all__ = [
    "PAGES",
    "THEN",
    "Answers",
    "AnswersError",
    "Asks",
    "Expected",
    "Mistake",
    "Said",
    "Script",
    "Seen",
    "Visit",
    "load",
]
