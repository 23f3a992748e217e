"""Answers files: values to type at each step, values left to a person or an outbox, and expected results.

A file is TOML with one table per step; keys are the step's field names. It fills in the forms and bypasses nothing.
"""

from iprescribe_tui.front_ends.automation.answers.loader import load
from iprescribe_tui.front_ends.automation.answers.model import (
    PAGES,
    THEN,
    Answers,
    AnswersError,
    Asks,
    Expected,
    Mistake,
    PageExpectation,
    Script,
    StepAnswers,
)
from iprescribe_tui.front_ends.automation.answers.template_value import TemplateValue

__all__ = [
    "PAGES",
    "THEN",
    "Answers",
    "AnswersError",
    "Asks",
    "Expected",
    "Mistake",
    "PageExpectation",
    "Script",
    "StepAnswers",
    "TemplateValue",
    "load",
]
