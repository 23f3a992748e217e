"""How many entries the contract lets each list of an answer have, and answers with as many as a test wants."""

import copy
from collections.abc import Iterator
from typing import Any, Final

from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.views import STEP_VIEW, Problem
from tests.hostile.real import Answers
from tests.hostile.spoiling import Json

SAMPLES: Final[dict[str, Any]] = {
    "notices": {"level": "warning", "text": "x"},
    "facts": {"label": "x", "value": "y", "mend": "practice"},
    "ways": {"label": "x", "to": "practice"},
    "slots": {"slot": "front", "says": "x"},
    "next_steps": "x",
    "suggestions": "x",
    "terms": {"key": "k", "title": "x", "version": "1", "text": "y"},
    "prefill": "x",
    "on_file": "x",
    "reveal": "x",
    "errors": "x",
    "options": [],
    "options.*": {"value": "v", "label": "x"},
    "lists": [],
    "lists.*": {"value": "v", "label": "x"},
    "passwords": {},
    "blocklist": "x",
    "forbidden_words": "x",
    "formats": "JPEG",
}
"""An entry of each list, by the list's name; `.*` stands for a list that a mapping holds under each name."""

OWNERS: Final = {"blocklist": "passwords", "forbidden_words": "passwords", "formats": "photos", "next_steps": "receipt"}
"""Where a list stands in a message that is not at its top."""


def unbounded(schema: Json) -> list[str]:
    """The lists and mappings in `schema` that may be of any length."""
    return [name for name, limit in _lists(schema) if limit is None]


def limits(schema: Json) -> dict[str, int]:
    """How many entries each list and mapping in `schema` may have."""
    return {name: limit for name, limit in _lists(schema) if limit is not None}


def schemas() -> dict[str, Json]:
    """What can be answered, as JSON Schema."""
    return {
        "view": STEP_VIEW.json_schema(),
        "problem": Problem.model_json_schema(),
        "service": ServiceDocument.model_json_schema(),
    }


def _lists(schema: Json) -> Iterator[tuple[str, int | None]]:
    for model in (schema, *schema.get("$defs", {}).values()):
        for name, each in model.get("properties", {}).items():
            yield from _bounds(name, each)


def _bounds(name: str, schema: Json) -> Iterator[tuple[str, int | None]]:
    if schema.get("type") == "array":
        yield name, schema.get("maxItems")
    if schema.get("type") == "object":
        yield name, schema.get("maxProperties")
        yield from _bounds(f"{name}.*", schema["additionalProperties"])


def holding(document: Json, name: str, count: int, sample: Any = None) -> Json:
    """`document` with `count` entries in its list `name`, each of them `sample`, or the usual one."""
    made = copy.deepcopy(document)
    sample = SAMPLES[name] if sample is None else sample
    place, _, inner = name.partition(".")
    if inner:
        made[place] = {"k": _numbered(sample, count)}
    elif place in OWNERS:
        owner = made[OWNERS[place]]
        part = {"blocklist": "credentials", "forbidden_words": "credentials", "formats": "document"}.get(place)
        (owner[part] if part else owner)[place] = _numbered(sample, count)
    elif place in ("prefill", "on_file", "reveal", "errors", "options", "lists", "passwords"):
        made[place] = {f"k{number}": sample for number in range(count)}
    else:
        made[place] = _numbered(sample, count)
    return made


def _numbered(sample: Any, count: int) -> list[Any]:
    """Entries that differ where a set is made of them."""
    return [f"{sample}{number}" if isinstance(sample, str) else sample for number in range(count)]


def document_with(answers: Answers, name: str) -> Json:
    """A real answer of the kind that has the list `name`."""
    if name in limits(schemas()["service"]):
        return answers.service
    if name in ("errors", "suggestions"):
        return {"title": "x", "status": 422, "code": "x"}
    kind = {"slots": ("handoff", "document"), "next_steps": ("done", "done")}
    return answers.views[kind.get(name, ("form", "practice"))] | {"revision": 7}
