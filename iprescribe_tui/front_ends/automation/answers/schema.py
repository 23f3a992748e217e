"""JSON Schema of answers files, made from the forms, for editors that complete and check."""

from typing import Any

from pydantic.fields import FieldInfo

from iprescribe_tui.flow.page_texts import StaticPage
from iprescribe_tui.front_ends.automation.answers.expectations import EXPECT, REST, SHOWN
from iprescribe_tui.front_ends.automation.answers.loader import BESIDE
from iprescribe_tui.front_ends.automation.answers.model import DOUBTS, ENDS, PAGES, THEN, TOP
from iprescribe_tui.front_ends.automation.answers.template_value import ASK, OUTBOX, PLACEHOLDERS
from iprescribe_tui.journey.fields import Asked, Control
from iprescribe_tui.journey.steps import STEPS, Step

Schema = dict[str, Any]

_PLACEHOLDER = r"^\{(ask|env:[^{}]+)\}$"


def schema() -> Schema:
    """Return the schema (JSON Schema 2020-12) of a parsed answers file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers for iprescribe-tui",
        "description": "; ".join(
            ["One table a step", *(f"{key}: {description}" for key, description in PLACEHOLDERS.items())]
        ),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key: _text(TOP[key]) for key in ("about", "extends", "outbox_command")},
            "doubts": {"enum": list(DOUBTS), "description": TOP["doubts"]},
            **{key: _visits(key) for key in PAGES},
            "expect": _expect(),
        },
        "$defs": {key: _page(page) for key, page in PAGES.items()},
    }


def _visits(key: str) -> Schema:
    one = {"$ref": f"#/$defs/{key}"}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _page(page: Step | StaticPage) -> Schema:
    fields = page.form.asked()
    return {
        "title": page.heading,
        "description": page.intro,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{name: _field(page.form.model_fields[name], asked) for name, asked in fields.items()},
            "use_on_file": {"type": "boolean", "description": BESIDE["use_on_file"]},
            "then": {"enum": [*THEN, *STEPS], "description": BESIDE["then"]},
            "link": {"enum": [f"{{{OUTBOX}}}", f"{{{ASK}}}"], "description": BESIDE["link"]},
        },
    }


def _field(info: FieldInfo, asked: Asked) -> Schema:
    described = {"title": info.title, "description": info.description, "examples": info.examples}
    known: Schema = {key: value for key, value in described.items() if value}
    if asked.secret:
        known["writeOnly"] = True
    if asked.control is Control.CHECK_BOX:
        return {**known, "anyOf": [{"type": "boolean"}, {"const": f"{{{ASK}}}"}]}
    if asked.choices:
        choices = [*asked.choices, *asked.choices.values()]
        return {**known, "anyOf": [{"enum": choices}, {"type": "string", "pattern": _PLACEHOLDER}]}
    return {**known, "type": "string"}


def _expect() -> Schema:
    texts: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    seen = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"error": texts, "shows": texts},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "end": {"enum": [*ENDS, *STEPS], "description": EXPECT["end"]},
            "way": {"type": "array", "items": {"enum": [*SHOWN, REST]}, "description": EXPECT["way"]},
            "locked": _text(EXPECT["locked"]),
            "ended": _text(EXPECT["ended"]),
            "step": {
                "type": "object",
                "additionalProperties": False,
                "properties": dict.fromkeys(SHOWN, seen),
                "description": EXPECT["step"],
            },
        },
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}
