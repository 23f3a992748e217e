"""Types of single values: their checks, controls and messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
    StringConstraints,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from iprescribe_tui.journey.checks import CheckFailed, lengths
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.city import check_city
from iprescribe_tui.journey.checks.code import check_one_time_code
from iprescribe_tui.journey.checks.contact import check_contact
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.name import check_name
from iprescribe_tui.journey.checks.npi import check_npi
from iprescribe_tui.journey.checks.password import check_password
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.checks.ssn import check_ssn
from iprescribe_tui.journey.checks.state import check_state
from iprescribe_tui.journey.checks.text import check_line, check_readable, check_whole, plain
from iprescribe_tui.journey.checks.username import check_username
from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state

FILL_IN = "Fill this in."
CHOOSE = "Choose one from the list."
NOT_OFFERED = "This is not in the list. Choose one that is."


class Control(StrEnum):
    """Kinds of control with which a front end asks for a value."""

    LINE = "line"
    SECRET = "secret"  # noqa: S105 - the kind of control, not a secret
    CODE = "code"
    CHOICE = "choice"
    TICK = "tick"
    PHOTO = "photo"
    TEXT = "text"


@dataclass(frozen=True)
class Asked:
    """A field's `Annotated` metadata: its control, its width in columns, and its maximum length in characters."""

    control: Control = Control.LINE
    width: int = 40
    longest: int = lengths.LINE

    @property
    def secret(self) -> bool:
        """True if the program must never keep the value."""
        return self.control in (Control.SECRET, Control.CODE)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the length before anything else."""
        return core_schema.no_info_after_validator_function(self._short, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the length to the contract's schema."""
        return {**handler(schema), "maxLength": self.longest}

    def _short(self, value: str | SecretStr) -> str | SecretStr:
        if len(value) > self.longest:
            told = "too" if self.secret else f"{len(value):,} characters"
            fail(
                "too_long", f"This is {told} long. Shorten it to at most {self.longest:,}{' characters' * self.secret}."
            )
        return value


class Option(BaseModel):
    """One entry of a list that the applicant chooses from."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    value: Annotated[str, StringConstraints(max_length=4000)]
    label: Annotated[str, StringConstraints(max_length=4000), AfterValidator(plain)]


@dataclass(frozen=True)
class CheckContext:
    """Context of a form's check: the backend's policies and lists, and today's date.

    `passwords` has a `PasswordPolicy` by step, `options` a field's options by its name.
    """

    passwords: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    today: date | None = None


def fail(code: str, message: str) -> NoReturn:
    """Raise PydanticCustomError: `code` is stable, `message` is for the applicant and contains no secret."""
    raise PydanticCustomError(code, message)


def checked(check: Callable[[str], str], *, optional: bool = False, blank: str = FILL_IN) -> AfterValidator:
    """Return a validator that applies a check of `journey.checks`; blank values are `empty` unless `optional`."""

    def validate(value: str) -> str:
        if not value.strip():
            return "" if optional else fail("empty", blank)
        try:
            return check(check_readable(value))
        except CheckFailed as failed:
            fail(failed.code, failed.message)

    return AfterValidator(validate)


def secretly(check: Callable[[str], str]) -> AfterValidator:
    """Return a validator like that of `checked` for a secret, which stays wrapped."""

    def validate(value: SecretStr) -> SecretStr:
        revealed = value.get_secret_value()
        if not revealed:
            fail("empty", FILL_IN)
        try:
            return SecretStr(check(check_whole(revealed)))
        except CheckFailed as failed:
            fail(failed.code, failed.message)

    return AfterValidator(validate)


@dataclass(frozen=True)
class Choice(Asked):
    """A choice from the backend's list `listed`, or from the fixed `choices`."""

    control: Control = Control.CHOICE
    listed: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Add the check to the annotated type."""
        schema = super().__get_pydantic_core_schema__(source, handler)
        return core_schema.with_info_after_validator_function(self._check, schema)

    def _check(self, value: str, info: ValidationInfo) -> str:
        offered = self.options(info.field_name or "", info.context)
        if not value.strip():
            fail("empty", CHOOSE)
        wanted = value.strip().casefold()
        for option in offered or ():
            if wanted in (option.value.casefold(), option.label.casefold()):
                return option.value
        return value.strip() if offered is None else fail("not_offered", NOT_OFFERED)

    def options(self, name: str, context: object) -> tuple[Option, ...] | None:
        """Return the options of field `name`, or None if unknown."""
        if isinstance(context, CheckContext) and name in context.options:
            return context.options[name]
        return tuple(Option(value=key, label=label) for key, label in self.choices.items()) or None


@dataclass(frozen=True)
class Tick(Asked):
    """A box that must be checked; `unticked` is the message if it is not."""

    control: Control = Control.TICK
    unticked: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Add the check to the annotated type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema without a length."""
        return handler(schema)

    def _check(self, value: bool) -> bool:
        return value or fail("not_ticked", self.unticked)


def check_message(value: str) -> str:
    """Return a support request's text: several lines, at most 2,000 characters, control characters escaped."""
    return plain(lengths.check_length(value, lengths.MESSAGE).strip(), multiline=True)


