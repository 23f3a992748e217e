"""Contact and address values: what is taken, how it comes back, and why one is refused."""

from collections.abc import Callable

import pytest

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.city import check_city
from iprescribe_tui.journey.checks.contact import check_contact
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.checks.state import STATES, check_state
from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state
from tests.journey.conftest import Corpus

Check = Callable[[str], str]


def refusal(check: Check, value: str) -> CheckFailed:
    with pytest.raises(CheckFailed) as failed:
        check(value)
    return failed.value


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("dana@example.com", "dana@example.com"),
        (" dana@example.com ", "dana@example.com"),
        ("Dana.Doe+rx@Mail.Example.ORG", "Dana.Doe+rx@mail.example.org"),
        ("dana@clinic.test", "dana@clinic.test"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("Dana Doe <dana@example.com>", "dana@example.com"),
        ('"Doe, Dana" <dana@example.com>', "dana@example.com"),
        ("<dana@example.com>", "dana@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("dana@bücher.example", "dana@bücher.example"),
        ("ann＠example.com", "ann@example.com"),
        ("ann﹫example.com", "ann@example.com"),
        ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
        ("\u3000ann＠example.com\u3000", "ann@example.com"),
        ("Ann ＜ann＠example.com＞", "ann@example.com"),
        ("\ufb01n@example.com", "fin@example.com"),
        ("\u017fam@example.com", "sam@example.com"),
        ("=?utf-8?q?Ann?= <ann@example.com>", "ann@example.com"),
        ("a=b?c=@example.com", "a=b?c=@example.com"),
    ],
)
def test_an_email_address_comes_back_in_one_form(typed: str, email: str) -> None:
    assert check_email(typed) == email


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", "empty", "Fill this in"),
        ("dana.example.com", "email_at", "This has no @"),
        ("dana@home@example.com", "email_at", "more than one @"),
        ("@example.com", "email_local", "nothing before the @"),
        ("dana@", "email_domain", "nothing after the @"),
        ("dana@example", "email_domain", "no dot after the @"),
        ("dana@example.com.", "email_domain", "dot or a dash"),
        ("dana@-example.com", "email_domain", "dot or a dash"),
        ("dana..doe@example.com", "email_dots", "two dots in a row"),
        ("dana@example..com", "email_dots", "two dots in a row"),
        (".dana@example.com", "email_dots", "dot right before the @ or at its start"),
        ("dana doe@example.com", "email_space", "contains a space"),
        ("dana@clinic.invalid", "email_unreachable", "cannot receive mail"),
        ("dana@printer.local", "email_unreachable", "cannot receive mail"),
        ("dana@localhost", "email_domain", "no dot after the @"),
        ("d" * 65 + "@example.com", "email_long", "too long before the @"),
        ("dana@" + "example." * 60 + "com", "email_long", "too long"),
        ("dana@[192.0.2.1]", "email_syntax", "not an e-mail address"),
        ('"dana"@example.com', "email_syntax", "not an e-mail address"),
        ('"dana@example.org"@example.com', "email_at", "more than one @"),
        ("(to)dana@example.com", "email_syntax", "not an e-mail address"),
        ("dana(to)@example.com", "email_syntax", "not an e-mail address"),
        ("dana@(to)example.com", "email_syntax", "not an e-mail address"),
        ("da\\na@example.com", "email_syntax", "not an e-mail address"),
        ("=?utf-8?q?dana?=@example.com", "email_encoded", "Type it as you read it"),
        ("=?utf-8?b?ZGFuYQ==?=@example.com", "email_encoded", "Type it as you read it"),
        ("=?utf-8?q?dana=40example.org=00?=@example.com", "email_encoded", "Type it as you read it"),
        ("x=?ISO-8859-1*en?Q?dana?=y@example.com", "email_encoded", "Type it as you read it"),
        ("＝？utf-8？q？dana？＝@example.com", "email_encoded", "Type it as you read it"),
        ("=\u2047utf-8?q?dana?=@example.com", "email_encoded", "Type it as you read it"),
        ("dana@=?utf-8?q?example?=.com", "email_encoded", "Type it as you read it"),
        ("dana@exam_ple.com", "email_syntax", "not an e-mail address"),
        ("dana@example.com\n", "hidden_character", "cannot be seen"),
        ("dana\u200b@example.com", "hidden_character", r"dana\u200b@example.com"),
    ],
)
def test_an_email_address_that_is_none_is_refused_with_its_cause(typed: str, code: str, words: str) -> None:
    failed = refusal(check_email, typed)
    assert failed.code == code
    assert words in failed.message


