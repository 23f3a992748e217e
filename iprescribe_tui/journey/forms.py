"""Forms of the steps, one class each: front ends are built from them, and the backend checks with them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from iprescribe_tui.journey.checks.state import STATES
from iprescribe_tui.journey.fields import (
    BackPhoto,
    BirthDate,
    Choice,
    City,
    ContactField,
    Decision,
    DocumentKind,
    Email,
    IdmeChoice,
    IdmePassword,
    IprescribePassword,
    LineField,
    MessageField,
    MfaMethod,
    MustCheck,
    Npi,
    OneTimeCode,
    Option,
    OptionalLineField,
    OptionalPhone,
    Password,
    PasswordAgain,
    PersonName,
    Photo,
    Ssn,
    State,
    Username,
    UsPhone,
    ZipInState,
)
from iprescribe_tui.journey.form import Errors, StepForm


class AddressForm(StepForm):
    """A form with an address. Its check is imported late: few steps need its tables."""

    ADDRESS: ClassVar = ("street", "suite", "city", "state", "zip_code")

    @classmethod
    def address(cls, answers: Mapping[str, object]) -> list[str]:
        """Return the address in `answers` as its checks take it."""
        return [value if isinstance(value := answers.get(name), str) else "" for name in cls.ADDRESS]

    @classmethod
    def across(cls, answers: Mapping[str, object]) -> Errors:
        """Return the error of the line, street or suite, in which a PO Box is named."""
        from iprescribe_tui.journey.checks.address import judge_address

        verdict = judge_address(*cls.address(answers))
        return {} if verdict.ok else {verdict.field: verdict.message}

    @classmethod
    def remarks(cls, answers: Mapping[str, object]) -> Errors:
        """Return what is good to know of an address that is taken: a mailbox at a street, a military address."""
        from iprescribe_tui.journey.checks.address import judge_address

        verdict = judge_address(*cls.address(answers))
        return {verdict.field: verdict.message} if verdict.ok and verdict.message else {}

    @classmethod
    def kept(cls, answers: Mapping[str, object]) -> dict[str, str]:
        """Return both lines of a refused address without its PO Box, {} where no street stands beside one."""
        from iprescribe_tui.journey.checks.address import without_po_box

        return dict(zip(cls.ADDRESS, without_po_box(*cls.address(answers)) or (), strict=False))

    @classmethod
    def explained(cls, name: str, message: str, answers: Mapping[str, object], key: str) -> str:
        """Return an error of field `name`; where a street stands beside the PO Box, with the `key` that keeps it."""
        kept = cls.kept(answers) if name in cls.across(answers) else {}
        return f'{message} {key} keeps "{", ".join(filter(None, kept.values()))}".' if kept else message


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


class PracticeForm(AddressForm):
    """Step 5."""

    practice_name: LineField = Field(title="Practice name")
    street: LineField = Field(title="Street", description="Where you practice; no PO Box")
    suite: OptionalLineField = Field("", title="Suite")
    city: City = Field(title="City")
    state: State = Field(title="State", examples=["IL"])
    zip_code: ZipInState = Field(title="ZIP", examples=["62701"])
    phone: UsPhone = Field(title="Phone", examples=["217-555-0134"])
    fax: OptionalPhone = Field("", title="Fax")


class IdmeLaunchForm(StepForm):
    """Step 6."""

    account: IdmeChoice = Field(title="ID.me")


class IdmeSignInForm(StepForm):
    """Step 7."""

    email: Email = Field(title="ID.me e-mail")
    password: Password = Field(title="ID.me password")


class IdmeSignUpForm(StepForm):
    """Step 8."""

    email: Email = Field(title="E-mail")
    password: IdmePassword = Field(title="Password")
    password_again: PasswordAgain = Field(title="Password again")
    accept_terms: Annotated[
        StrictBool, MustCheck(unchecked="Check this box to continue: ID.me makes no account without it.")
    ] = Field(title="I accept the ID.me Terms of Service and Privacy Policy")


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
        StrictBool, MustCheck(unchecked="Check this box once you have written the code down: it is not shown again.")
    ] = Field(title="I have saved it")


class DocumentForm(StepForm):
    """Step 14. A passport has no back."""

    kind: DocumentKind = Field(title="Document")
    front: Photo = Field(title="Front", description="JPEG, PNG, HEIC, WebP, or AVIF")
    back: BackPhoto = Field("", title="Back", description="The side with the barcode", validate_default=True)


class SelfieForm(StepForm):
    """Step 15."""

    photo: Photo = Field(title="Photo of you", description="JPEG, PNG, HEIC, WebP, or AVIF")


class PhoneMatchForm(StepForm):
    """Step 16."""

    phone: UsPhone = Field(title="Phone", examples=["217-555-0134"])
    method: Annotated[str, Choice(listed="phone_methods")] = Field(title="Reach me by")
    permission: Annotated[
        StrictBool, MustCheck(unchecked="Check this box to continue: without it ID.me cannot match the phone.")
    ] = Field(title="I permit the check of my phone against my credit profile")


class SsnForm(StepForm):
    """Step 17."""

    ssn: Ssn = Field(title="Social Security number", description="9 digits")


class AttributesReviewForm(AddressForm):
    """Step 18. The phone and the number are shown beside it, with a way back to each."""

    first_name: PersonName = Field(title="First name")
    last_name: PersonName = Field(title="Last name")
    birth_date: BirthDate = Field(title="Date of birth", description="MM/DD/YYYY", examples=["04/30/1975"])
    street: LineField = Field(title="Home street")
    suite: OptionalLineField = Field("", title="Apartment")
    city: City = Field(title="City")
    state: State = Field(title="State")
    zip_code: ZipInState = Field(title="ZIP")
    accept: Annotated[
        StrictBool, MustCheck(unchecked="Check this box to continue, or correct the line that is not right.")
    ] = Field(
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
    license_number: LineField = Field(title="State license number")
    issuing_state: State = Field(title="Issuing state")
    specialty: Annotated[str, Choice(listed="specialties")] = Field(title="Specialty", description="Type to filter")

    @classmethod
    def shortcuts(cls, options: Mapping[str, Sequence[Option]]) -> list[tuple[str, dict[str, str]]]:
        """Return the licenses that the registry has, and what each fills in."""
        return [(each.label, license_values(each)) for each in options.get("license_number", ())]


def license_values(option: Option) -> dict[str, str]:
    """Return what a license of the registry fills in: `036-123456 · IL · Family Medicine` is a number and its state.

    Of a label that is put together otherwise only the number is known.
    """
    state = option.label.split(" · ")[1:2]
    return {"license_number": option.value, **({"issuing_state": state[0]} if STATES.keys() & state else {})}


class ConsentForm(StepForm):
    """Step 22."""

    decision: Decision = Field(title="Share these with iPrescribe?")


class DoneForm(StepForm):
    """The end: nothing to fill in."""


class SupportRequestForm(StepForm):
    """Submit a request: possible at every step."""

    category: Annotated[str, Choice(listed="support_categories")] = Field(title="About")
    message: MessageField = Field(title="Message", description="No passwords, codes or SSN, please")
    contact: ContactField = Field(title="How to reach you", description="E-mail or US phone")


class SignInForm(StepForm):
    """Resume: the iPrescribe account's own username and password."""

    username: Username = Field(title="Username")
    password: Password = Field(title="Password")
