"""NPI, Social Security number and codes: what is taken, what is refused, and that secrets stay out of messages."""

import random
import re
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.code import check_one_time_code, check_recovery_code
from iprescribe_tui.journey.checks.npi import check_npi
from iprescribe_tui.journey.checks.ssn import check_ssn, check_without_ssn
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import LicenseReviewForm, PracticeForm, SupportRequestForm
from tests.journey.conftest import Corpus

Check = Callable[[str], str]


@pytest.mark.parametrize(
    ("typed", "npi"),
    [
        ("1234567893", "1234567893"),
        ("2123456784", "2123456784"),
        ("  1234567893 ", "1234567893"),
        ("123-456-7893", "1234567893"),
        ("123 456 7893", "1234567893"),
        ("123–456–7893", "1234567893"),
        ("１２３４５６７８９３", "1234567893"),
        ("123−456 − 7893", "1234567893"),
        ("\u202a1234567893\u202c", "1234567893"),
    ],
)
def test_an_npi_comes_back_as_ten_digits(typed: str, npi: str) -> None:
    assert check_npi(typed) == npi


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", "empty", "10 digits"),
        ("123456789", "npi_length", "has 9 digits"),
        ("12345678934", "npi_length", "has 11 digits"),
        ("1", "npi_length", "has 1 digit."),
        ("808401234567893", "npi_length", "Leave out the 80840"),
        ("l234567893", "npi_digits", 'contains "l"'),
        ("123456789O", "npi_digits", "did you mean 0?"),
        ("NPI12345", "npi_digits", "is not an NPI"),
        ("١٢٣٤٥٦٧٨٩٣", "npi_digits", "is not an NPI"),
        ("0123456789", "npi_first_digit", "starts with 0"),
        ("3234567891", "npi_first_digit", "starts with 3"),
        ("1234567898", "npi_check_digit", '"1234567898" is not an NPI'),
        ("1243567893", "npi_check_digit", "two are swapped"),
    ],
)
def test_an_npi_that_is_none_is_refused_with_its_cause(typed: str, code: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_npi(typed)
    assert failed.value.code == code
    assert words in failed.value.message


def test_any_one_wrong_digit_is_noticed() -> None:
    for place in range(10):
        for digit in set("0123456789") - {"1234567893"[place]}:
            with pytest.raises(CheckFailed):
                check_npi("1234567893"[:place] + digit + "1234567893"[place + 1 :])


@pytest.mark.parametrize(
    "typed",
    [
        "123456789",
        "123-45-6789",
        "123 45 6789",
        " 123-45-6789 ",
        "123–45–6789",
        "123\u00a045\u00a06789",
        "\u00a0123-45-6789\u00a0",
        "123\u202f45\u20096789",
        "123\u221245\u22126789",
        "123.45.6789",
        "123 - 45 - 6789",
        "123 – 45-6789",
        "１２３－４５－６７８９",
        "\u200b123-45-6789\u202c",
    ],
)
def test_a_social_security_number_comes_back_as_nine_digits(typed: str) -> None:
    assert check_ssn(typed) == "123456789"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("12345678", "ssn_shape"),
        ("1234567890", "ssn_shape"),
        ("1234-56-789", "ssn_shape"),
        ("123-45 6789", "ssn_shape"),
        ("123456-789", "ssn_shape"),
        ("12345678a", "ssn_shape"),
        ("١٢٣٤٥٦٧٨٩", "ssn_shape"),
        ("123.45-6789", "ssn_shape"),
        ("12\x1b3456789", "ssn_shape"),
        ("000-12-3456", "ssn_area"),
        ("666-12-3456", "ssn_area"),
        ("901-12-3456", "ssn_area"),
        ("987-65-4321", "ssn_area"),
        ("123-00-4567", "ssn_group"),
        ("123-45-0000", "ssn_serial"),
        ("078-05-1120", "ssn_void"),
        ("219-09-9999", "ssn_void"),
        ("457 55 5462", "ssn_void"),
    ],
)
def test_a_number_that_is_never_issued_is_refused_without_being_repeated(typed: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_ssn(typed)
    assert failed.value.code == code
    assert not re.search("[0-9]", failed.value.message)


@pytest.mark.parametrize(
    "typed",
    [
        "012345",
        "012 345",
        "012-345",
        " 0 1 2 3 4 5 ",
        "012–345",
        "０１２３４５",
        "０１２　３４５",
        "012\u00a0345",
        "012\u2212345",
        "G-012345",
        "g - 012 345",
        "FB-012345",
        "Code: 012345.",
        "<#> 012-345 is your code. It expires in 10 minutes.",
        "\u2068012345\u2069",
    ],
)
def test_a_one_time_code_comes_back_as_six_digits(typed: str) -> None:
    assert check_one_time_code(typed) == "012345"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("--", "empty"),
        ("57913", "code_length"),
        ("5791357", "code_length"),
        ("57913x", "code_digits"),
        ("G-57913", "code_digits"),
        ("G579135", "code_digits"),
        ("12a456", "code_digits"),
        ("579135 or 246802", "code_digits"),
        ("Call 217-555-0134", "code_digits"),
        ("٥٧٩١٣٥", "code_digits"),
    ],
)
def test_a_one_time_code_that_is_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_one_time_code(typed)
    assert failed.value.code == code
    assert not typed or typed not in failed.value.message