@pytest.mark.parametrize(
    "typed",
    [
        "217-555-0134",
        "(217) 555-0134",
        "217.555.0134",
        "2175550134",
        "217 555 0134",
        "1-217-555-0134",
        "+1 217 555 0134",
        " +12175550134 ",
        "tel:+1-217-555-0134",
        "２１７－５５５－０１３４",
        "\u202a217-555-0134\u202c",
        f"217-{' ' * 48}555-0134",
    ],
)
def test_a_phone_number_comes_back_in_one_form(typed: str) -> None:
    assert check_us_phone(typed) == "217-555-0134"


@pytest.mark.parametrize(
    "typed",
    ["787-555-0134", "939-555-0134", "340-555-0134", "671-555-0134", "684-555-0134", "670-555-0134", "800-555-0134"],
)
def test_territories_and_free_numbers_are_taken(typed: str) -> None:
    assert check_us_phone(typed) == typed


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", "empty", "ten digits"),
        ("none", "phone_shape", "not a phone number"),
        ("911", "phone_length", "ten digits"),
        ("555-0134", "phone_length", "ten digits"),
        ("217-555-01345", "phone_length", "ten digits"),
        ("217-555-0134 x12", "phone_extension", "has an extension"),
        ("217-555-0134 ext. 12", "phone_extension", "has an extension"),
        ("217-555-0134 #12", "phone_extension", "has an extension"),
        ("+44 20 7946 0958", "phone_foreign", "outside the United States"),
        ("+52 55 1234 5678", "phone_foreign", "outside the United States"),
        ("+41 44 668 18 00", "phone_foreign", "outside the United States"),
        ("416-555-0134", "phone_foreign", "outside the United States"),
        ("242-365-1234", "phone_foreign", "outside the United States"),
        ("999-555-0134", "phone_unknown", "not a US phone number in use"),
        ("217-155-0134", "phone_unknown", "not a US phone number in use"),
        (f"217-{' ' * 50}555-0134", "phone_length", "ten digits"),
        (f"217-555-0134{' ' * 50}at night", "phone_length", "ten digits"),
    ],
)
def test_a_phone_number_that_is_none_is_refused_with_its_cause(typed: str, code: str, words: str) -> None:
    failed = refusal(check_us_phone, typed)
    assert failed.code == code
    assert words in failed.message


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        (" Dana Doe <dana@Example.com> ", "dana@example.com"),
        ("ann＠example.com", "ann@example.com"),
        ("(217) 555-0134", "217-555-0134"),
        ("+1 217 555 0134", "217-555-0134"),
    ],
)
def test_how_to_be_reached_is_an_email_address_or_a_phone_number(typed: str, contact: str) -> None:
    assert check_contact(typed) == contact


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", "empty", "an e-mail address or a US phone number"),
        ("x", "contact_shape", '"x" is not an e-mail address or a US phone number. Give one, such as name@example.com'),
        ("at the office", "contact_shape", "not an e-mail address or a US phone number"),
        ("555-0134", "contact_shape", "such as name@example.com or 217-555-0134."),
        ("dana.example.com", "contact_shape", "not an e-mail address or a US phone number"),
        ("dana@example.com or 217-555-0134", "contact_shape", "Give one"),
        ("dana@example", "email_domain", "no dot after the @"),
        ("217-555-0134 x12", "phone_extension", "has an extension"),
        ("+44 20 7946 0958", "phone_foreign", "outside the United States"),
        ("\u202ex", "contact_shape", r'"\u202ex" is not'),
    ],
)
def test_what_nobody_can_be_reached_at_is_refused(typed: str, code: str, words: str) -> None:
    failed = refusal(check_contact, typed)
    assert failed.code == code
    assert words in failed.message


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("IL", "IL"),
        ("il", "IL"),
        (" Il ", "IL"),
        ("Illinois", "IL"),
        ("new  YORK", "NY"),
        ("D.C.", "DC"),
        ("Washington, D.C.".replace(",", ""), "DC"),
        ("Washington", "WA"),
        ("puerto rico", "PR"),
        ("Virgin Islands", "VI"),
        ("U.S. Virgin Islands", "VI"),
        ("guam", "GU"),
        ("ae", "AE"),
        ("Palau", "PW"),
        ("ＩＬ", "IL"),
    ],
)
def test_a_state_comes_back_as_its_code(typed: str, state: str) -> None:
    assert check_state(typed) == state


