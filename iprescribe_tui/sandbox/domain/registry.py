"""NPI registry of the sandbox: made-up providers as the NPPES API (v2.1) shows them, read leniently.

Every NPI here has a valid check digit and is unassigned: the lowest NPI that NPPES has assigned begins with 1003, so
the sandbox stays within 1000000000–1002999999. License numbers begin with `SB`, telephone numbers are 555-01xx.
"""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

_HERE: Final = Path(__file__).parent

_DISPLAY_NAMES: Final[dict[str, str]] = json.loads((_HERE / "specialties.json").read_text(encoding="utf-8"))

SPECIALTIES: Final[tuple[str, ...]] = tuple(sorted(_DISPLAY_NAMES.values(), key=str.casefold))
"""Display names of the individual prescribers' taxonomies in the NUCC Health Care Provider Taxonomy code set."""

PRESCRIBER_CODES: Final = (
    "20",  # physicians, MD and DO
    "1223",  # dentists (not denturists, 1224)
    "125Q",  # oral medicinists
    "213E",  # podiatrists
    "152W",  # optometrists
    "363A",  # physician assistants
    "363L",  # nurse practitioners
    "364S",  # clinical nurse specialists
    "367A",  # advanced practice midwives
    "3675",  # certified registered nurse anesthetists
    "103TP0016X",  # prescribing psychologists, the only psychologists here
    "1835P0018X",  # pharmacist clinicians, the only pharmacists here
    "175F",  # naturopathic doctors
)
"""Prefixes of prescribers' taxonomy codes: the practitioners and mid-level practitioners of 21 CFR 1300.01(b).

Some prescribe only in a few states. The state license decides that, not the taxonomy, so none of them is refused.
"""

_NO_NUMBER: Final = re.compile(r"\b(?:NONE|N/A|PENDING|APPLIED|UNKNOWN|TBD)\b")  # also beside a date
_NOT_A_PHYSICIAN: Final = "207SG0205X"  # "Ph.D. Medical Genetics", listed among the physicians

PERSONA_NPIS: Final[dict[str, str]] = {
    "happy": "1000000012",
    "happy_two": "1000000020",
    "deactivated": "1000000038",
    "organization": "1000000046",
    "not_a_prescriber": "1000000053",
    "registry_down": "1000000061",
    "already_registered": "1000000079",
    "allow_never_pressed": "1000000087",
    "no_license": "1000000095",
    "po_box_practice": "1000000103",
    "idme_existing": "1000000111",
    "idme_verified": "1000000129",
    "phone_refused": "1000000137",
    "document_blurred": "1000000145",
    "document_glare": "1000000152",
    "document_cut_off": "1000000160",
    "document_expired": "1000000178",
    "document_wrong_kind": "1000000186",
    "document_unreadable": "1000000194",
    "id_other_name": "1000000327",
    "selfie_no_face": "1000000202",
    "selfie_several_faces": "1000000210",
    "selfie_no_match": "1000000228",
    "phone_no_match": "1000000236",
    "no_credit_file": "1000000244",
    "credit_frozen": "1000000251",
    "ssn_refused_once": "1000000269",
    "ssn_locked": "1000000277",
    "phone_link_expired": "1000000285",
    "license_other_state": "1000000293",
    "locked": "1000000301",
    "ended": "1000000319",
    "not_found": "1000000996",
}
"""NPI of each persona. Its record shows what a registry can show; `not_found` alone has no record."""


class RegistryError(Exception):
    """Registry answer that contains errors, or that is not one of the NPPES API."""


@dataclass(frozen=True)
class License:
    """State license: its number, the state's postal code ("" if not given), the taxonomy's display name."""

    number: str
    state: str
    taxonomy: str


