"""Names, usernames, dates of birth and passwords: real people get in, and learn what to mend when they do not."""

from datetime import date

import pytest

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.name import check_name
from iprescribe_tui.journey.checks.password import PasswordPolicy, PasswordRule, check_password, password_rules
from iprescribe_tui.journey.checks.username import check_username
from tests.journey.conftest import Corpus

TODAY = date(2026, 3, 1)
PLAIN = PasswordPolicy()
OLD_STYLE = PasswordPolicy(min_length=8, max_length=16, require_upper=True, require_lower=True, require_digit=True)


@pytest.mark.parametrize(
    "name",
    [
        "Dana",
        "O",
        "Ng",
        "O'Neil",
        "O’Neil",
        "Smith-Jones",
        "D'Arcy-O'Neil",
        "de la Vega",
        "van 't Hoff",
        "Dr. Dana Q. Doe, Jr.",
        "Doe III",
        "Doe (born Roe)",
        'Dana "Dee" Doe',
        "José",
        "Nguyễn Thị Minh Khai",
        "Þórður",
        "Łukasz Żółć",
        "Владимир",
        "Παπαδόπουλος",
        "محمد",
        "שָׁלוֹם",
        "प्रिया",
        "ශ්\u200dරී",
        "می\u200cنا",
        "李小龍",
        "山田 太郎",
        "葛\U000e0100城",
        "김민준",
        "Ꮳ",
        "ʻAʻala",
        "!Xóõ",
        "M'Baye N.",
        "John 3rd",
        "X Æ A-12",
        "A" * 120,
    ],
)
def test_any_real_name_is_accepted_as_it_is(name: str) -> None:
    assert check_name(name) == name


