"""Checks of single values outside a form, with the codes and messages of the forms."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, NamedTuple

from pydantic import SecretStr, TypeAdapter, ValidationError

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.address import judge_address
from iprescribe_tui.journey.checks.password import PasswordPolicy, check_password
from iprescribe_tui.journey.checks.text import check_line
from iprescribe_tui.journey.fields import FILL_IN, Email, Npi, PersonName, Ssn, State, UsPhone, ZipCode, secretly

KINDS = ("npi", "address", "ssn", "phone", "email", "zip", "state", "name", "password")
"""Kinds of values."""

SECRET_KINDS = frozenset({"ssn", "password"})
"""Secret kinds: no message repeats any of the value, and `normalized` is always None."""

_FIELDS: Mapping[str, Any] = {
    "npi": Npi,
    "ssn": Ssn,
    "phone": UsPhone,
    "email": Email,
    "zip": ZipCode,
    "state": State,
    "name": PersonName,
}
_ADDRESS = ("line1", "line2", "city", "state", "zip")
_NO_TEXT = "wrong_type"


class ValidationResult(NamedTuple):
    """Result of a check: `code` and `message` are "" for a plain ok; an ok that has them is a warning."""

    ok: bool
    code: str = ""
    message: str = ""
    normalized: str | dict[str, str] | None = None


Judge = Callable[[dict[str, Any]], ValidationResult]
"""Function that checks the `value` of a record; for an address, `line1`, `line2`, `city`, `state` and `zip` of the
record or its `value`. Missing values and None count as blank, as in a form."""


def judge_of(kind: str, passwords: Callable[[], PasswordPolicy]) -> Judge:
    """Return the function that checks one of `KINDS`; `passwords` returns the policy for passwords."""
    if kind == "address":
        return _judge_address
    if kind == "password":
        by_policy = partial(check_password, policy=passwords())
        return partial(_judge_value, TypeAdapter(Annotated[SecretStr, secretly(by_policy)]).validate_python)
    return partial(_judge_value, TypeAdapter(_FIELDS[kind]).validate_python)


def _judge_value(check: Callable[[str], str | SecretStr], record: dict[str, Any]) -> ValidationResult:
    value = record.get("value")
    if value is None:
        value = ""
    if not isinstance(value, str):
        return ValidationResult(False, _NO_TEXT, 'The value must be text in quotes, as in {"id": 1, "value": "…"}.')
    try:
        normal = check(value)
    except ValidationError as invalid:
        error = invalid.errors(include_input=False, include_context=False, include_url=False)[0]
        return ValidationResult(False, error["type"], error["msg"])
    return ValidationResult(True, normalized=normal if isinstance(normal, str) else None)


def _judge_address(record: dict[str, Any]) -> ValidationResult:
    """Check that the lines of an address hide no characters and name no PO Box.

    City, state and ZIP Code only tell a town from a street here; they have checks of their own kinds.
    """
    given = record.get("value", record)
    if isinstance(given, str):
        given = {"line1": given}
    elif given is None:
        given = {}
    elif not isinstance(given, dict):
        return ValidationResult(
            False, _NO_TEXT, 'An address must be text in quotes, or an object with "line1" and "line2".'
        )
    parts = ["" if part is None else part for part in map(given.get, _ADDRESS)]
    for part in parts:
        if not isinstance(part, str):
            return ValidationResult(False, _NO_TEXT, f"{', '.join(_ADDRESS)} must each be text in quotes.")
    street, suite = parts[0].strip(), parts[1].strip()
    if not (street or suite):
        return ValidationResult(False, "empty", FILL_IN)
    try:
        street, suite = street and check_line(street), suite and check_line(suite)
    except CheckFailed as failed:
        return ValidationResult(False, failed.code, failed.message)
    verdict = judge_address(*parts)
    normal = {"line1": street, "line2": suite} if verdict.ok else None
    return ValidationResult(verdict.ok, verdict.code, verdict.message, normal)
