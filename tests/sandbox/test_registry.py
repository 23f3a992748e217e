"""The sandbox's registry: nobody real is in it, every persona is, and NPPES's own answers are read as they come."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import registry
from iprescribe_tui.sandbox.domain.registry import (
    PERSONA_NPIS,
    SPECIALTIES,
    License,
    Provider,
    Registry,
    RegistryError,
    is_prescriber,
    read_result,
)
from tests.backend import RunningSandbox

FILE = Path(registry.__file__).with_name("providers.json")
RECORDS: list[dict[str, object]] = json.loads(FILE.read_text(encoding="utf-8"))
PROVIDERS = [provider for record in RECORDS if (provider := read_result({"results": [record]}))]
RECORD: dict[str, object] = {
    "number": "1000000012",
    "enumeration_type": "NPI-1",
    "basic": {"first_name": "Ada", "last_name": "Made-Up", "credential": "M.D.", "status": "A", "sex": "F"},
    "addresses": [
        {"address_purpose": "MAILING", "address_1": "PO Box 9", "city": "Elsewhere", "state": "WI"},
        {
            "address_purpose": "LOCATION",
            "address_1": "400 Lake St",
            "address_2": "Ste 2",
            "city": "Springfield",
            "state": "IL",
            "postal_code": "627011234",
            "country_code": "US",
            "telephone_number": "217-555-0134",
        },
    ],
    "taxonomies": [
        {
            "code": "2085R0202X",
            "desc": "Radiology, Diagnostic Radiology",
            "primary": False,
            "state": "WI",
            "license": "B2",
        },
        {"code": "207Q00000X", "desc": "Family Medicine", "primary": True, "state": "IL", "license": "A1"},
    ],
}


@pytest.fixture(scope="module")
def nppes() -> Registry:
    return Registry()


def read(**changes: object) -> Provider:
    provider = read_result({"result_count": 1, "results": [RECORD | changes]})
    assert provider is not None
    return provider


def at_location(**changes: object) -> Provider:
    return read(addresses=[{"address_purpose": "LOCATION", "country_code": "US"} | changes])


def has_check_digit(npi: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed("80840" + npi)))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


# --- nobody real ---


def test_every_npi_is_valid_and_below_those_given_out() -> None:
    npis = [provider.npi for provider in PROVIDERS] + list(PERSONA_NPIS.values())
    assert [npi for npi in npis if not re.fullmatch(r"100[0-2]\d{6}", npi) or not has_check_digit(npi)] == []


def test_no_npi_is_there_twice() -> None:
    npis = [provider.npi for provider in PROVIDERS]
    assert len(set(npis)) == len(npis) == len(RECORDS)
    assert len(set(PERSONA_NPIS.values())) == len(PERSONA_NPIS)


def test_telephones_are_the_ones_kept_for_fiction() -> None:
    written = re.findall(r'"(?:\w*telephone_number|fax_number)": ?"([^"]*)"', FILE.read_text(encoding="utf-8"))
    digits = [re.sub(r"\D", "", number) for number in written if number != "--"]
    assert len(digits) > 300
    assert [number for number in digits if not re.fullmatch(r"\d{3}55501\d\d", number)] == []


def test_licences_are_recognisably_made_up() -> None:
    licenses = [license_ for provider in PROVIDERS for license_ in provider.licenses]
    assert [license_ for license_ in licenses if not re.fullmatch(r"SB\d{6}", license_.number)] == []


def test_zips_belong_to_their_states() -> None:
    places = [provider for provider in PROVIDERS if provider.zip_code and provider.state != "ONTARIO"]
    assert len(places) > 200
    for provider in places:
        assert check_zip(provider.zip_code) == provider.zip_code
        check_zip_in_state(provider.zip_code, provider.state)


# --- enough of everything ---


def test_the_file_keeps_one_record_a_line() -> None:
    assert len(FILE.read_text(encoding="utf-8").splitlines()) == len(RECORDS) + 2


@pytest.mark.parametrize(
    ("least", "of"),
    [
        (160, [p for p in PROVIDERS if not p.organization and p.prescriber]),
        (10, [p for p in PROVIDERS if p.organization]),
        (10, [p for p in PROVIDERS if not p.organization and p.active and not p.prescriber]),
        (5, [p for p in PROVIDERS if not p.active]),
        (8, [p for p in PROVIDERS if p.prescriber and not p.primary_licenses]),
        (15, [p for p in PROVIDERS if len({license_.state for license_ in p.licenses}) > 1]),
        (5, [p for p in PROVIDERS if re.match(r"(?i)p\.?o\.? |post office|apartado", p.street)]),
        (30, [p for p in PROVIDERS if not p.name.isascii()]),
        (8, [p for p in PROVIDERS if "'" in p.name]),
        (40, [p for p in PROVIDERS if "-" in p.last_name]),
        (45, {p.state for p in PROVIDERS}),
        (10, [r for r in RECORDS if isinstance(r["number"], int)]),
    ],
)
def test_every_kind_of_provider_is_there(least: int, of: list[object]) -> None:
    assert len(of) >= least


def test_specialties_are_the_prescribers_display_names() -> None:
    codes: dict[str, str] = json.loads(FILE.with_name("specialties.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"[0-9A-Z]{9}X", code) and is_prescriber(code) for code in codes)
    assert len(set(SPECIALTIES)) == len(SPECIALTIES) == len(codes) >= 250
    assert "Family Medicine Physician" in SPECIALTIES
    assert list(SPECIALTIES) == sorted(SPECIALTIES, key=str.casefold)


def test_a_prescribers_specialty_can_be_chosen_beforehand() -> None:
    primary_prescribers = [provider for provider in PROVIDERS if is_prescriber(provider.taxonomy_code)]
    assert {provider.specialty for provider in primary_prescribers} <= set(SPECIALTIES)


@pytest.mark.parametrize(
    ("code", "prescribes"),
    [
        ("207R00000X", True),  # internal medicine
        ("208000000X", True),  # pediatrics
        ("207SG0205X", False),  # Ph.D. medical genetics
        ("122300000X", True),  # dentist
        ("122400000X", False),  # denturist
        ("1835P0018X", True),  # pharmacist clinician
        ("183500000X", False),  # pharmacist
        ("103TP0016X", True),  # prescribing psychologist
        ("103TC0700X", False),  # clinical psychologist
        ("363LF0000X", True),  # family nurse practitioner
        ("163W00000X", False),  # registered nurse
        ("367500000X", True),  # nurse anesthetist
        ("367H00000X", False),  # anesthesiologist assistant
        ("211D00000X", False),  # podiatric assistant
        ("390200000X", False),  # student
        ("", False),
    ],
)
def test_who_prescribes(code: str, prescribes: bool) -> None:
    assert is_prescriber(code) is prescribes


# --- personas ---


@pytest.mark.parametrize(
    "persona", sorted(set(PERSONA_NPIS) - {"not_found", "deactivated", "organization", "not_a_prescriber"})
)
def test_personas_are_active_prescribers_with_a_whole_record(nppes: Registry, persona: str) -> None:
    provider = nppes.find(PERSONA_NPIS[persona])
    assert provider is not None
    assert provider.npi == PERSONA_NPIS[persona]
    assert (provider.active, provider.organization, provider.prescriber) == (True, False, True)
    assert all((provider.first_name, provider.last_name, provider.credential, provider.specialty))
    assert all((provider.street, provider.city, provider.state, provider.zip_code, provider.phone))
    assert bool(provider.licenses) is (persona != "no_license")
    assert ("PO Box" in provider.street) is (persona == "po_box_practice")
    same_state = provider.state in {license_.state for license_ in provider.licenses}
    assert same_state is (persona not in ("no_license", "license_other_state"))


def test_deactivated_persona_is_otherwise_an_ordinary_prescriber(nppes: Registry) -> None:
    provider = nppes.find(PERSONA_NPIS["deactivated"])
    assert provider is not None
    assert (provider.active, provider.prescriber, provider.organization) == (False, True, False)


def test_organisation_persona(nppes: Registry) -> None:
    provider = nppes.find(PERSONA_NPIS["organization"])
    assert provider is not None
    assert (provider.organization, provider.active, provider.prescriber) == (True, True, False)
    assert provider.name == provider.organization_name != ""


def test_persona_that_prescribes_nothing(nppes: Registry) -> None:
    provider = nppes.find(PERSONA_NPIS["not_a_prescriber"])
    assert provider is not None
    assert (provider.prescriber, provider.organization, provider.active) == (False, False, True)
    assert provider.specialty == "Dietitian, Registered"


def test_the_second_ordinary_provider_is_licensed_in_two_states(nppes: Registry) -> None:
    provider = nppes.find(PERSONA_NPIS["happy_two"])
    assert provider is not None
    assert [license_.state for license_ in provider.primary_licenses] == ["OR", "WA"]


def test_unknown_npi_is_answered_as_nppes_does(nppes: Registry) -> None:
    assert nppes.answer(PERSONA_NPIS["not_found"]) == {"result_count": 0, "results": []}
    assert nppes.find(PERSONA_NPIS["not_found"]) is None


@pytest.mark.parametrize("npi", ["", "12345", "10000000120", "100000001A", "１０００００００１２"])
def test_what_is_no_npi_is_an_error(nppes: Registry, npi: str) -> None:
    with pytest.raises(RegistryError, match="NPI must be 10 digits"):
        nppes.find(npi)


def test_an_answer_is_the_callers_own(nppes: Registry) -> None:
    answer = nppes.answer(PERSONA_NPIS["happy"])
    results = answer["results"]
    assert isinstance(results, list)
    results[0]["basic"]["last_name"] = "Changed"
    provider = nppes.find(PERSONA_NPIS["happy"])
    assert provider is not None
    assert provider.name == "Amelia Jane Hartwell, M.D."


# --- what a registration shows of a record ---


def test_a_nurse_practitioner_is_not_taken_for_the_nurse_that_she_was(sandbox: RunningSandbox) -> None:
    walk = sandbox.start("1001063050")
    facts = {fact["label"]: fact["value"] for fact in walk.view["facts"]}
    assert facts["Specialty"] == "Family Nurse Practitioner"
    assert facts["Licenses"].startswith("SB012515")
    assert walk.to(Step.PERSONAL).view["prefill"]["specialty"] == "Family Nurse Practitioner"
    view = walk.to(Step.LICENSE_REVIEW).view
    assert view["options"]["license_number"][0]["value"] == view["prefill"]["license_number"] == "SB012515"
    assert view["prefill"]["specialty"] in SPECIALTIES


@pytest.mark.parametrize(
    ("taxonomies", "license_number", "specialty", "offered"),
    [
        ([("163W00000X", "SB1"), ("363LF0000X", "N/A")], None, "Family Nurse Practitioner", ["SB1"]),
        ([("999X00000X", "SB1"), ("207Q00000X", "")], None, "Family Medicine Physician", ["SB1"]),
        ([("207Q00000X", "NONE"), ("207R00000X", "SB2")], "SB2", "Internal Medicine Physician", ["SB2"]),
        ([("2079999999", "SB3")], None, "", ["SB3"]),
    ],
)
def test_only_what_can_be_sent_is_filled_in_at_the_license(
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    taxonomies: list[tuple[str, str]],
    license_number: str | None,
    specialty: str,
    offered: list[str],
) -> None:
    npi = PERSONA_NPIS["happy"]
    entries = [{"code": code, "license": number, "state": "ZZ", "desc": "Made up"} for code, number in taxonomies]
    monkeypatch.setitem(vars(sandbox.backend.registry)["_records"], npi, RECORD | {"taxonomies": entries})
    walk = sandbox.start(npi)
    chosen = specialty or "Family Medicine Physician"
    personal = walk.to(Step.PERSONAL)
    assert personal.view["prefill"]["specialty"] in ("", *SPECIALTIES)
    walk.answers = {Step.PERSONAL: personal.answers_to(Step.PERSONAL) | {"specialty": chosen}}
    view = walk.to(Step.LICENSE_REVIEW).view
    assert view["prefill"].get("license_number") == license_number
    assert (view["prefill"]["specialty"], view["prefill"].get("issuing_state", "")) == (specialty, "")
    assert [option["value"] for option in view["options"]["license_number"]] == offered


@pytest.mark.parametrize("basic", [{}, None, [], {"status": "--"}, {"last_name": "--"}])
def test_nobody_registers_with_a_record_that_was_emptied(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, basic: object
) -> None:
    npi = PERSONA_NPIS["happy"]
    monkeypatch.setitem(vars(sandbox.backend.registry)["_records"], npi, RECORD | {"basic": basic})
    refused = sandbox.call("POST", "/v1/registrations", json={"npi": npi})
    assert (refused.status_code, refused.json()["code"]) == (422, "npi_deactivated")


OUR_LAKE = {"address_1": "400 Lake St", "city": "Springfield", "state": "IL", "postal_code": "62701"}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"address_1": "PO BOX 12"}, '"PO BOX 12" is a PO Box.'),
        ({"address_2": "P.O. Box 12"}, '"P.O. Box 12" is a PO Box.'),
        ({"address_1": "Box 63"}, '"Box 63" is a box without a street.'),
        ({"address_1": "General Delivery"}, '"General Delivery" is mail held at a post office.'),
        ({"address_1": "PMB 7"}, '"PMB 7" is a private mailbox without a street.'),
        ({"state": "ONTARIO"}, '"ONTARIO" is not a state or territory.'),
        ({"postal_code": "10001"}, 'ZIP "10001" is in New York, not in Illinois.'),
        ({"city": "62701"}, '"62701" is a ZIP Code.'),
    ],
)
def test_an_address_that_would_be_refused_is_not_offered_for_the_practice(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], says: str
) -> None:
    npi = PERSONA_NPIS["happy"]
    there = [{"address_purpose": "LOCATION", "country_code": "US"} | OUR_LAKE | changed]
    monkeypatch.setitem(vars(sandbox.backend.registry)["_records"], npi, RECORD | {"addresses": there})
    view = sandbox.start(npi).to(Step.PRACTICE).view
    assert (view["on_file"], view["on_file_label"]) == ({}, "")
    assert [notice["level"] for notice in view["notices"]] == ["warning"]
    assert f"The address that the NPI registry has cannot be used here. {says}" in view["notices"][0]["text"]


@pytest.mark.parametrize(
    ("changed", "phone", "fax", "city"),
    [
        ({"telephone_number": "555-0134", "fax_number": "2175550135"}, "", "217-555-0135", "Springfield"),
        ({"telephone_number": "2175550134", "fax_number": "0"}, "217-555-0134", "", "Springfield"),
        ({"telephone_number": "2175550134", "city": "--"}, "217-555-0134", "", ""),
    ],
)
def test_all_that_is_offered_for_the_practice_is_accepted(
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    phone: str,
    fax: str,
    city: str,
) -> None:
    npi = PERSONA_NPIS["happy"]
    there = [{"address_purpose": "LOCATION", "country_code": "US"} | OUR_LAKE | changed]
    monkeypatch.setitem(vars(sandbox.backend.registry)["_records"], npi, RECORD | {"addresses": there})
    walk = sandbox.start(npi)
    on_file = walk.to(Step.PRACTICE).view["on_file"]
    assert (on_file["street"], on_file["city"], on_file["phone"], on_file["fax"]) == ("400 Lake St", city, phone, fax)
    missing = {
        name: value for name, value in {"city": "Springfield", "phone": "217-555-0134"}.items() if not on_file[name]
    }
    walk.submit(Step.PRACTICE, practice_name="Lakeside", **on_file | missing)
    assert walk.view["step"] == Step.IDME_LAUNCH


# --- reading NPPES ---


def test_the_practice_location_and_the_primary_taxonomy_are_read() -> None:
    provider = read()
    assert (provider.street, provider.suite, provider.city, provider.state) == (
        "400 Lake St",
        "Ste 2",
        "Springfield",
        "IL",
    )
    assert (provider.zip_code, provider.phone, provider.fax) == ("62701-1234", "217-555-0134", "")
    assert (provider.taxonomy_code, provider.specialty) == ("207Q00000X", "Family Medicine Physician")
    assert provider.licenses == (
        License("A1", "IL", "Family Medicine Physician"),
        License("B2", "WI", "Diagnostic Radiology Physician"),
    )
    assert provider.primary_licenses == provider.licenses[:1]


@pytest.mark.parametrize(
    ("postal_code", "zip_code"),
    [
        ("627011234", "62701-1234"),
        ("62701-1234", "62701-1234"),
        ("62701", "62701"),
        ("627010000", "62701"),
        (21394021, "02139-4021"),
        (2139, "02139"),
        ("901", "00901"),
        ("--", ""),
        (None, ""),
        ("N9A 1A1", "N9A 1A1"),
    ],
)
def test_zip_codes(postal_code: object, zip_code: str) -> None:
    assert at_location(postal_code=postal_code).zip_code == zip_code


def test_foreign_postal_codes_stay_as_they_are() -> None:
    assert at_location(postal_code="1010", country_code="AT").zip_code == "1010"


@pytest.mark.parametrize(
    ("number", "phone"),
    [
        ("217-555-0134", "217-555-0134"),
        ("(217) 555-0134", "217-555-0134"),
        ("2175550134", "217-555-0134"),
        (2175550134, "217-555-0134"),
        ("+1 217 555 0134", "217-555-0134"),
        ("555-0134", "555-0134"),
        ("--", ""),
    ],
)
def test_telephone_numbers(number: object, phone: str) -> None:
    assert at_location(telephone_number=number).phone == at_location(fax_number=number).fax == phone


@pytest.mark.parametrize(
    ("basic", "active"),
    [
        ({"status": "A"}, True),
        ({"status": "D"}, False),
        ({"status": "Active"}, True),
        ({"status": "deactivated", "last_name": "Made-Up"}, False),
        ({}, False),
        (None, False),
        ([], False),
        ({"status": "--"}, False),
        ({"first_name": "--", "last_name": "", "sex": "F"}, False),
        ({"last_name": "Made-Up"}, True),
        ({"status": "--", "organization_name": "Made-Up Clinic"}, True),
        ({"last_name": "Made-Up", "deactivation_date": "2021-03-09"}, False),
        ({"deactivation_date": "2021-03-09"}, False),
        ({"deactivation_date": "2021-03-09", "reactivation_date": "2021-04-01"}, True),
    ],
)
def test_status(basic: object, active: bool) -> None:
    assert read(basic=basic).active is active


@pytest.mark.parametrize("primary", [True, "true", "Y", 1])
def test_however_the_primary_taxonomy_is_marked(primary: object) -> None:
    taxonomies = [{"code": "207R00000X", "primary": False}, {"code": "207Q00000X", "primary": primary}]
    assert read(taxonomies=taxonomies).taxonomy_code == "207Q00000X"


def test_the_first_taxonomy_counts_where_none_is_primary() -> None:
    assert read(taxonomies=[{"code": "207R00000X"}, {"code": "207Q00000X"}]).taxonomy_code == "207R00000X"


def test_a_taxonomy_unknown_here_keeps_the_registrys_words() -> None:
    assert read(taxonomies=[{"code": "999X00000X", "desc": "Something New"}]).specialty == "Something New"


def test_a_second_taxonomy_is_enough_to_prescribe() -> None:
    provider = read(taxonomies=[{"code": "163W00000X", "primary": True}, {"code": "363LF0000X"}])
    assert provider.prescriber


def test_no_organisation_prescribes() -> None:
    assert not read(enumeration_type="NPI-2").prescriber


@pytest.mark.parametrize(
    ("taxonomies", "code", "licensed"),
    [
        ([("163W00000X", True, "RN1"), ("363LF0000X", False, "NP2")], "363LF0000X", ["NP2", "RN1"]),
        ([("390200000X", False, "T1"), ("163W00000X", True, "RN1"), ("363LF0000X", False, "")], "363LF0000X", []),
        ([("183500000X", True, "P1"), ("1835P0018X", False, "PC2")], "1835P0018X", ["PC2", "P1"]),
        ([("103TC0700X", True, "P1"), ("207Q00000X", False, "A2"), ("207R00000X", True, "A3")], "207R00000X", ["A3"]),
        ([("133V00000X", False, "D1"), ("163W00000X", True, "RN2")], "163W00000X", ["RN2", "D1"]),
    ],
)
def test_the_taxonomy_that_prescribes_comes_first(
    taxonomies: list[tuple[str, bool, str]], code: str, licensed: list[str]
) -> None:
    entries = [{"code": key, "primary": primary, "license": number} for key, primary, number in taxonomies]
    provider = read(taxonomies=entries)
    assert provider.taxonomy_code == code
    assert [known.number for known in provider.licenses][: len(licensed)] == licensed


NO_NUMBERS: list[object] = [
    "--",
    "",
    None,
    [],
    "NONE",
    "None",
    "N/A",
    "n/a",
    "NA",
    "0",
    "000000",
    "PENDING",
    "Pending 2024",
    "99999",
]
NO_NUMBERS += ["Unknown", "-", "XXXX", "TBD", "Not applicable", "applied 07/01/2024", "N/A 1", {}, "."]


@pytest.mark.parametrize("license_", NO_NUMBERS)
def test_what_stands_in_for_a_licence_is_none(license_: object) -> None:
    assert read(taxonomies=[{"code": "207Q00000X", "license": license_, "state": "--"}]).licenses == ()


@pytest.mark.parametrize("license_", ["1", 4711, "SB010220", "NA1234", "MD.12345", "8888", "000001", "T 5"])
def test_a_short_or_odd_licence_number_is_one(license_: object) -> None:
    given = [known.number for known in read(taxonomies=[{"code": "207Q00000X", "license": license_}]).licenses]
    assert given == [str(license_)]


def test_a_licence_listed_twice_is_one() -> None:
    entry = {"code": "207Q00000X", "license": 4711, "state": "il"}
    assert read(taxonomies=[entry, entry]).licenses == (License("4711", "IL", "Family Medicine Physician"),)


def test_dashes_are_nothing() -> None:
    provider = read(basic={"first_name": "Ada", "middle_name": "--", "last_name": "Made-Up", "credential": "--"})
    assert (provider.middle_name, provider.credential, provider.name) == ("", "", "Ada Made-Up")


def test_control_characters_do_not_come_through() -> None:
    provider = read(basic={"first_name": "A\x1b[31mda\u202e", "last_name": " Made\tUp\n"})
    assert provider.name == "A[31mda Made Up"


@pytest.mark.parametrize("record", [{}, {"number": 1000000012, "basic": None, "addresses": "--", "taxonomies": [None]}])
def test_a_nearly_empty_record_is_read(record: Mapping[str, object]) -> None:
    provider = read_result({"result_count": 1, "results": [record]})
    assert provider is not None
    assert provider.npi == str(record.get("number", ""))
    assert (provider.name, provider.street, provider.specialty, provider.licenses) == ("", "", "", ())
    assert not provider.prescriber


def test_the_registrys_errors_are_raised_in_its_own_words() -> None:
    answer = {"Errors": [{"description": "NPI must be 10 digits", "field": "number"}, {"description": "Field x"}]}
    with pytest.raises(RegistryError, match=r"^NPI must be 10 digits; Field x$"):
        read_result(answer)


@pytest.mark.parametrize("answer", [{}, {"results": None}, {"results": {}}, {"Errors": []}, {"result_count": 0}])
def test_what_is_no_answer_is_an_error(answer: Mapping[str, object]) -> None:
    with pytest.raises(RegistryError, match="neither results nor errors"):
        read_result(answer)
