"""What a form is: answers that are checked together, and the errors that they may have."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from iprescribe_tui.journey.fields import FILL_IN, Asked, CheckContext, Option

Errors = dict[str, str]
"""Field name to message; the key "" is the form as a whole."""


class FormRejected(ValueError):
    """Answers that a form refused; `errors` says why, field by field. It never holds an answer."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class StepForm(BaseModel):
    """The answers to one step. Secrets show themselves in JSON only."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    @field_serializer("*", when_used="json")
    def _reveal(self, value: Any) -> Any:
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    @classmethod
    def check(cls, answers: Mapping[str, object], context: CheckContext | None = None) -> Self:
        """The form that `answers` make, or `FormRejected` with one message a field."""
        errors = cls.across(answers)
        try:
            form = cls.model_validate(answers, context=context or CheckContext())
        except ValidationError as invalid:
            errors |= errors_in(invalid)
        else:
            if not errors:
                return form
        raise FormRejected(errors)

    @classmethod
    def across(cls, answers: Mapping[str, object]) -> Errors:
        """What is wrong with several answers together, whatever is wrong with each: for forms that have such a rule."""
        return {}

    @classmethod
    def asked(cls) -> dict[str, Asked]:
        """How each field is asked for, in the order in which it is asked."""
        return {
            name: next(item for item in info.metadata if isinstance(item, Asked))
            for name, info in cls.model_fields.items()
        }

    @classmethod
    def open_values(cls, values: Mapping[str, object]) -> dict[str, str | bool]:
        """Return those of `values` that may be kept: of fields of the form that are no secrets."""
        names = open_fields(cls)
        return {name: value for name, value in values.items() if name in names and isinstance(value, str | bool)}

    @classmethod
    def first(cls, wanted: Callable[[Asked], object]) -> str:
        """Return the name of the first field that is asked for as `wanted`, "" where none is."""
        return next((name for name, asked in cls.asked().items() if wanted(asked)), "")

    @classmethod
    def shortcuts(cls, options: Mapping[str, Sequence[Option]]) -> list[tuple[str, dict[str, str]]]:
        """Return values that fill in several fields at once, each with a label: for forms whose `options` say such."""
        return []


def open_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the fields of `model` that are not secret, by their types and by how they are asked for."""
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if SecretStr not in (info.annotation, *get_args(info.annotation))
        and not any(isinstance(item, Asked) and item.secret for item in info.metadata)
    )


def errors_in(invalid: ValidationError) -> Errors:
    """The first message for each field, in plain words and without what was typed."""
    errors: Errors = {}
    for error in invalid.errors(include_input=False, include_context=False, include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        errors.setdefault(name, STOCK_MESSAGES.get(error["type"], error["msg"]))
    return errors


STOCK_MESSAGES = {
    "missing": FILL_IN,
    "string_type": FILL_IN,
    "bool_type": "Check this box, or leave it empty.",
    "extra_forbidden": "This step does not ask for this.",
    "literal_error": "This is not one of the choices.",
}
