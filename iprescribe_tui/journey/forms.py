"""What each step asks for: one class a step, from which every front end is drawn and the backend checks."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_serializer,
)

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.password import check_password
from iprescribe_tui.journey.checks.zip_code import check_zip_in_state
from iprescribe_tui.journey.fields import (
    FILL_IN,
    Asked,
    CheckContext,
    Choice,
    Control,
    Email,
    Line,
    Message,
    Npi,
    OneTimeCode,
    OptionalLine,
    OptionalPhone,
    OptionalPhoto,
    Password,
    PersonName,
    Photo,
    Ssn,
    State,
    Tick,
    Username,
    UsPhone,
    ZipCode,
    fail,
)

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
        try:
            return cls.model_validate(answers, context=context or CheckContext())
        except ValidationError as invalid:
            errors = errors_in(invalid)
        raise FormRejected(errors)

    @classmethod
    def asked(cls) -> dict[str, Asked]:
        """How each field is asked for, in the order in which it is asked."""
        return {
            name: next(item for item in info.metadata if isinstance(item, Asked))
            for name, info in cls.model_fields.items()
        }


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
    "bool_type": "Tick this, or leave it.",
    "extra_forbidden": "This step does not ask for this.",
    "literal_error": "This is not one of the choices.",
}


def _judge(info: ValidationInfo, value: str, field: Literal["street", "suite"]) -> str:
    """Refuse the line in which a PO Box is named; the suite is judged together with its street."""
    from iprescribe_tui.journey.checks.address import judge_address  # its tables are needed at few steps, late

    street, suite = (value, "") if field == "street" else (info.data.get("street", ""), value)
    verdict = judge_address(street, suite)
    if not verdict.ok and (field == "suite" or verdict.field == "street"):
        fail(verdict.code, verdict.message)
    return value


def _street(value: str, info: ValidationInfo) -> str:
    return _judge(info, value, "street")


def _suite(value: str, info: ValidationInfo) -> str:
    return _judge(info, value, "suite")


def _belongs(value: str, info: ValidationInfo) -> str:
    if state := info.data.get("state"):
        try:
            check_zip_in_state(value, state)
        except CheckFailed as failed:
            fail(failed.code, failed.message)
    return value


def _by_policy(value: SecretStr, info: ValidationInfo, step: str) -> SecretStr:
    """A new password, checked by what the backend says of passwords at `step`."""
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
        fail("missing", FILL_IN)
    today = (info.context.today if isinstance(info.context, CheckContext) else None) or date.today()
    try:
        return check_birth_date(value, today)
    except CheckFailed as failed:
        fail(failed.code, failed.message)


def _back(value: str, info: ValidationInfo) -> str:
    kind = info.data.get("kind")
    if kind and kind != "passport" and not value:
        fail("missing", "A photo of the back is needed too; only a passport has none.")
    return "" if kind == "passport" else value


Street = Annotated[Line, AfterValidator(_street)]
Suite = Annotated[OptionalLine, AfterValidator(_suite)]
ZipInState = Annotated[ZipCode, AfterValidator(_belongs)]
IprescribePassword = Annotated[Password, AfterValidator(_iprescribe_policy)]
IdmePassword = Annotated[Password, AfterValidator(_idme_policy)]
PasswordAgain = Annotated[Password, AfterValidator(_same_password)]
BirthDate = Annotated[str, Asked(Control.LINE, 14), AfterValidator(_born)]
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


class NpiForm(StepForm):
    """Step 1."""

    npi: Npi = Field(title="NPI", description="10 digits", examples=["1234567893"])


class AccountsIntroForm(StepForm):
    """Step 2: nothing to fill in."""


class CredentialsForm(StepForm):
    """Step 3."""

    username: Username = Field(title="Username", description="You sign in to iPrescribe with it")
    password: IprescribePassword = Field(title="Password")
    password_again: PasswordAgain = Field(title="Password again")


class PersonalForm(StepForm):
    """Step 4."""

    email: Email = Field(title="E-mail", examples=["name@example.com"])
    role: Annotated[str, Choice(listed="roles")] = Field(title="Organizational role")
    specialty: Annotated[str, Choice(listed="specialties")] = Field(title="Specialty", description="Type to filter")


class PracticeForm(StepForm):
    """Step 5."""

    practice_name: Line = Field(title="Practice name")
    street: Street = Field(title="Street", description="Where you practise; no PO Box")
    suite: Suite = Field("", title="Suite")
    city: Line = Field(title="City")
    state: State = Field(title="State", examples=["IL"])
    zip_code: ZipInState = Field(title="ZIP", examples=["62701"])
    phone: UsPhone = Field(title="Phone", examples=["217-555-0134"])
    fax: OptionalPhone = Field("", title="Fax")


class IdmeLaunchForm(StepForm):
    """Step 6."""

    account: IdmeAccount = Field(title="ID.me")


class IdmeSignInForm(StepForm):
    """Step 7."""

    email: Email = Field(title="ID.me e-mail")
    password: Password = Field(title="ID.me password")


class IdmeSignUpForm(StepForm):
    """Step 8."""

    email: Email = Field(title="E-mail")
    password: IdmePassword = Field(title="Password")
    password_again: PasswordAgain = Field(title="Password again")
    accept_terms: Annotated[StrictBool, Tick(unticked="Tick this to go on: ID.me makes no account without it.")] = (
        Field(title="I accept the ID.me Terms of Service and Privacy Policy")
    )


class EmailConfirmationForm(StepForm):
    """Step 9."""

    code: OneTimeCode = Field(title="Code", description="6 digits, from the e-mail")


class EmailConfirmedForm(StepForm):
    """Step 10: nothing to fill in."""


class MfaChoiceForm(StepForm):
    """Step 11."""

    method: MfaMethod = Field(title="Second factor")


class MfaPhoneForm(StepForm):
    """Step 12, for a text message or a call."""

    phone: UsPhone = Field(title="Phone", examples=["217-555-0134"])


class MfaTotpForm(StepForm):
    """Step 12, for a code-generator app: the key is shown, nothing is filled in."""


class MfaCodeForm(StepForm):
    """Step 13, and the second half of step 7."""

    code: OneTimeCode = Field(title="Code", description="6 digits")


class RecoveryCodeForm(StepForm):
    """After step 13."""

    saved: Annotated[
        StrictBool, Tick(unticked="Tick this once you have written the code down: it is not shown again.")
    ] = Field(title="I have saved it")


class DocumentForm(StepForm):
    """Step 14. A passport has no back."""

    kind: DocumentKind = Field(title="Document")
    front: Photo = Field(title="Front", description="JPEG or PNG, 40 KB to 16 MB")
    back: Back = Field("", title="Back", description="Not for a passport", validate_default=True)


class SelfieForm(StepForm):
    """Step 15."""

    photo: Photo = Field(title="Photo of you", description="JPEG or PNG, 40 KB to 16 MB")


class PhoneMatchForm(StepForm):
    """Step 16."""

    phone: UsPhone = Field(title="Phone", examples=["217-555-0134"])
    method: Annotated[str, Choice(listed="phone_methods")] = Field(title="Reach me by")
    permission: Annotated[StrictBool, Tick(unticked="Tick this to go on: without it the phone cannot be checked.")] = (
        Field(title="I permit the check of my phone against my credit profile")
    )


class SsnForm(StepForm):
    """Step 17."""

    ssn: Ssn = Field(title="Social Security number", description="9 digits")


class AttributesReviewForm(StepForm):
    """Step 18. The phone and the number are shown beside it, with a way back to each."""

    first_name: PersonName = Field(title="First name")
    last_name: PersonName = Field(title="Last name")
    birth_date: BirthDate = Field(title="Date of birth", description="MM/DD/YYYY", examples=["04/30/1975"])
    street: Street = Field(title="Home street")
    suite: Suite = Field("", title="Apartment")
    city: Line = Field(title="City")
    state: State = Field(title="State")
    zip_code: ZipInState = Field(title="ZIP")
    accept: Annotated[StrictBool, Tick(unticked="Tick this to go on, or mend the line that is not right.")] = Field(
        title="The information I've provided is correct and I accept the use of Fair Credit "
        "Reporting Act data to verify my identity"
    )


class PhoneLinkForm(StepForm):
    """Step 19: nothing to fill in, the link in the text message is waited for."""


class NpiMatchForm(NpiForm):
    """Step 20."""


class LicenseReviewForm(StepForm):
    """Step 21."""

    npi: Npi = Field(title="NPI")
    license_number: Line = Field(title="State license number")
    issuing_state: State = Field(title="Issuing state")
    specialty: Annotated[str, Choice(listed="specialties")] = Field(title="Specialty", description="Type to filter")


class ConsentForm(StepForm):
    """Step 22."""

    decision: Decision = Field(title="Share these with iPrescribe?")


class DoneForm(StepForm):
    """The end: nothing to fill in."""


class SupportRequestForm(StepForm):
    """Submit a request: possible at every step."""

    category: Annotated[str, Choice(listed="support_categories")] = Field(title="About")
    message: Message = Field(title="Message", description="No passwords, codes or SSN, please")
    contact: Line = Field(title="How to reach you", description="E-mail or phone")


class SignInForm(StepForm):
    """Resume: the iPrescribe account's own username and password."""

    username: Username = Field(title="Username")
    password: Password = Field(title="Password")
