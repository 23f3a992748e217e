"""The personas: each has the registry record that its outcome needs, and what it is told to type is taken."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from iprescribe_tui.help import page
from iprescribe_tui.journey.checks.address import judge_address
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.npi import check_npi
from iprescribe_tui.journey.checks.password import check_password
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.checks.username import check_username
from iprescribe_tui.sandbox.domain.personas import (
    FOR_EVERYBODY,
    PERSONAS,
    REFUSED_MFA_PHONE,
    SEED_ACCOUNTS,
    SEED_IDME,
    TAKEN_EMAIL,
    TAKEN_IDME_EMAIL,
    TAKEN_USERNAME,
    Persona,
    Quirk,
    persona_of,
    personas_table,
)
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS, Provider, Registry
from iprescribe_tui.sandbox.domain.service import service_document

REGISTRY = Registry()


def by_key(persona: Persona) -> str:
    return persona.key


def states(record: Provider) -> set[str]:
    return {license_.state for license_ in record.licenses}


OUT_OF_THE_ORDINARY: dict[str, Callable[[Provider], bool]] = {
    "deactivated": lambda record: not record.active,
    "organization": lambda record: record.organization,
    "not_a_prescriber": lambda record: not record.organization and not record.prescriber,
    "no_license": lambda record: not record.organization and not record.primary_licenses,
    "po_box_practice": lambda record: not judge_address(record.street, record.suite).ok,
    "license_other_state": lambda record: bool(record.licenses) and record.state not in states(record),
}
"""What the records of these personas show, and those of no others."""


def test_every_outcome_has_its_persona() -> None:
    assert {persona.key: persona.npi for persona in PERSONAS} == PERSONA_NPIS
    assert len({persona.npi for persona in PERSONAS}) == len(PERSONAS)
    assert {quirk for persona in PERSONAS for quirk in persona.quirks} == set(Quirk)


@pytest.mark.parametrize("persona", PERSONAS, ids=by_key)
def test_the_registry_has_the_record_that_the_persona_needs(persona: Persona) -> None:
    assert check_npi(persona.npi) == persona.npi
    record = REGISTRY.find(persona.npi)
    if persona.key == "not_found":
        assert record is None
        return
    assert record is not None
    assert record.name == persona.name
    shown = {key for key, shows in OUT_OF_THE_ORDINARY.items() if shows(record)}
    assert shown == {persona.key} & OUT_OF_THE_ORDINARY.keys()


@pytest.mark.parametrize("persona", PERSONAS, ids=by_key)
def test_a_persona_is_found_by_its_npi(persona: Persona) -> None:
    assert persona_of(persona.npi) is persona
    assert persona.ends


def test_others_are_no_personas() -> None:
    assert persona_of("1234567893") is None
    assert persona_of("") is None


def test_what_is_already_registered_can_be_signed_in_to() -> None:
    by_npi = {account.npi: account for account in SEED_ACCOUNTS}
    assert by_npi[PERSONA_NPIS["already_registered"]].state == "done"
    assert by_npi[PERSONA_NPIS["allow_never_pressed"]].state == "consent"
    policy = service_document("native").passwords["credentials"]
    for account in SEED_ACCOUNTS:
        assert check_username(account.username) == account.username
        assert check_password(account.password, policy, username=account.username) == account.password
        persona = persona_of(account.npi)
        assert persona is not None
        assert f"{account.username}\n{account.password}" in persona.note


def test_the_idme_accounts_can_be_signed_in_to() -> None:
    accounts = {account.email: account for account in SEED_IDME}
    assert accounts.keys() == {"idme.existing@example.com", "idme.verified@example.com", TAKEN_IDME_EMAIL}
    assert [email for email, account in accounts.items() if account.verified] == ["idme.verified@example.com"]
    policy = service_document("native").passwords["idme_sign_up"]
    for account in SEED_IDME:
        assert check_email(account.email) == account.email
        assert check_us_phone(account.mfa_phone) == account.mfa_phone != REFUSED_MFA_PHONE
        assert check_password(account.password, policy, email=account.email) == account.password
        assert account.password in personas_table()


def test_what_everybody_may_type_passes_the_form_and_reaches_the_sandbox() -> None:
    assert check_username(TAKEN_USERNAME) == TAKEN_USERNAME
    assert check_email(TAKEN_EMAIL) == TAKEN_EMAIL
    assert check_us_phone(REFUSED_MFA_PHONE) == REFUSED_MFA_PHONE
    assert set(FOR_EVERYBODY) == {TAKEN_USERNAME, TAKEN_EMAIL, TAKEN_IDME_EMAIL, REFUSED_MFA_PHONE}


def test_the_table_fits_a_terminal_and_names_everybody() -> None:
    lines = personas_table().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert all(any(line.startswith(persona.npi) for line in lines) for persona in PERSONAS)
    for account in SEED_ACCOUNTS:
        assert any(line.endswith(f" {account.password}") for line in lines)


def in_markdown() -> str:
    """Return the tables that the page on personas has."""
    rows: list[tuple[str, ...]] = [("NPI", "Who", "How it ends", "What to type"), ("---",) * 4]
    rows += [(f"`{persona.npi}`", persona.name, persona.ends, persona.note) for persona in PERSONAS]
    magic: list[tuple[str, ...]] = [("Whoever registers may type", "and gets"), ("---",) * 2]
    magic += [(f"`{typed}`", outcome) for typed, outcome in FOR_EVERYBODY.items()]
    return "\n".join([*map(markdown_row, rows), "", *map(markdown_row, magic)]) + "\n"


def markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"


def test_the_page_lists_the_personas_that_there_are() -> None:
    listed = re.search(r"<!-- personas -->\n(.*?)<!-- /personas -->", page("personas"), re.DOTALL)
    assert listed is not None
    assert listed[1].strip() == in_markdown().strip()


def test_the_markdown_has_a_row_for_everybody() -> None:
    rows = in_markdown().splitlines()
    cells = [row.count("|") for row in rows if row]
    assert cells == [5] * (len(PERSONAS) + 2) + [3] * (len(FOR_EVERYBODY) + 2)
    for persona, row in zip(PERSONAS, rows[2:], strict=False):
        assert row.startswith(f"| `{persona.npi}` | {persona.name} | {persona.ends} |")


def test_the_terminal_lists_them_without_loading_the_server() -> None:
    program = (
        "import sys; from iprescribe_tui.sandbox.domain.personas import personas_table; personas_table()\n"
        "print({'pydantic', 'fastapi', 'sqlalchemy', 'textual', 'PIL'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