@pytest.mark.parametrize(
    "typed",
    [
        "0123-4567-89AB-CDEF",
        "0123456789abcdef",
        "o123-4567-89ab-cdef",
        "OI23 4567 89AB CDEF",
        "oL23-4567–89ABCDEF",
        "０１２３−4567\u00a089ab cdef",
    ],
)
def test_a_recovery_code_is_read_as_crockford_meant_it(typed: str) -> None:
    assert check_recovery_code(typed) == "0123-4567-89AB-CDEF"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("0123-4567-89AB-CDE", "recovery_code_length"),
        ("0123-4567-89AB-CDEF-0", "recovery_code_length"),
        ("0123-4567-89AB-CDEU", "recovery_code_characters"),
        ("0123-4567-89AB-CDE!", "recovery_code_characters"),
        ("0123-4567-89AB-CDEſ", "recovery_code_characters"),
        ("0123-4567-89AB-CDEı", "recovery_code_characters"),
    ],
)
def test_a_recovery_code_that_is_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_recovery_code(typed)
    assert failed.value.code == code
    assert not typed or typed not in failed.value.message


def refusal(check: Check, value: str) -> str | None:
    try:
        check(value)
    except CheckFailed as failed:
        return failed.message
    return None


@pytest.mark.parametrize("check", [check_ssn, check_one_time_code, check_recovery_code])
def test_no_message_holds_three_characters_of_a_secret(check: Check) -> None:
    dice = random.Random(3)
    for _ in range(2000):
        secret = "".join(dice.choices("0123456789-ZQX#%", k=dice.randrange(3, 20)))
        message = refusal(check, secret) or ""
        assert not any(secret[start : start + 3] in message for start in range(len(secret) - 2))


@pytest.mark.parametrize(("name", "check"), [("npi", check_npi), ("ssn", check_ssn)])
def test_real_numbers(corpus: Corpus, name: str, check: Check) -> None:
    wrong = [row for row in corpus(name) if row["ok"] not in (None, refusal(check, row.get("value") or "") is None)]
    assert wrong == []


@pytest.mark.parametrize("typed", ["219-09-1234", "My SSN is 219 09 1234.", "SSN:219.09.1234", "２１９–０９–１２３４"])
@pytest.mark.parametrize(
    ("form", "field"),
    [
        *((PracticeForm, field) for field in ("practice_name", "street", "suite")),
        (LicenseReviewForm, "license_number"),
        (SupportRequestForm, "message"),
    ],
)
def test_a_social_security_number_is_taken_in_no_field_of_free_text(
    form: type[StepForm], field: str, typed: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        form.model_validate({field: typed})
    (error,) = (error for error in refused.value.errors() if error["loc"] == (field,))
    assert error["type"] == "holds_ssn"
    assert "219" not in error["msg"]
    assert "1234" not in error["msg"]


@pytest.mark.parametrize("typed", ["036123456", "SB099999", "12 Main St 62701-1234", "312-555-0142", "NPI 1234567893"])
def test_other_numbers_are_free_text(typed: str) -> None:
    assert check_without_ssn(typed) == typed
