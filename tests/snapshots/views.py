"""One view of every screen, with made-up people and a clock that stands."""

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from iprescribe_tui.flow.actions import ResumeView, SignInView, SupportView, View
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    START,
    DoneView,
    EndedView,
    Fact,
    FormView,
    HandoffSlot,
    HandoffView,
    LockedView,
    Notice,
    Position,
    Receipt,
    StepViewBase,
    WaitingView,
    Way,
)

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
SPECIALTY = "Family Medicine Physician"
ADDRESS = "400 Lake St, Springfield, IL 62701"


def at(step: Step, kind: type[StepViewBase] = FormView, **more: object) -> View:
    """A view of `step`, with what the backend would say at it."""
    view = kind.model_validate(
        {
            "registration": "r-1",
            "revision": 3,
            "step": step,
            "position": Position.of(step),
            "can_go_back": step not in (Step.NPI, Step.RECOVERY_CODE, Step.DOCUMENT, Step.NPI_MATCH),
            **more,
        }
    )
    assert isinstance(view, FormView | WaitingView | HandoffView)
    return view


def facts(**labelled: str) -> tuple[Fact, ...]:
    """Facts from keywords, with blanks for underscores."""
    return tuple(Fact(label=label.replace("_", " "), value=value) for label, value in labelled.items())


PRACTICE = at(
    Step.PRACTICE,
    on_file={
        "street": "400 Lake St",
        "city": "Springfield",
        "state": "IL",
        "zip_code": "62701",
        "phone": "217-555-0134",
    },
    on_file_label=ADDRESS,
)
VIEWS: dict[str, View] = {
    **{step.value: at(step) for step in Step if step is not Step.DONE},
    "npi": START,
    "accounts_intro": at(
        Step.ACCOUNTS_INTRO,
        facts=facts(
            Name="Amelia Jane Hartwell, M.D.", Specialty=SPECIALTY, Practice_location="PO Box 12, Springfield, IL 62701"
        ),
        notices=(
            Notice(level="warning", text="The registry has a PO Box as your practice. You will need a street address."),
        ),
    ),
    "personal": at(Step.PERSONAL, prefill={"specialty": SPECIALTY}),
    "practice": PRACTICE,
    "idme_sign_in": at(Step.IDME_SIGN_IN, prefill={"email": "amelia@example.com"}),
    "idme_sign_up": at(Step.IDME_SIGN_UP, prefill={"email": "amelia@example.com"}),
    "email_confirmation": at(
        Step.EMAIL_CONFIRMATION,
        WaitingView,
        waiting_for="you to open the link in the e-mail to amelia@example.com",
        until=NOW + timedelta(minutes=14),
        resend_at=NOW + timedelta(minutes=4),
        ways=(Way(label="Change the e-mail address", to=Step.IDME_SIGN_UP),),
    ),
    "mfa_totp": at(
        Step.MFA_TOTP,
        reveal={
            "totp_secret": SecretStr("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
            "otpauth_uri": SecretStr("otpauth://totp/ID.me:test-1000000012?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
        },
        ways=(Way(label="Another second factor", to=Step.MFA_CHOICE),),
    ),
    "mfa_code": at(
        Step.MFA_CODE,
        facts=facts(Sent_to="***-***-0134"),
        resend_at=NOW + timedelta(seconds=8),
        ways=(
            Way(label="Change the number", to=Step.MFA_PHONE),
            Way(label="Another second factor", to=Step.MFA_CHOICE),
        ),
    ),
    "recovery_code": at(Step.RECOVERY_CODE, reveal={"recovery_code": SecretStr("7K3M-QW9Z-0HTX-4VBN")}),
    "document": at(
        Step.DOCUMENT,
        on_file={"front": "/samples/front.jpg", "back": "/samples/back.jpg"},
        on_file_label="sample pictures made for the sandbox",
    ),
    "phone_match_referee": at(
        Step.PHONE_MATCH,
        options={
            "method": (
                Option(value="text", label="Text message"),
                Option(value="call", label="Phone call"),
                Option(value="referee", label="Video call with a trusted referee"),
            )
        },
    ),
    "attributes_review": at(
        Step.ATTRIBUTES_REVIEW,
        prefill={"first_name": "Amelia", "last_name": "Hartwell"},
        facts=(
            Fact(label="Phone", value="217-555-0134", mend=Step.PHONE_MATCH),
            Fact(label="Social Security number", value="***-**-1234", mend=Step.SSN),
        ),
    ),
    "phone_link": at(
        Step.PHONE_LINK,
        WaitingView,
        waiting_for="you to open the link in the text message to 217-555-0134",
        until=NOW + timedelta(minutes=14),
        resend_at=NOW,
        ways=(Way(label="The number is wrong", to=Step.PHONE_MATCH),),
    ),
    "license_review": at(
        Step.LICENSE_REVIEW,
        prefill={"npi": "1000000012", "license_number": "036-123456", "issuing_state": "IL", "specialty": SPECIALTY},
        options={
            "license_number": (
                Option(value="036-123456", label="036-123456 · IL · Family Medicine"),
                Option(value="MD-9981", label="MD-9981 · WI · Family Medicine"),
            )
        },
    ),
    "consent": at(
        Step.CONSENT,
        facts=facts(
            Name="Amelia Hartwell",
            Date_of_birth="April 30, 1975",
            Home_address="12 Elm St, Springfield, IL 62701",
            Phone="217-555-0134",
            Social_Security_number="verified",
            NPI="1000000012",
            State_license="036-123456 · IL",
            Identity="Identity proofed at IAL2",
        ),
    ),
    "handoff": at(
        Step.IDME_LAUNCH,
        HandoffView,
        url="http://127.0.0.1:8765/h/K7Q2M9XA4T",
        until=NOW + timedelta(minutes=14),
        resend_at=NOW,
    ),
    "phone": at(
        Step.DOCUMENT,
        HandoffView,
        url="HTTP://192.0.2.17:8765/P/K7Q2M9XA4TBN3R5C",
        until=NOW + timedelta(minutes=14),
        resend_at=NOW,
        can_go_back=True,
        state="opened",
        slots=(
            HandoffSlot(slot="front", says="The photo is blurred. Rest the phone on something, take it again."),
            HandoffSlot(slot="back", received=True),
        ),
    ),
    "phone_expired": at(
        Step.SELFIE,
        HandoffView,
        url="HTTP://192.0.2.17:8765/P/K7Q2M9XA4TBN3R5C",
        until=NOW - timedelta(minutes=1),
        resend_at=NOW,
        can_go_back=True,
        state="expired",
        slots=(HandoffSlot(slot="photo"),),
    ),
    "done": DoneView(
        registration="r-1",
        receipt=Receipt(
            username="amelia.hartwell",
            npi="1000000012",
            reference="IP-6N2JK9M6",
            completed_at=NOW,
            next_steps=("Sign in to iPrescribe with your username and password.", "Keep the reference."),
        ),
    ),
    "locked": LockedView(
        registration="r-1",
        step=Step.SSN,
        until=NOW + timedelta(minutes=58),
        reason="The Social Security number did not match ten times.",
    ),
    "ended": EndedView(
        registration="r-1",
        heading="Your identity could not be proven",
        reason="The photos were refused for good. Write to support, or begin another registration.",
    ),
    "resume": ResumeView("r-1", "1000000012", "amelia.hartwell", "Your practice", "March 2, 14:05"),
    "sign_in": SignInView("amelia.hartwell"),
    "support_request": SupportView(START),
}
