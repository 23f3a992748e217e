"""Nothing that a server sends or a person types reaches the terminal as anything but text."""

import random
import sys
import unicodedata
from collections.abc import Callable
from datetime import date

import pytest

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.address import judge_address
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.city import check_city
from iprescribe_tui.journey.checks.code import check_one_time_code, check_recovery_code
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.name import check_name
from iprescribe_tui.journey.checks.npi import check_npi
from iprescribe_tui.journey.checks.password import PasswordPolicy, check_password
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.checks.ssn import check_ssn
from iprescribe_tui.journey.checks.state import check_state
from iprescribe_tui.journey.checks.text import HIDDEN, check_line, plain, quoted, uncrowded
from iprescribe_tui.journey.checks.username import check_username
from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.forms import (
    CredentialsForm,
    IdmeSignInForm,
    IdmeSignUpForm,
    MfaCodeForm,
    SignInForm,
    SsnForm,
)
from tests.journey.conftest import Corpus

CHECKS: dict[str, Callable[[str], object]] = {
    "birth_date": lambda value: check_birth_date(value, date(2026, 1, 1)),
    "city": check_city,
    "email": check_email,
    "line": check_line,
    "name": check_name,
    "npi": check_npi,
    "one_time_code": check_one_time_code,
    "password": lambda value: check_password(value, PasswordPolicy(min_length=4), username=value, email=value),
    "phone": check_us_phone,
    "recovery_code": check_recovery_code,
    "ssn": check_ssn,
    "state": check_state,
    "username": check_username,
    "zip": check_zip,
    "zip_in_state": lambda value: check_zip_in_state(value, value),
}


def message_of(check: Callable[[str], object], value: str) -> str:
    try:
        check(value)
    except CheckFailed as failed:
        return failed.message
    return ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Lakeside", "Lakeside"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\x00b\x07c\x7f", r"a\x00b\x07c\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("tab\tnew\nline", r"tab\x09new\x0aline"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half \ud83d pair", r"half \ud83d pair"),
        ("two\u2028lines", r"two\u2028lines"),
        ("filler\u3164", r"filler\u3164"),
        ("José Ñuñez 東京 😀 [/] [bold]", "José Ñuñez 東京 😀 [/] [bold]"),
        ("no-break\u00a0space", "no-break\u00a0space"),
    ],
)
def test_what_hides_or_steers_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert plain(shown) == shown


def test_line_breaks_are_kept_where_they_are_wanted() -> None:
    assert plain("one\r\ntwo\rthree\n\x1bfour", multiline=True) == "one\ntwo\nthree\n\\x1bfour"
    assert plain("one\ntwo") == r"one\x0atwo"


def test_every_character_that_unicode_calls_control_format_or_surrogate_is_escaped() -> None:
    hiding = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    characters = map(chr, range(sys.maxunicode + 1))
    left = [c for c in characters if unicodedata.category(c) in hiding and plain(c) == c]
    assert left == []


def test_letters_digits_signs_and_spaces_stay_as_they_are() -> None:
    kept = {"Lu", "Ll", "Lt", "Nd", "Sc", "Sm", "Pd", "Ps", "Pe", "Zs"}
    characters = map(chr, range(sys.maxunicode + 1))
    assert [c for c in characters if unicodedata.category(c) in kept and plain(c) != c] == []


CROWDS = {
    "acute": "\u0301",
    "enclosing": "\u20dd",
    "several": "\u0301\u0334\u0489\u20d0",
    "above U+FFFF": "\U0001e8d0",
    "vowel signs": "\u093f",
    "jamo": "\u1161\u11a8",
    "with joiners": "\u0301\u200d",
}


def marks_on_one(text: str) -> int:
    """The most marks that stand on one character."""
    most = count = 0
    for character in text:
        is_mark = unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
        count = count + 1 if is_mark else count if character == "\u200d" else 0
        most = max(most, count)
    return most


@pytest.mark.parametrize("marks", CROWDS.values(), ids=CROWDS)
@pytest.mark.parametrize("base", ["", "a", "\u0915", " ", "e\u0301"])
def test_a_letter_keeps_a_few_marks_and_the_rest_is_left_out(base: str, marks: str) -> None:
    crowd = f"Ann {base}{marks * 3600} Lee"
    for shown in (plain(crowd), plain(crowd, multiline=True), uncrowded(crowd), quoted(crowd)):
        assert marks_on_one(shown) <= 4
        assert shown.strip('"').startswith("Ann ")
    assert uncrowded(crowd).endswith(" Lee")
    assert plain(plain(crowd)) == plain(crowd)