@dataclass(frozen=True)
class Provider:
    """Record of one provider in the registry; a missing value is "".

    `taxonomy_code` and `specialty` are those of the taxonomy that prescribes, or of the primary one if several or none
    do; `licenses` begins with its own. The address is the practice location. Telephone numbers read 217-555-0134, a
    nine-digit ZIP 62701-1234. `prescriber` is False for an organization.
    """

    npi: str
    organization: bool
    active: bool
    first_name: str
    last_name: str
    middle_name: str
    credential: str
    organization_name: str
    taxonomy_code: str
    specialty: str
    prescriber: bool
    licenses: tuple[License, ...]
    street: str
    suite: str
    city: str
    state: str
    zip_code: str
    phone: str
    fax: str

    @property
    def name(self) -> str:
        """Return the name as it is read aloud: "Amelia Jane Hartwell, M.D.", or the organization's."""
        if self.organization:
            return self.organization_name
        full = " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)
        return ", ".join(part for part in (full, self.credential) if part)

    @property
    def primary_licenses(self) -> tuple[License, ...]:
        """Return the licenses of the taxonomy in `specialty`; without any, the applicant is warned at the start."""
        return tuple(license_ for license_ in self.licenses if license_.taxonomy == self.specialty)

    @property
    def listed_specialty(self) -> str:
        """Return the specialty if `SPECIALTIES` has it, so that it can be chosen, else ""."""
        return self.specialty if self.specialty in SPECIALTIES else ""


class Registry:
    """Lookup of providers in a file of NPPES results: a JSON list, one record per line."""

    def __init__(self, path: Path = _HERE / "providers.json") -> None:
        records = cast("list[dict[str, object]]", json.loads(path.read_text(encoding="utf-8")))
        self._records = {str(record["number"]): record for record in records}

    def answer(self, npi: str) -> dict[str, object]:
        """Return the NPPES API's answer to `GET /api/?version=2.1&number={npi}`, as a new object."""
        if not (npi.isascii() and npi.isdigit() and len(npi) == 10):
            error = {"description": "NPI must be 10 digits", "field": "number", "number": "06"}
            return {"Errors": [error]}
        record = self._records.get(npi)
        results = [] if record is None else [copy.deepcopy(record)]
        return {"result_count": len(results), "results": results}

    def find(self, npi: str) -> Provider | None:
        """Return a provider, or None. Raises RegistryError if `npi` is not ten digits."""
        return read_result(self.answer(npi))


def is_prescriber(taxonomy_code: str) -> bool:
    """Return whether individuals with this NUCC taxonomy prescribe in some state."""
    return taxonomy_code.startswith(PRESCRIBER_CODES) and taxonomy_code != _NOT_A_PHYSICIAN


def read_result(answer: Mapping[str, object]) -> Provider | None:
    """Return the first provider in an NPPES API answer, or None.

    Absent values, `"--"`, null, numbers and strings are all accepted. Raises RegistryError for the API's own `Errors`,
    and for an answer that holds neither results nor errors.
    """
    if errors := _objects(answer.get("Errors")):
        raise RegistryError("; ".join(_text(error.get("description")) or "unnamed error" for error in errors))
    if not isinstance(answer.get("results"), list):
        raise RegistryError("the answer holds neither results nor errors")
    results = _objects(answer["results"])
    return _provider(results[0]) if results else None


def _provider(record: Mapping[str, object]) -> Provider:
    basic = _object(record.get("basic"))
    organization_name = _text(basic.get("organization_name"))
    kind = _text(record.get("enumeration_type")).upper()
    organization = kind == "NPI-2" or (not kind and bool(organization_name))
    taxonomies = _taxonomies(record)
    primary: Mapping[str, object] = taxonomies[0] if taxonomies else {}
    location = _location(record)
    return Provider(
        npi=_text(record.get("number")),
        organization=organization,
        active=_active(basic),
        first_name=_text(basic.get("first_name")),
        last_name=_text(basic.get("last_name")),
        middle_name=_text(basic.get("middle_name")),
        credential=_text(basic.get("credential")),
        organization_name=organization_name,
        taxonomy_code=_text(primary.get("code")),
        specialty=_display_name(primary),
        # Any taxonomy counts: a nurse practitioner may still have nursing marked as the primary one.
        prescriber=not organization and any(is_prescriber(_text(entry.get("code"))) for entry in taxonomies),
        licenses=_licenses(taxonomies),
        street=_text(location.get("address_1")),
        suite=_text(location.get("address_2")),
        city=_text(location.get("city")),
        state=_text(location.get("state")),
        zip_code=_zip_code(location),
        phone=_phone(location.get("telephone_number")),
        fax=_phone(location.get("fax_number")),
    )


