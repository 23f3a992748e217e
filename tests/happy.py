"""What a person types at each step: as in the scenario `happy`, the one place where it stands."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic_core import PydanticUndefined

from iprescribe_tui.front_ends.automation.answers import Answers, StepAnswers, TemplateValue, load
from iprescribe_tui.front_ends.automation.answers.loader import shipped_folder
from iprescribe_tui.journey.choosing import matching
from iprescribe_tui.journey.fields import Asked, Control
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.domain.service import service_document

_SERVICE: Final = service_document("native")
_NOTHING: Final[Mapping[str, str]] = {}


@cache
def _scenario(name: str) -> Answers:
    return load(shipped_folder() / f"{name}.toml", {})


def way_of(name: str = "happy") -> list[Step]:
    """Return the steps by which a scenario comes, in their order."""
    return [STEPS[key] for key in _scenario(name).expected.way if key in STEPS]


def typed_at(step: Step) -> dict[str, str | bool]:
    """Return what is typed into the fields of a step, by name; without codes, which nobody knows before."""
    said = {name: _plain(value) for name, value in _visit(step).values.items()}
    return {name: value for name, value in said.items() if value is not None}


def text_at(step: Step, name: str) -> str:
    """Return what is typed into one field."""
    return str(typed_at(step)[name])


def filled(step: Step, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each field of a step: `own`, else what is typed, else that of a field left empty."""
    empty = {name: info.default for name, info in step.form.model_fields.items()}
    values = {**empty, **typed_at(step), **own}
    return {name: values[name] for name in empty if values[name] is not PydanticUndefined}


def keys_at(step: Step, own: Mapping[str, str] = _NOTHING) -> list[str]:
    """Return the keys for each field of a step, from the first to the last that is filled in, "" for those between.

    `own` has texts to type instead of those of the scenario, by field; where that fills in the backend's samples,
    a photo is typed only from there.
    """
    asked, visit, typed = step.form.asked(), _visit(step), typed_at(step)
    names = [name for name in asked if name in visit.values or (visit.on_file and name in own)]
    fields = list(asked)
    span = fields[fields.index(names[0]) : fields.index(names[-1]) + 1] if names else []
    return [own[name] if name in own else _keys(asked[name], name, typed.get(name, "")) for name in span]


def _keys(asked: Asked, name: str, value: str | bool) -> str:
    """Return the keys for one value: a blank checks a box, a number chooses from a list."""
    if asked.control is Control.CHECK_BOX:
        return " " if value else ""
    options = asked.options(name, None) or _SERVICE.lists.get(asked.listed, ())
    return str(options.index(matching(options, str(value))[0]) + 1) if options and value else str(value)


def _visit(step: Step) -> StepAnswers:
    return next(iter(_scenario("happy").visits.get(step.value, ())), StepAnswers())


def _plain(value: TemplateValue | bool) -> str | bool | None:
    """Return what `value` says, None if that is only known later."""
    if isinstance(value, bool):
        return value
    return "".join(str(part) for part in value.parts) if value.literal else None
