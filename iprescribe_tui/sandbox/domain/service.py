"""Service document of the sandbox: policies, lists, contacts and texts (`GET /v1/service`)."""

from functools import cache
from importlib.resources import files
from typing import Final, Literal

from iprescribe_tui.journey.checks.password import PasswordPolicy
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.service_document import CONTRACT, CodePolicy, Contact, ServiceDocument, Terms

PRESCRIBING_ROLES: Final = frozenset(
    {"doctor_or_dentist", "nurse_practitioner", "physician_assistant", "part_time_provider"}
)
"""Roles that need identity proofing; for the others, the journey ends with the iPrescribe account."""

CODE_LIFETIME: Final = 10 * 60
"""Seconds until a one-time code expires."""

CODE_RESEND_AFTER: Final = 10
"""Seconds until another code can be sent."""

_ROLES: Final = {
    "doctor_or_dentist": "Doctor or dentist",
    "nurse_practitioner": "Nurse practitioner",
    "physician_assistant": "Physician assistant",
    "part_time_provider": "Part-time provider",
    "clinical_staff": "Clinical staff",
    "front_desk_staff": "Front-desk staff",
    "student": "Student",
    "non_clinical_staff": "Non-clinical staff",
}

_SUPPORT_CATEGORIES: Final = {
    "npi": "The NPI, or what the registry says of it",
    "already_registered": "Registered already, but Allow was not pressed",
    "sign_in": "Username, password or a lock",
    "messages": "An e-mail, text message or call that does not come",
    "practice": "The practice or its address",
    "photos": "Photos of the ID or of the face",
    "identity": "The phone or the Social Security number does not match",
    "license": "The state license",
    "other": "Something else",
}

_PHONE_METHODS: Final = {"text": "Text message", "call": "Phone call"}

_SUPPORT: Final = Contact(
    name="iPrescribe sandbox support (made up)",
    phone="217-555-0100",
    email="support@example.com",
    url="https://example.com/support",
)

_IDME_HELP: Final = Contact(
    name="ID.me help (made up; ID.me's own is help.id.me)",
    phone="217-555-0101",
    email="idme-help@example.com",
    url="https://help.id.me",
)

_TERMS: Final = (
    Terms(
        key="idme_terms",
        title="ID.me Terms of Service (sandbox text)",
        version="sandbox-1",
        text=(
            "This text is made up for the sandbox. It is not a text of ID.me and binds nobody.\n\n"
            "1. What you get. An account that says who you are, for use with services that ask for it.\n\n"
            "2. What you do. Answer for yourself only, and truthfully. Keep your password, your second factor and "
            "your recovery code to yourself.\n\n"
            "3. What is shared. Nothing goes to a service before you press Allow there, and only what is listed "
            "beside it.\n\n"
            "4. How it ends. You may close the account at any time. In the sandbox you start over instead."
        ),
    ),
    Terms(
        key="idme_privacy",
        title="ID.me Privacy Policy (sandbox text)",
        version="sandbox-1",
        text=(
            "This text is made up for the sandbox. It is not a text of ID.me and binds nobody.\n\n"
            "1. What is asked for. Your e-mail and phone, photos of your ID and of your face, your name, date of "
            "birth, address and Social Security number.\n\n"
            "2. What for. To make sure that you are who you say. A real service compares them with the records of "
            "a credit bureau; the sandbox compares them with nothing.\n\n"
            "3. Where it stays. On the machine that runs the sandbox. Of the Social Security number only the last "
            "four digits are kept, and photos are deleted once you are registered or start over.\n\n"
            "4. Even so: do not enter real personal data into a sandbox."
        ),
    ),
)


@cache
def service_document(proofing: Literal["native", "hosted"]) -> ServiceDocument:
    """Return the service document; identity proofing is the sandbox's (`native`) or at a provider (`hosted`)."""
    from iprescribe_tui.sandbox.domain.registry import SPECIALTIES

    return ServiceDocument(
        name="iPrescribe sandbox",
        environment="sandbox",
        identity_proofing=proofing,
        contract=CONTRACT,
        passwords=_password_policies(),
        photos=PhotoPolicies(),
        codes=CodePolicy(lifetime=CODE_LIFETIME, resend_after=CODE_RESEND_AFTER),
        lists={
            "roles": _options(_ROLES),
            "specialties": tuple(Option(value=name, label=name) for name in SPECIALTIES),
            "support_categories": _options(_SUPPORT_CATEGORIES),
            "phone_methods": _options(_PHONE_METHODS),
        },
        support=_SUPPORT,
        idme_help=_IDME_HELP,
        terms=_TERMS,
    )


def _options(labels: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=value, label=label) for value, label in labels.items())


def _password_policies() -> dict[str, PasswordPolicy]:
    """Return policies with the lengths of NIST SP 800-63B-4 §3.1.1.2: 15 alone, 8 beside a second factor."""
    text = files("iprescribe_tui.sandbox.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    common = frozenset(text.splitlines())
    return {
        "credentials": PasswordPolicy(
            min_length=15, max_length=128, blocklist=common, forbidden_words=("iprescribe", "drfirst", "id.me")
        ),
        "idme_sign_up": PasswordPolicy(
            min_length=8, max_length=128, blocklist=common, forbidden_words=("iprescribe", "drfirst", "id.me", "idme")
        ),
    }
