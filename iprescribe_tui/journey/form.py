"""Base of the steps' forms: answers that are checked together, and their errors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from iprescribe_tui.journey.checks.ssn import holds_ssn
from iprescribe_tui.journey.fields import FILL_IN, Asked, CheckContext, Option

Errors = dict[str, str]
"""Messages by field name; the key "" is the form as a whole."""

_SHORTEST_PASSWORD = 8
"""Characters, by NIST SP 800-63B-3 §5.1.1.1."""


class FormRejected(ValueError):
    """Answers that a form rejected; `errors` has a message per field. It never contains an answer."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class StepForm(BaseModel):
    """The answers to one step. Secrets are revealed in JSON only."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    @field_serializer("*", when_used="json")
    def _reveal(self, value: Any) -> Any:
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    @classmethod
    def check(cls, answers: Mapping[str, object], context: CheckContext | None = None) -> Self:
        """Return the form made of `answers`. Raises FormRejected, with one message per field."""
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
        """Return the errors of several answers together, whatever is wrong with each; for forms with such a rule."""
        return {}

    @classmethod
    def asked(cls) -> dict[str, Asked]:
        """Return the metadata of each field, in display order."""
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
    def writable_values(cls, values: Mapping[str, object]) -> dict[str, str | bool]:
        """Return those of `open_values` that may be written to a disk: none that may be a secret in the wrong field.

        That is a Social Security number, or, as long as a password, a value that its field's check rejects.
        """
        kept = cls.open_values(values)
        texts = {name: value.strip() for name, value in kept.items() if isinstance(value, str)}
        doubted = {name for name, text in texts.items() if len(text) >= _SHORTEST_PASSWORD}
        if doubted:  # checking imports what the first screen does not need
            doubted &= cls._rejected(kept)
        doubted |= {name for name, text in texts.items() if holds_ssn(text)}
        return {name: value for name, value in kept.items() if name not in doubted}

    @classmethod
    def _rejected(cls, values: Mapping[str, object]) -> frozenset[str]:
        """Return the names of the fields whose own checks reject their values."""
        try:
            cls.model_validate(values, context=CheckContext())
        except ValidationError as invalid:
            return frozenset(errors_in(invalid))
        return frozenset()

    @classmethod
    def first(cls, wanted: Callable[[Asked], object]) -> str:
        """Return the name of the first field that is asked for as `wanted`, "" where none is."""
        return next((name for name, asked in cls.asked().items() if wanted(asked)), "")

    @classmethod
    def shortcuts(cls, options: Mapping[str, Sequence[Option]]) -> list[tuple[str, dict[str, str]]]:
        """Return values that fill in several fields at once, each with a label: for forms whose `options` say such."""
        return []


def open_fields(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of a model's fields that are not secret, by their types and metadata."""
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if SecretStr not in (info.annotation, *get_args(info.annotation))
        and not any(isinstance(item, Asked) and item.secret for item in info.metadata)
    )


def errors_in(invalid: ValidationError) -> Errors:
    """Return the first message for each field, in plain words and without the typed values."""
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