def test_a_name_is_composed_and_its_spaces_folded() -> None:
    assert check_name("  Jose\u0301 \t de  la\u00a0Vega ") == "José de la Vega"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("-", "name_letters"),
        ("12345", "name_letters"),
        ("...", "name_letters"),
        ("Dana🌈", "name_pictograph"),
        ("Dana ☆", "name_pictograph"),
        ("<b>Dana</b>", "name_markup"),
        ("[bold]Dana", "name_markup"),
        ("{{name}}", "name_markup"),
        ("https://example.com", "name_markup"),
        ("www.example.com", "name_markup"),
        ("dana@example.com", "name_markup"),
        ("Da\x1bna", "hidden_character"),
        ("Da\u200bna", "hidden_character"),
        ("Da\u200dna", "hidden_character"),
        ("\u202eanaD", "hidden_character"),
        ("Dana\ud800", "hidden_character"),
        ("D" * 201, "too_long"),
    ],
)
def test_what_is_no_name_is_refused_with_its_cause(value: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_name(value)
    assert failed.value.code == code


def test_real_names(corpus: Corpus) -> None:
    wrong = []
    for row in corpus("name"):
        try:
            check_name(row["value"])
            taken = True
        except CheckFailed:
            taken = False
        if row["ok"] not in (None, taken):
            wrong.append(row)
    assert wrong == []


@pytest.mark.parametrize("username", ["ddoe", "d.doe", "d_doe-2", "dana@example.com", "123", "D" * 64])
def test_a_username_is_taken_as_typed(username: str) -> None:
    assert check_username(f" {username} ") == username


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("", "empty", "Fill this in"),
        ("dd", "username_short", "at least 3"),
        ("d" * 65, "username_long", "at most 64"),
        ("d doe", "username_characters", "has no spaces"),
        ("döe", "username_characters", 'contains "ö"'),
        ("ddoe!", "username_characters", 'contains "!"'),
        ("d\x1bdoe", "username_characters", r'contains "\x1b"'),
        ("ｄｄｏｅ", "username_characters", 'contains "ｄ"'),
        (".doe", "username_edge", "start and end"),
        ("doe-", "username_edge", "start and end"),
    ],
)
def test_a_username_that_will_not_do_is_refused_with_its_cause(value: str, code: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_username(value)
    assert failed.value.code == code
    assert words in failed.value.message


@pytest.mark.parametrize(
    "typed",
    [
        "04/30/1975",
        "4/30/1975",
        "04-30-1975",
        "4.30.1975",
        "04 / 30 / 1975",
        "04 /30/ 1975",
        "1975-04-30",
        "1975-4-30",
        " 04/30/1975 ",
        "04301975",
        "19750430",
        "04 30 1975",
        "04−30−1975",
        "04\u204430\u20441975",
        "０４／３０／１９７５",
        "０４３０１９７５",
    ],
)
def test_a_date_of_birth_comes_back_in_one_form(typed: str) -> None:
    assert check_birth_date(typed, TODAY) == "1975-04-30"


@pytest.mark.parametrize("typed", ["03/01/2008", "03/01/1906", "03/02/1905", "02/29/2004"])
def test_ages_from_18_to_120_are_taken_to_the_day(typed: str) -> None:
    assert check_birth_date(typed, TODAY)


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("", "empty", "04/30/1975"),
        ("soon", "birth_date_shape", "not a date that can be read"),
        ("04/30/75", "birth_date_shape", "not a date that can be read"),
        ("04/30-1975", "birth_date_shape", "not a date that can be read"),
        ("043075", "birth_date_shape", "not a date that can be read"),
        ("4301975", "birth_date_shape", "not a date that can be read"),
        ("30041975", "birth_date_calendar", "month comes first"),
        ("02301975", "birth_date_calendar", "not in the calendar"),
        ("20260302", "birth_date_future", "in the future"),
        ("30/04/1975", "birth_date_calendar", "month comes first"),
        ("02/30/1975", "birth_date_calendar", "not in the calendar"),
        ("02/29/1975", "birth_date_calendar", "not in the calendar"),
        ("13/32/1975", "birth_date_calendar", "Check the month"),
        ("00/10/1975", "birth_date_calendar", "not in the calendar"),
        ("01/01/0000", "birth_date_calendar", "not in the calendar"),
        ("03/02/2026", "birth_date_future", "in the future"),
        ("03/02/2008", "birth_date_young", "you would be 17"),
        ("03/01/1905", "birth_date_old", "you would be 121"),
    ],
)
def test_a_date_of_birth_that_cannot_be_is_refused_with_its_cause(typed: str, code: str, words: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_birth_date(typed, TODAY)
    assert failed.value.code == code
    assert words in failed.value.message


@pytest.mark.parametrize(
    ("typed", "hashed"),
    [
        ("correct horse battery", "correct horse battery"),
        (" spaces at both ends ", " spaces at both ends "),
        ("пароль из пяти слов", "пароль из пяти слов"),
        ("🐎🔋📎" * 5, "🐎🔋📎" * 5),
        ("pass\tword with tab", "pass\tword with tab"),
        ("cafe\u0301 au lait noir", "café au lait noir"),
        ("ｃｏｒｒｅｃｔ horse battery", "correct horse battery"),
    ],
)
def test_every_character_counts_and_typing_it_another_way_gives_the_same_password(typed: str, hashed: str) -> None:
    assert check_password(typed, PLAIN) == hashed


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "empty"),
        ("fourteen chars", "password_short"),
        ("e\u0301" * 14, "password_short"),
        ("ﷺ", "password_short"),
        ("x" * 129, "password_long"),
        ("lone \ud800 surrogate here", "password_characters"),
    ],
)
def test_length_is_counted_in_characters_as_people_see_them(password: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_password(password, PLAIN)
    assert failed.value.code == code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Shortx1", "password_short"),
        ("LongerThan16Chars", "password_long"),
        ("nocapital1", "password_upper"),
        ("NOSMALL123", "password_lower"),
        ("NoDigitHere", "password_digit"),
    ],
)
def test_a_stricter_policy_is_followed_rule_by_rule(password: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        check_password(password, OLD_STYLE)
    assert failed.value.code == code
    assert check_password("Good4Enough", OLD_STYLE) == "Good4Enough"


def test_a_symbol_can_be_asked_for() -> None:
    policy = PasswordPolicy(min_length=4, require_symbol=True)
    assert check_password("four!", policy) == "four!"
    with pytest.raises(CheckFailed, match="symbol"):
        check_password("four 4", policy)


@pytest.mark.parametrize(
    "password",
    [
        "my name is ddoe75 yes",
        "MY NAME IS DDOE75 YES",
        "dana.doe is who i am",
        "mail dana.doe@example.com",
        "i love iPrescribe a lot",
        "ｄｄｏｅ７５ in wide letters",
    ],
)
def test_a_password_with_what_others_know_is_refused(password: str) -> None:
    policy = PasswordPolicy(forbidden_words=("iprescribe", "ID"))
    with pytest.raises(CheckFailed) as failed:
        check_password(password, policy, username="DDoe75", email="Dana.Doe@example.com")
    assert failed.value.code == "password_personal"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("Short1!", "This password is too short. Use at least 8 characters."),
        ("LongerThan16Chars", "This password is too long. Use at most 16 characters."),
        ("no capital 1!", "This password has no capital letter. Add one."),
        ("NO SMALL 1!", "This password has no lowercase letter. Add one."),
        ("No digit here!", "This password has no digit. Add one."),
        ("No symbol here 1", "This password has no symbol. Add one, such as ! or #."),
        ("My DDoe75 yes!", "This password contains your username, your e-mail or the service's name."),
        ("Passw0rd!", "This password is a common one, which others try first. Choose another."),
    ],
)
def test_what_a_password_is_refused_with_says_what_to_do(password: str, says: str) -> None:
    policy = OLD_STYLE.model_copy(update={"require_symbol": True, "blocklist": frozenset({"passw0rd!"})})
    with pytest.raises(CheckFailed) as failed:
        check_password(password, policy, username="ddoe75")
    assert failed.value.message.startswith(says)