@pytest.mark.parametrize("typed", ["", "  "])
def test_a_state_must_be_given(typed: str) -> None:
    assert refusal(check_state, typed).code == "empty"


@pytest.mark.parametrize("typed", ["UK", "Ontario", "I", "ILL", "I L L"])
def test_what_is_no_state_is_refused_by_name(typed: str) -> None:
    failed = refusal(check_state, typed)
    assert failed.code == "state_unknown"
    assert f'"{typed}"' in failed.message


def test_there_are_fifty_states_and_the_capital_five_territories_three_military_and_three_associated() -> None:
    assert len(STATES) == 50 + 1 + 5 + 3 + 3


@pytest.mark.parametrize(
    ("typed", "zip_code"),
    [
        ("62701", "62701"),
        (" 62701 ", "62701"),
        ("62701-1234", "62701-1234"),
        ("627011234", "62701-1234"),
        ("62701 1234", "62701-1234"),
        ("62701—1234", "62701-1234"),
        ("62701-0000", "62701"),
        ("00501", "00501"),
        ("00979", "00979"),
        ("99950", "99950"),
        ("６２７０１", "62701"),
        ("62701−1234", "62701-1234"),
        ("62701 - 1234", "62701-1234"),
        ("62701\u200b", "62701"),
    ],
)
def test_a_zip_code_comes_back_in_one_form(typed: str, zip_code: str) -> None:
    assert check_zip(typed) == zip_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("6270", "zip_shape"),
        ("627011", "zip_shape"),
        ("62701-", "zip_shape"),
        ("62701-123", "zip_shape"),
        ("627 01", "zip_shape"),
        ("6270I", "zip_shape"),
        ("K1A 0B1", "zip_shape"),
        ("00000", "zip_unknown"),
        ("00401", "zip_unknown"),
        ("21301", "zip_unknown"),
        ("99951", "zip_unknown"),
    ],
)
def test_what_is_no_zip_code_is_refused(typed: str, code: str) -> None:
    assert refusal(check_zip, typed).code == code


def test_a_zip_code_that_is_not_in_use_is_named_and_it_says_where_to_look() -> None:
    says = "00401 is not a ZIP Code in use. Check it on a letter sent to this address."
    assert refusal(check_zip, "00401").message == says


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [
        ("62701", "IL"),
        ("62701-1234", "IL"),
        ("00501", "NY"),
        ("00601", "PR"),
        ("00801", "VI"),
        ("00901", "PR"),
        ("02134", "MA"),
        ("05501", "MA"),
        ("05601", "VT"),
        ("06390", "NY"),
        ("06510", "CT"),
        ("09009", "AE"),
        ("10001", "NY"),
        ("20001", "DC"),
        ("20101", "VA"),
        ("20500", "DC"),
        ("20814", "MD"),
        ("30301", "GA"),
        ("34001", "AA"),
        ("39813", "GA"),
        ("56901", "DC"),
        ("73301", "TX"),
        ("73949", "TX"),
        ("83414", "WY"),
        ("83401", "ID"),
        ("86515", "AZ"),
        ("88510", "TX"),
        ("96201", "AP"),
        ("96799", "AS"),
        ("96813", "HI"),
        ("96910", "GU"),
        ("96940", "PW"),
        ("96941", "FM"),
        ("96950", "MP"),
        ("96960", "MH"),
        ("99501", "AK"),
    ],
)
def test_a_zip_code_belongs_to_its_state(zip_code: str, state: str) -> None:
    check_zip_in_state(zip_code, state)