Npi = Annotated[str, Asked(Control.LINE, 12, lengths.NUMBER), checked(check_npi)]
Email = Annotated[str, Asked(Control.LINE, 44, lengths.EMAIL), checked(check_email)]
UsPhone = Annotated[str, Asked(Control.LINE, 18, lengths.NUMBER), checked(check_us_phone)]
Contact = Annotated[str, Asked(Control.LINE, 44, lengths.EMAIL), checked(check_contact)]
OptionalPhone = Annotated[str, Asked(Control.LINE, 18, lengths.NUMBER), checked(check_us_phone, optional=True)]
Line = Annotated[str, Asked(Control.LINE, 44), checked(check_line)]
OptionalLine = Annotated[str, Asked(Control.LINE, 44), checked(check_line, optional=True)]
City = Annotated[str, Asked(Control.LINE, 44), checked(check_city)]
Message = Annotated[str, Asked(Control.TEXT, 60, lengths.MESSAGE), checked(check_message)]
PersonName = Annotated[str, Asked(Control.LINE, 36), checked(check_name)]
Username = Annotated[str, Asked(Control.LINE, 36, lengths.USERNAME), checked(check_username)]
State = Annotated[str, Asked(Control.LINE, 16, lengths.STATE), checked(check_state)]
ZipCode = Annotated[str, Asked(Control.LINE, 12, lengths.NUMBER), checked(check_zip)]
Ssn = Annotated[SecretStr, Asked(Control.SECRET, 13, lengths.NUMBER), secretly(check_ssn)]
Password = Annotated[SecretStr, Asked(Control.SECRET, 44, lengths.PASSWORD), secretly(str)]
OneTimeCode = Annotated[SecretStr, Asked(Control.CODE, 10, lengths.CODE), secretly(check_one_time_code)]
Photo = Annotated[str, Asked(Control.PHOTO, 56, lengths.PATH), checked(str.strip)]
OptionalPhoto = Annotated[str, Asked(Control.PHOTO, 56, lengths.PATH), checked(str.strip, optional=True)]
"""A path on this machine; on the wire, the backend's id of the uploaded photo."""


def _belongs(value: str, info: ValidationInfo) -> str:
    if state := info.data.get("state"):
        try:
            check_zip_in_state(value, state)
        except CheckFailed as failed:
            fail(failed.code, failed.message)
    return value


def _by_policy(value: SecretStr, info: ValidationInfo, step: str) -> SecretStr:
    """Check a new password by the backend's policy for `step`."""
    policy = info.context.passwords.get(step) if isinstance(info.context, CheckContext) else None
    if policy is None:
        return value
    known = {key: str(info.data.get(key, "")) for key in ("username", "email")}
    try:
        return SecretStr(check_password(value.get_secret_value(), policy, **known))
    except CheckFailed as failed:
        fail(failed.code, failed.message)


def _iprescribe_policy(value: SecretStr, info: ValidationInfo) -> SecretStr:
    return _by_policy(value, info, "credentials")


def _idme_policy(value: SecretStr, info: ValidationInfo) -> SecretStr:
    return _by_policy(value, info, "idme_sign_up")


def _same_password(value: SecretStr, info: ValidationInfo) -> SecretStr:
    first = info.data.get("password")
    if first is not None and first != value:
        fail("passwords_differ", "The two passwords are not the same. Type the password again.")
    return value


def _born(value: str, info: ValidationInfo) -> str:
    if not value.strip():
        fail("empty", FILL_IN)
    today = (info.context.today if isinstance(info.context, CheckContext) else None) or date.today()
    try:
        return check_birth_date(value, today)
    except CheckFailed as failed:
        fail(failed.code, failed.message)


def _back(value: str, info: ValidationInfo) -> str:
    kind = info.data.get("kind")
    if kind and kind != "passport" and not value:
        fail("empty", "A photo of the back is needed too; only a passport has none.")
    return "" if kind == "passport" else value


ZipInState = Annotated[ZipCode, AfterValidator(_belongs)]
IprescribePassword = Annotated[Password, AfterValidator(_iprescribe_policy)]
IdmePassword = Annotated[Password, AfterValidator(_idme_policy)]
PasswordAgain = Annotated[Password, AfterValidator(_same_password)]
BirthDate = Annotated[str, Asked(Control.LINE, 14, lengths.NUMBER), AfterValidator(_born)]
IdmeAccount = Annotated[str, Choice(choices={"have": "I have an ID.me account", "create": "Create an ID.me account"})]
MfaMethod = Annotated[str, Choice(choices={"text": "Text message", "call": "Phone call", "app": "Code-generator app"})]
DocumentKind = Annotated[
    str,
    Choice(
        choices={
            "drivers_license": "Driver's license",
            "state_id": "State ID",
            "passport": "Passport",
            "passport_card": "Passport card",
        }
    ),
]
Decision = Annotated[str, Choice(choices={"allow": "Allow", "deny": "Deny"})]
Back = Annotated[OptionalPhoto, AfterValidator(_back)]