def test_names_too_short_to_mean_anything_are_not_looked_for() -> None:
    assert check_password("an albatross in the sky", PLAIN, username="al", email="sky@example.com")
    with pytest.raises(CheckFailed, match="username"):
        check_password("an albatross in the skye", PLAIN, username="skye", email="")


@pytest.mark.parametrize(
    "password", ["Password1234567", "PASSWORD1234567", "ｐａｓｓｗｏｒｄ1234567", " password1234567 "]
)
def test_a_common_password_is_refused_however_it_is_written(password: str) -> None:
    policy = PasswordPolicy(blocklist=frozenset({"passWORD1234567"}))
    with pytest.raises(CheckFailed) as failed:
        check_password(password, policy)
    assert failed.value.code == "password_common"


def test_the_checklist_is_followed_while_typing() -> None:
    states = [
        [rule.ok for rule in password_rules(OLD_STYLE, typed)] for typed in ("", "g", "gO", "gO4", "gO4EightMore")
    ]
    assert states == [
        [False, True, False, False, False, False, False],
        [False, True, False, True, False, True, True],
        [False, True, True, True, False, True, True],
        [False, True, True, True, True, True, True],
        [True, True, True, True, True, True, True],
    ]
    assert password_rules(PLAIN, "")[0] == PasswordRule("password_short", "At least 15 characters", ok=False)


def test_a_roomy_limit_is_told_only_when_it_is_passed() -> None:
    assert [rule.code for rule in password_rules(PLAIN, "x" * 20)] == [
        "password_short",
        "password_personal",
        "password_common",
    ]
    assert "At most 128 characters" not in [rule.text for rule in password_rules(PLAIN, "x" * 128)]
    assert "At most 128 characters" in [rule.text for rule in password_rules(PLAIN, "x" * 129)]


def test_no_rule_and_no_message_holds_the_password() -> None:
    for password in ("hunter2", "Zx9#Zx9#Zx9#Zx9#!", "ddoe75-ddoe75-ddoe75"):
        rules = password_rules(OLD_STYLE, password, username="ddoe75")
        with pytest.raises(CheckFailed) as failed:
            check_password(password, OLD_STYLE, username="ddoe75")
        assert not any(password in text for text in (repr(rules), failed.value.message))


def test_a_policy_travels_as_json_and_reads_the_same_each_time() -> None:
    policy = PasswordPolicy(blocklist=frozenset({"Zebra", "apple", "MANGO"}), forbidden_words=("iPrescribe",))
    assert '"blocklist":["apple","mango","zebra"]' in policy.model_dump_json()
    assert PasswordPolicy.model_validate_json(policy.model_dump_json()) == policy


def test_common_passwords_of_the_collection(corpus: Corpus) -> None:
    for row in corpus("password"):
        with pytest.raises(CheckFailed):
            check_password(row["value"], PasswordPolicy(min_length=8))
