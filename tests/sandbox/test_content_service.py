"""What the sandbox says of itself: its lists, its policies, and whom to ask."""

import unicodedata
from importlib.resources import files
from typing import Literal

import pytest

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.password import check_password
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import SupportRequestForm
from iprescribe_tui.journey.service_document import CONTRACT, ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import SPECIALTIES
from iprescribe_tui.sandbox.domain.service import PRESCRIBING_ROLES, service_document

NATIVE = service_document("native")
LINES = (files("iprescribe_tui.sandbox.domain") / "common_passwords.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("proofing", ["native", "hosted"])
def test_it_says_that_it_is_a_sandbox_and_how_identity_is_proven(proofing: Literal["native", "hosted"]) -> None:
    document = service_document(proofing)
    assert (document.environment, document.identity_proofing, document.contract) == ("sandbox", proofing, CONTRACT)
    assert "sandbox" in document.name
    assert ServiceDocument.model_validate_json(document.model_dump_json()) == document
    assert document.model_dump_json() == service_document(proofing).model_dump_json()


def test_every_choice_of_the_journey_has_its_list() -> None:
    forms: list[type[StepForm]] = [*(step.form for step in Step), SupportRequestForm]
    asked = {asked.listed for form in forms for asked in form.asked().values() if asked.control is Control.CHOICE}
    assert asked - {""} == NATIVE.lists.keys()
    for options in NATIVE.lists.values():
        assert len({option.value for option in options}) == len({option.label for option in options}) == len(options)


def test_roles_and_specialties_are_those_of_the_field() -> None:
    labels = [option.label for option in NATIVE.lists["roles"]]
    assert labels == [
        "Doctor or dentist",
        "Nurse practitioner",
        "Physician assistant",
        "Part-time provider",
        "Clinical staff",
        "Front-desk staff",
        "Student",
        "Non-clinical staff",
    ]
    prescribing = [option.label for option in NATIVE.lists["roles"] if option.value in PRESCRIBING_ROLES]
    assert prescribing == labels[:4]
    assert len(PRESCRIBING_ROLES) == len(prescribing)
    assert tuple(option.value for option in NATIVE.lists["specialties"]) == SPECIALTIES


def test_contacts_are_made_up_and_reachable_by_nobody() -> None:
    for contact in (NATIVE.support, NATIVE.idme_help):
        assert check_us_phone(contact.phone) == contact.phone
        assert "-555-01" in contact.phone
        assert check_email(contact.email).endswith("@example.com")
        assert len(contact.name) <= 60
    assert "help.id.me" in NATIVE.idme_help.name


def test_terms_have_a_version_and_say_that_they_are_made_up() -> None:
    assert [terms.key for terms in NATIVE.terms] == ["idme_terms", "idme_privacy"]
    for terms in NATIVE.terms:
        assert terms.version
        assert "made up" in terms.text


@pytest.mark.parametrize(
    ("step", "password", "code"),
    [
        ("credentials", "fourteen-chars", "password_short"),
        ("credentials", "fifteen-chars-x", None),
        ("credentials", "x" * 65 + "yz", None),
        ("credentials", "   spaces all   around   ", None),
        ("credentials", "žluťoučký kůň 🐎 pěl", None),
        ("credentials", "my iPrescribe account", "password_personal"),
        ("credentials", "from DRFIRST with love", "password_personal"),
        ("credentials", "correct horse battery staple", "password_common"),
        ("credentials", "CorrectHorseBatteryStaple", "password_common"),
        ("credentials", "QWERTYUIOPASDFGHJKL", "password_common"),
        ("credentials", "123456789012345", "password_common"),
        ("credentials", "aaaaaaaaaaaaaaa", "password_common"),
        ("credentials", "passwordpassword", "password_common"),
        ("idme_sign_up", "seven-x", "password_short"),
        ("idme_sign_up", "eight-xy", None),
        ("idme_sign_up", "password1", "password_common"),
        ("idme_sign_up", "P@ssw0rd", "password_common"),
        ("idme_sign_up", "My-ID.me-2025", "password_personal"),
        ("idme_sign_up", "idme-forever", "password_personal"),
    ],
)
def test_passwords_are_judged_by_length_and_by_how_common_they_are(step: str, password: str, code: str | None) -> None:
    policy = NATIVE.passwords[step]
    if code is None:
        assert check_password(password, policy) == password
        return
    with pytest.raises(CheckFailed) as caught:
        check_password(password, policy)
    assert caught.value.code == code


def test_the_list_of_common_passwords_is_tidy() -> None:
    assert 300 <= len(LINES) <= 800
    assert sorted(set(LINES)) == LINES
    assert all(line == line.strip() and len(line) >= 8 for line in LINES)
    assert all(unicodedata.normalize("NFKC", line).casefold() == line for line in LINES)
    assert sum(len(line) >= 15 for line in LINES) >= 200


@pytest.mark.parametrize("step", ["credentials", "idme_sign_up"])
def test_every_common_password_is_refused(step: str) -> None:
    for line in LINES:
        with pytest.raises(CheckFailed):
            check_password(line, NATIVE.passwords[step])