def _active(basic: Mapping[str, object]) -> bool:
    """Return whether an NPI is active, by status or dates; deactivation removes every name from a record."""
    status = _text(basic.get("status")).upper()[:1]
    if status in ("A", "D"):
        return status == "A"
    if _text(basic.get("reactivation_date")):
        return True
    named = any(_text(basic.get(key)) for key in ("first_name", "last_name", "organization_name"))
    return named and not _text(basic.get("deactivation_date"))


def _taxonomies(record: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the taxonomies: those that prescribe first, then the primary one, else in the registry's order."""

    def rank(entry: Mapping[str, object]) -> tuple[bool, bool]:
        primary = _text(entry.get("primary")).lower() in ("true", "y", "yes", "1")
        return not is_prescriber(_text(entry.get("code"))), not primary

    return sorted(_objects(record.get("taxonomies")), key=rank)


def _display_name(taxonomy: Mapping[str, object]) -> str:
    """Return a taxonomy's name as in `SPECIALTIES`; NPPES itself says "Radiology, Diagnostic Radiology"."""
    return _DISPLAY_NAMES.get(_text(taxonomy.get("code")), _text(taxonomy.get("desc")))


def _licenses(taxonomies: Sequence[Mapping[str, object]]) -> tuple[License, ...]:
    found = (
        License(_text(entry.get("license")), _text(entry.get("state")).upper(), _display_name(entry))
        for entry in taxonomies
    )
    return tuple(dict.fromkeys(license_ for license_ in found if _is_number(license_.number)))


def _is_number(license_number: str) -> bool:
    """Return whether this is a license number, not a placeholder: "NONE", "N/A", "PENDING 2024", "0000", "99999"."""
    digits = [character for character in license_number if character.isdecimal()]
    filler = len(set(digits)) == 1 and len(license_number) > 4 and license_number.isdecimal()
    return any(map(int, digits)) and not filler and not _NO_NUMBER.search(license_number.upper())


def _location(record: Mapping[str, object]) -> Mapping[str, object]:
    for address in _objects(record.get("addresses")):
        if _text(address.get("address_purpose")).upper() == "LOCATION":
            return address
    return {}


def _zip_code(address: Mapping[str, object]) -> str:
    """Return a US ZIP as 62701 or 62701-1234, with the leading zeros that a number loses; others unchanged."""
    text = _text(address.get("postal_code"))
    digits = text.replace("-", "").replace(" ", "")
    if _text(address.get("country_code")).upper() not in ("", "US") or not digits.isdecimal():
        return text
    if len(digits) not in (3, 4, 5, 7, 8, 9):
        return text
    digits = digits.zfill(5 if len(digits) <= 5 else 9)
    zip_code, add_on = digits[:5], digits[5:]
    return zip_code if add_on in ("", "0000") else f"{zip_code}-{add_on}"


def _phone(value: object) -> str:
    """Return a US number as 217-555-0134; anything else unchanged."""
    text = _text(value)
    digits = "".join(character for character in text if character.isdecimal())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else text


def _text(value: object) -> str:
    """Return a value as text: no control characters, single spaces, "" for null, "--" and structures."""
    if value is None or isinstance(value, dict | list):
        return ""
    printable = "".join(c for c in str(value) if c.isprintable() or c.isspace())
    text = " ".join(printable.split())
    return "" if text == "--" else text


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, object]]:
    return [_object(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