@pytest.mark.parametrize(
    ("zip_code", "state", "words"),
    [
        ("62701", "WI", '"62701" is in Illinois, not in Wisconsin'),
        ("06390", "MA", "is in Connecticut or New York, not in Massachusetts"),
        ("96910", "HI", "Guam"),
        ("10001", "NJ", "New York"),
        ("00601", "VI", "Puerto Rico"),
    ],
)
def test_a_zip_code_of_another_state_is_refused_with_both_names(zip_code: str, state: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_zip_in_state(zip_code, state)
    assert failed.value.code == "zip_state"
    assert words in failed.value.message


def test_every_state_has_a_zip_code_and_every_prefix_in_use_a_state() -> None:
    served = set()
    for prefix in range(1000):
        zip_code = f"{prefix:03}01"
        try:
            check_zip(zip_code)
        except CheckFailed:
            continue
        states = [state for state in STATES if _serves(zip_code, state)]
        assert states, zip_code
        served.update(states)
    assert served == set(STATES)


def _serves(zip_code: str, state: str) -> bool:
    try:
        check_zip_in_state(zip_code, state)
    except CheckFailed:
        return False
    return True


def test_real_addresses_have_their_zip_code_in_their_state(corpus: Corpus) -> None:
    wrong = []
    for row in corpus("address"):
        try:
            zip_code, state = check_zip(row.get("zip") or ""), check_state(row.get("state") or "")
        except CheckFailed:
            continue
        if not _serves(zip_code, state):
            wrong.append((row["city"], state, zip_code))
    # Rows whose state or ZIP Code was mistyped by whoever wrote them are few.
    assert len(wrong) <= 5, wrong


@pytest.mark.parametrize(("name", "check"), [("phone", check_us_phone), ("state", check_state), ("zip", check_zip)])
def test_real_values(corpus: Corpus, name: str, check: Check) -> None:
    assert [row for row in corpus(name) if row["ok"] not in (None, _takes(check, row.get("value") or ""))] == []


@pytest.mark.parametrize(
    "city",
    ["Springfield", "29 Palms", "Y", "St. Louis", "O'Fallon", "Cañon City", "Winston-Salem", "Ｏｓａｋａ"],
)
def test_a_city_has_letters(city: str) -> None:
    assert _takes(check_city, f" {city} ")


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("62701", "62701"),
        (" 62701-1234 ", "62701-1234"),
        ("627011234", "627011234"),
        ("62701 1234", "62701 1234"),
        ("６２７０１", "62701"),
        ("62701–1234", "62701-1234"),
        ("Springfield 62701", "62701"),
        ("Springfield, IL 62701", "62701"),
        ("62701 Springfield", "62701"),
    ],
)
def test_a_zip_code_in_place_of_the_city_is_said_to_be_one(typed: str, seen: str) -> None:
    says = f'"{seen}" is a ZIP Code. Enter only the city here, and the ZIP Code in its own field.'
    failed = refusal(check_city, typed)
    assert (failed.code, failed.message) == ("city_zip", says)


@pytest.mark.parametrize("typed", ["123", "217-555-0134", "---", "#5", "٦٢٧٠١", "627", "🏥", "."])
def test_what_has_no_letters_is_no_city(typed: str) -> None:
    failed = refusal(check_city, typed)
    assert failed.code == "city_letters"
    assert failed.message == f'"{typed}" has no letters. Enter the name of the city.'


def test_real_cities(corpus: Corpus) -> None:
    cities = {row["city"] for row in corpus("address") + corpus("address-contested") if row.get("city")}
    assert len(cities) > 1000
    assert [city for city in cities if not _takes(check_city, city)] == []


def test_real_email_addresses(corpus: Corpus) -> None:
    rows = corpus("email")
    # An address with its owner's name stands in the collection as good and as bad; it is taken here.
    named = [row for row in rows if (row.get("value") or "").endswith(">")]
    assert all(_takes(check_email, row["value"]) for row in named)
    others = [row for row in rows if row not in named]
    assert [row for row in others if row["ok"] not in (None, _takes(check_email, row.get("value") or ""))] == []


def _takes(check: Check, value: str) -> bool:
    try:
        check(value)
    except CheckFailed:
        return False
    return True
