"""Steps of the journey: key on the wire, stage, number in the article, texts and form.

The backend alone decides their order. The numbers are those of DrFirst's help article "iPrescribe: Register for
Accounts (iPrescribe & ID.me)".
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from iprescribe_tui.journey.form import StepForm


SANDBOX = "SANDBOX · no real account is made · do not enter real personal data"
"""Shown wherever a backend is a sandbox."""


class Stage(StrEnum):
    """The four parts of the journey, in words for the applicant."""

    ACCOUNT = "iPrescribe account"
    IDME = "ID.me account"
    PROOFING = "Identity proofing"
    CONSENT = "Consent"


class Step(StrEnum):
    """One step: `key` is its value; `heading` and `intro` say to the applicant what it is.

    Its form has the step's name: `PracticeForm` for `practice`. It is looked up when it is first needed, since the
    first paint needs the words and not the checks.
    """

    stage: Stage
    number: str
    heading: str
    intro: str

    def __new__(cls, key: str, stage: Stage, number: str, heading: str, intro: str) -> Self:
        """Create a member that equals its key."""
        step = str.__new__(cls, key)
        step._value_ = key
        step.stage, step.number, step.heading, step.intro = stage, number, heading, intro
        return step

    @property
    def form(self) -> "type[StepForm]":
        """The form of the step."""
        from iprescribe_tui.journey import forms

        form: type[StepForm] = getattr(forms, f"{self.value.title().replace('_', '')}Form")
        return form

    @property
    def place(self) -> tuple[int, int]:
        """Number of the step in its stage, counted from 1, and how many the stage has."""
        places = [step for step in Step if step.stage is self.stage and step not in _SHARED]
        return places.index(_SHARED.get(self, self)) + 1, len(places)

    NPI = (
        "npi",
        Stage.ACCOUNT,
        "1",
        "Enter your NPI",
        "The NPI of the prescriber who registers. The national registry (NPPES) is asked about it.",
    )
    ACCOUNTS_INTRO = (
        "accounts_intro",
        Stage.ACCOUNT,
        "2",
        "Is this you?",
        "This is what the NPI registry has. Go back if it is somebody else.",
    )
    CREDENTIALS = (
        "credentials",
        Stage.ACCOUNT,
        "3",
        "Choose a username and password",
        "You will sign in to iPrescribe with these, and come back here with them.",
    )
    PERSONAL = (
        "personal",
        Stage.ACCOUNT,
        "4",
        "About you",
        "Messages about this registration go to this e-mail. Only roles that prescribe go on to ID.me; the other "
        "roles get the iPrescribe account alone.",
    )
    PRACTICE = (
        "practice",
        Stage.ACCOUNT,
        "5",
        "Your practice",
        "Pharmacies see this address. PO Boxes are not accepted.",
    )
    IDME_LAUNCH = (
        "idme_launch",
        Stage.IDME,
        "6",
        "Your identity is proven at ID.me",
        "ID.me is a separate company. It makes sure that you are who you say, so that nobody else can prescribe "
        "in your name. From here on only the prescriber may answer.",
    )
    IDME_SIGN_IN = (
        "idme_sign_in",
        Stage.IDME,
        "7",
        "Sign in to ID.me",
        "Use the ID.me account that you have. This is not your iPrescribe password.",
    )
    IDME_SIGN_UP = (
        "idme_sign_up",
        Stage.IDME,
        "8",
        "Create your ID.me account",
        "A personal e-mail is best: the account stays yours when you change practices. F1 shows the terms.",
    )
    EMAIL_CONFIRMATION = (
        "email_confirmation",
        Stage.IDME,
        "9",
        "Confirm your e-mail",
        "Open the link in the e-mail from ID.me, or type the 6-digit code from it.",
    )
    EMAIL_CONFIRMED = (
        "email_confirmed",
        Stage.IDME,
        "10",
        "Your e-mail is confirmed",
        "Next, ID.me protects your account with a second factor.",
    )
    MFA_CHOICE = (
        "mfa_choice",
        Stage.IDME,
        "11",
        "Choose a second factor",
        "If you prescribe controlled substances, take the code-generator app: text messages and phone calls "
        "cannot be used for those.",
    )
    MFA_PHONE = (
        "mfa_phone",
        Stage.IDME,
        "12",
        "Your phone for codes",
        "A US number that reaches you directly: no extension, no front desk.",
    )
    MFA_TOTP = (
        "mfa_totp",
        Stage.IDME,
        "12",
        "Set up your code generator",
        "Scan this with an authenticator app, or type the key into it.",
    )
    MFA_CODE = (
        "mfa_code",
        Stage.IDME,
        "13",
        "Enter the 6-digit code",
        "It proves that the second factor is in your hands.",
    )
    RECOVERY_CODE = (
        "recovery_code",
        Stage.IDME,
        "13+",
        "Save your recovery code",
        "It opens your ID.me account once if you lose your second factor. Write it down now: "
        "it is shown this once, and this program keeps no copy.",
    )
    DOCUMENT = (
        "document",
        Stage.PROOFING,
        "14",
        "Photograph your ID",
        "The whole document, flat, sharp, without glare, and not expired. Give the path of each picture.",
    )
    SELFIE = (
        "selfie",
        Stage.PROOFING,
        "15",
        "A photo of you",
        "Your face alone, from the front, in even light, without hat or sunglasses.",
    )
    PHONE_MATCH = (
        "phone_match",
        Stage.PROOFING,
        "16",
        "Match your phone",
        "Your own phone, in your own name: ID.me compares it with your credit profile. This is not a credit "
        "inquiry and does not change your score.",
    )
    SSN = (
        "ssn",
        Stage.PROOFING,
        "17",
        "Your Social Security number",
        "It goes to ID.me, and this program does not keep it. Later only its last four digits are shown.",
    )
    ATTRIBUTES_REVIEW = (
        "attributes_review",
        Stage.PROOFING,
        "18",
        "Is all of this right?",
        "As on your ID. Correct what is not right, then accept.",
    )
    PHONE_LINK = (
        "phone_link",
        Stage.PROOFING,
        "19",
        "Open the link on your phone",
        "A text message with a link is on its way to your phone, or a call if you chose that. Then come back here.",
    )
    NPI_MATCH = (
        "npi_match",
        Stage.CONSENT,
        "20",
        "Your NPI once more",
        "ID.me ties your proven identity to the NPI that you register with.",
    )
    LICENSE_REVIEW = (
        "license_review",
        Stage.CONSENT,
        "21",
        "Your state license",
        "From the NPI registry. Choose another of your licenses, or type it as your board prints it.",
    )
    CONSENT = (
        "consent",
        Stage.CONSENT,
        "22",
        "Share your proven identity with iPrescribe",
        "ID.me hands these to iPrescribe once you press Allow.",
    )
    DONE = (
        "done",
        Stage.CONSENT,
        "",
        "You are registered",
        "",
    )


_SHARED: dict[Step, Step] = {
    Step.IDME_SIGN_UP: Step.IDME_SIGN_IN,
    Step.MFA_TOTP: Step.MFA_PHONE,
    Step.DONE: Step.CONSENT,
}
"""Steps that stand where another stands: nobody comes by both, and the end is no step more."""

STEPS: dict[str, Step] = {step.value: step for step in Step}
"""Steps by key."""
