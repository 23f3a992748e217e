"""Types of single values: their checks, controls and messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar

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
from iprescribe_tui.journey.checks.ssn import check_ssn, check_without_ssn
from iprescribe_tui.journey.checks.state import check_state
from iprescribe_tui.journey.checks.text import check_line, check_readable, check_whole, plain
from iprescribe_tui.journey.checks.username import check_username
from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state

T = TypeVar("T")

FILL_IN = "Fill this in."
CHOOSE = "Choose one from the list."
NOT_OFFERED = "This is not in the list. Choose one that is."

FieldValue = str | bool | SecretStr
"""A value of a field, as it is typed."""


class Control(StrEnum):
    """Kinds of control with which a front end asks for a value."""

    LINE = "line"
    SECRET = "secret"  # noqa: S105 - the kind of control, not a secret
    CODE = "code"
    CHOICE = "choice"
    CHECK_BOX = "check_box"
    PHOTO = "photo"
    TEXT = "text"


@dataclass(frozen=True)
class Asked:
    """A field's `Annotated` metadata: its control, its width in columns, and its maximum length in characters.

    Other fields are named: the one it `confirms`; the one it `depends_on`, with whose value `needless` it is not asked;
    the photo whose `other_side` it shows. `policy` is the key of the backend's rules for a new password, `listed` the
    key of its list of options, unless there are fixed `choices`.
    """

    control: Control = Control.LINE
    width: int = 40
    longest: int = lengths.LINE
    confirms: str = ""
    depends_on: str = ""
    needless: str = ""
    other_side: str = ""
    policy: str = ""
    listed: str = ""
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def secret(self) -> bool:
        """True if the program must never keep the value."""
        return self.control in (Control.SECRET, Control.CODE)

    def is_needless(self, values: Mapping[str, object]) -> bool:
        """Return True if a form with these `values` does not ask for it."""
        return bool(self.depends_on) and values.get(self.depends_on) == self.needless

    def options(self, name: str, context: object) -> "tuple[Option, ...] | None":
        """Return the options of field `name`, None if unknown."""
        if self.control is Control.CHOICE and isinstance(context, CheckContext) and name in context.options:
            return context.options[name]
        return tuple(Option(value=key, label=label) for key, label in self.choices.items()) or None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the length before anything else."""
        return core_schema.no_info_after_validator_function(self._short, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the length to the contract's schema."""
        return {**handler(schema), "maxLength": self.longest}

    def _short(self, value: str | SecretStr) -> str | SecretStr:
        if len(value) > self.longest:
            size, unit = ("too", " characters") if self.secret else (f"{len(value):,} characters", "")
            fail("too_long", f"This is {size} long. Shorten it to at most {self.longest:,}{unit}.")
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


def _passed(check: Callable[[], T]) -> T:
    """Return what `check` returns. Raises PydanticCustomError if the check fails."""
    try:
        return check()
    except CheckFailed as failed:
        fail(failed.code, failed.message)


def checked(check: Callable[[str], str], *, optional: bool = False, blank: str = FILL_IN) -> AfterValidator:
    """Return a validator that applies a check of `journey.checks`; blank values are `empty` unless `optional`."""

    def validate(value: str) -> str:
        if not value.strip():
            return "" if optional else fail("empty", blank)
        return _passed(lambda: check(check_readable(value)))

    return AfterValidator(validate)


def secretly(check: Callable[[str], str]) -> AfterValidator:
    """Return a validator like that of `checked` for a secret, which stays wrapped."""

    def validate(value: SecretStr) -> SecretStr:
        revealed = value.get_secret_value()
        if not revealed:
            fail("empty", FILL_IN)
        return SecretStr(_passed(lambda: check(check_whole(revealed))))

    return AfterValidator(validate)


@dataclass(frozen=True)
class Choice(Asked):
    """A choice from what is offered."""

    control: Control = Control.CHOICE

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
        return value.strip() if offered is None and plain(value) == value else fail("not_offered", NOT_OFFERED)


@dataclass(frozen=True)
class MustCheck(Asked):
    """A box that must be checked; `unchecked` is the message if it is not."""

    control: Control = Control.CHECK_BOX
    unchecked: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Add the check to the annotated type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema without a length."""
        return handler(schema)

    def _check(self, value: bool) -> bool:
        return value or fail("not_ticked", self.unchecked)


def check_message(value: str) -> str:
    """Return a support request's text: several lines, at most 2,000 characters, control characters escaped."""
    return check_without_ssn(plain(lengths.check_length(value, lengths.MESSAGE).strip(), multiline=True))


Npi = Annotated[str, Asked(Control.LINE, 12, lengths.NUMBER), checked(check_npi)]
Email = Annotated[str, Asked(Control.LINE, 44, lengths.EMAIL), checked(check_email)]
UsPhone = Annotated[str, Asked(Control.LINE, 18, lengths.NUMBER), checked(check_us_phone)]
ContactField = Annotated[str, Asked(Control.LINE, 44, lengths.EMAIL), checked(check_contact)]
OptionalPhone = Annotated[str, Asked(Control.LINE, 18, lengths.NUMBER), checked(check_us_phone, optional=True)]
_NO_SSN = checked(check_without_ssn, optional=True)
LineField = Annotated[str, Asked(Control.LINE, 44), checked(check_line), _NO_SSN]
OptionalLineField = Annotated[str, Asked(Control.LINE, 44), checked(check_line, optional=True), _NO_SSN]
City = Annotated[str, Asked(Control.LINE, 44), checked(check_city)]
MessageField = Annotated[str, Asked(Control.TEXT, 60, lengths.MESSAGE), checked(check_message)]
PersonName = Annotated[str, Asked(Control.LINE, 36), checked(check_name)]
Username = Annotated[str, Asked(Control.LINE, 36, lengths.USERNAME), checked(check_username)]
State = Annotated[str, Asked(Control.LINE, 16, lengths.STATE), checked(check_state)]
ZipCode = Annotated[str, Asked(Control.LINE, 12, lengths.NUMBER), checked(check_zip)]
Ssn = Annotated[SecretStr, Asked(Control.SECRET, 13, lengths.NUMBER), secretly(check_ssn)]
_PASSWORD = Asked(Control.SECRET, 44, lengths.PASSWORD)
_AGAIN = replace(_PASSWORD, confirms="password")
Password = Annotated[SecretStr, _PASSWORD, secretly(str)]
OneTimeCode = Annotated[SecretStr, Asked(Control.CODE, 10, lengths.CODE), secretly(check_one_time_code)]
_PHOTO = Asked(Control.PHOTO, 56, lengths.PATH)
_BACK = replace(_PHOTO, depends_on="kind", needless="passport", other_side="front")
Photo = Annotated[str, _PHOTO, checked(str.strip)]
"""A path on this machine; on the wire, the backend's id of the uploaded photo."""


def _belongs(value: str, info: ValidationInfo) -> str:
    if state := info.data.get("state"):
        _passed(lambda: check_zip_in_state(value, state))
    return value


def personal_in(values: Mapping[str, object]) -> dict[str, str]:
    """Return what a new password in a form with these `values` must not contain, for the checks of passwords."""
    return {name: str(values.get(name, "")) for name in ("username", "email")}


def _by_policy(asked: Asked) -> AfterValidator:
    """Return the check of a new password by the backend's policy for it."""

    def validate(value: SecretStr, info: ValidationInfo) -> SecretStr:
        policy = info.context.passwords.get(asked.policy) if isinstance(info.context, CheckContext) else None
        typed, known = value.get_secret_value(), personal_in(info.data)
        return SecretStr(_passed(lambda: check_password(typed, policy, **known))) if policy else value

    return AfterValidator(validate)


def _same_password(value: SecretStr, info: ValidationInfo) -> SecretStr:
    first = info.data.get(_AGAIN.confirms)
    if first is not None and first != value:
        fail("passwords_differ", "The two passwords are not the same. Type the password again.")
    return value


def _born(value: str, info: ValidationInfo) -> str:
    if not value.strip():
        fail("empty", FILL_IN)
    today = (info.context.today if isinstance(info.context, CheckContext) else None) or date.today()
    return _passed(lambda: check_birth_date(value, today))


def _back(value: str, info: ValidationInfo) -> str:
    needless = _BACK.is_needless(info.data)
    if info.data.get(_BACK.depends_on) and not (needless or value):
        fail("empty", "A photo of the back is needed too; only a passport has none.")
    return "" if needless else value


ZipInState = Annotated[ZipCode, AfterValidator(_belongs)]
_IPRESCRIBE, _IDME = (replace(_PASSWORD, policy=step) for step in ("credentials", "idme_sign_up"))
IprescribePassword = Annotated[SecretStr, _IPRESCRIBE, secretly(str), _by_policy(_IPRESCRIBE)]
IdmePassword = Annotated[SecretStr, _IDME, secretly(str), _by_policy(_IDME)]
PasswordAgain = Annotated[SecretStr, _AGAIN, secretly(str), AfterValidator(_same_password)]
BirthDate = Annotated[str, Asked(Control.LINE, 14, lengths.NUMBER), AfterValidator(_born)]
IdmeChoice = Annotated[str, Choice(choices={"have": "I have an ID.me account", "create": "Create an ID.me account"})]
MfaMethod = Annotated[str, Choice(choices={"text": "Text message", "call": "Phone call", "app": "Code-generator app"})]
_DOCUMENTS = {
    "drivers_license": "Driver's license",
    "state_id": "State ID",
    "passport": "Passport",
    "passport_card": "Passport card",
}
DocumentKind = Annotated[str, Choice(choices=_DOCUMENTS)]
Decision = Annotated[str, Choice(choices={"allow": "Allow", "deny": "Deny"})]
BackPhoto = Annotated[str, _BACK, checked(str.strip, optional=True), AfterValidator(_back)]