@pytest.mark.parametrize("check", [check_name, check_line])
def test_a_crowd_of_marks_is_left_out_of_what_is_typed(check: Callable[[str], str]) -> None:
    assert check("Zoe" + "\u0335" * 3600 + " Lee") == "Zoe" + "\u0335" * 4 + " Lee"
    assert marks_on_one(check("\u0915" + "\u093f" * 90 + "\u0924\u0940")) <= 4


@pytest.mark.parametrize(
    "text",
    [
        "Nguy\u1ec5n Th\u1ecb",
        "Nguye\u0302\u0303n",
        "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
        "\u0938\u094d\u0924\u094d\u0930\u0940",
        "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48",
        "\u1112\u1161\u11ab\u1100\u1173\u11af",
        "Z\u0351\u036b\u0343\u034ba",
    ],
)
def test_marks_that_a_script_needs_stay(text: str) -> None:
    assert plain(text) == uncrowded(text) == text


def test_a_quotation_is_short_and_plain() -> None:
    assert quoted(" x\x1b ") == '"x\\x1b"'
    assert quoted("y" * 100) == f'"{"y" * 39}…"'


def test_a_line_comes_back_stripped_and_composed() -> None:
    assert check_line("  Lakeside Fami\u0301ly  ") == "Lakeside Famíly"
    assert check_line("x" * 100) == "x" * 100


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("", "empty", "Fill this in"),
        (" \t ", "empty", "Fill this in"),
        ("two\nlines", "hidden_character", r"two\x0alines"),
        ("a\u200bb", "hidden_character", r"a\u200bb"),
        ("x" * 101, "too_long", "at most 100"),
    ],
)
def test_a_line_that_is_none_is_refused_with_its_cause(value: str, code: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_line(value)
    assert failed.value.code == code
    assert words in failed.value.message


@pytest.mark.parametrize("name", CHECKS)
def test_whatever_a_check_refuses_it_says_so_in_plain_words(name: str) -> None:
    dice = random.Random(7)
    ranges = [(0, 0x80), (0, 0x250), (0x2000, 0x2100), (0xD800, 0xE000), (0xFE00, 0x10000), (0, sys.maxunicode + 1)]
    for _ in range(1500):
        value = "".join(chr(dice.randrange(*dice.choice(ranges))) for _ in range(dice.randrange(24)))
        assert not HIDDEN.search(message_of(CHECKS[name], value)), ascii(value)


@pytest.mark.parametrize("name", CHECKS)
def test_a_very_long_value_is_refused_and_not_repeated(name: str) -> None:
    for value in ("9" * 20_000, "a" * 20_000, "a@" * 10_000, "+1 " * 7_000, "\u0301" * 20_000):
        assert len(message_of(CHECKS[name], value)) < 300


def test_hostile_strings(corpus: Corpus) -> None:
    for row in corpus("hostile"):
        value = row["value"]
        assert not HIDDEN.search(plain(value))
        assert not HIDDEN.search(plain(value, multiline=True).replace("\n", ""))
        assert not HIDDEN.search(judge_address(value, value).message)
        for check in CHECKS.values():
            assert not HIDDEN.search(message_of(check, value))


@pytest.mark.parametrize("form", [SignInForm, CredentialsForm, IdmeSignInForm, IdmeSignUpForm, SsnForm, MfaCodeForm])
@pytest.mark.parametrize("code", [0xD800, 0xDCFF, 0xDFFF, 0xFFFD])
def test_a_secret_that_could_not_be_read_is_refused(form: type[StepForm], code: int) -> None:
    """As bytes of the environment that are no UTF-8 come; such a text cannot be sent."""
    secrets = [name for name, asked in form.asked().items() if asked.secret and name != "password_again"]
    assert secrets
    for typed in (chr(code), f"violet {chr(code)} lantern"):
        with pytest.raises(FormRejected) as caught:
            form.check(dict.fromkeys(secrets, typed))
        assert [name for name in secrets if "couldn't be read" not in caught.value.errors.get(name, "")] == []
        assert "violet" not in "".join(caught.value.errors.values())
