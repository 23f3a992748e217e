"""What is typed or sent is checked and read in a time that grows with its length, and at most a few milliseconds."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

import iprescribe_tui
from iprescribe_tui.cli.commands.validate import _answer
from iprescribe_tui.cli.validate.values import judge_of
from iprescribe_tui.client.clock import retry_after
from iprescribe_tui.client.decode import parse
from iprescribe_tui.client.web_address import AddressRefused, check_address, unlinked
from iprescribe_tui.front_ends.automation.answers.template_value import TemplateError, TemplateValue
from iprescribe_tui.front_ends.plain.output import shown
from iprescribe_tui.journey import forms
from iprescribe_tui.journey.aamva.parser import BarcodeFailed, parse_barcode
from iprescribe_tui.journey.checks import CheckFailed, lengths
from iprescribe_tui.journey.checks.address import judge_address, without_po_box
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.city import check_city
from iprescribe_tui.journey.checks.code import check_one_time_code, check_recovery_code
from iprescribe_tui.journey.checks.contact import check_contact
from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.checks.keyboard import half_width, typed_number
from iprescribe_tui.journey.checks.name import check_name
from iprescribe_tui.journey.checks.npi import check_npi
from iprescribe_tui.journey.checks.password import PasswordPolicy, check_password, password_rules
from iprescribe_tui.journey.checks.phone import check_us_phone
from iprescribe_tui.journey.checks.ssn import check_ssn, check_without_ssn, holds_ssn
from iprescribe_tui.journey.checks.state import check_state
from iprescribe_tui.journey.checks.text import check_line, composed, one_line, plain, quoted, uncrowded
from iprescribe_tui.journey.checks.username import check_username
from iprescribe_tui.journey.checks.zip_code import check_zip
from iprescribe_tui.journey.fields import Asked, CheckContext, Control, check_message
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.id_card import judge_barcode
from iprescribe_tui.photos.containers import bare_jpeg, bare_png
from iprescribe_tui.sandbox.api import hosts, requests
from iprescribe_tui.sandbox.domain import evidence
from iprescribe_tui.sandbox.domain.problems import ProblemError
from iprescribe_tui.system.ascii import in_ascii
from iprescribe_tui.system.settings import SettingsError, check_backend
from iprescribe_tui.system.wording import suggestion

MOST = 0.005
"""Seconds that a check may take of whatever its field lets through."""
FLOOR = 0.002
"""Seconds below which nobody asks how they grow."""
SIZES = (1024, 2048, 4096, 8192)

PIECES = (
    *(
        "PO BOX ",
        "P O ",
        "BOX 5 ",
        "PO, 1-",
        "DR ",
        "AND DR ",
        "JANE PO, 12 ",
        "12 MAIN ST ",
        "1 A A ",
        "CALLE A ",
        "PO",
    ),
    *(
        " ",
        "\t",
        "\n",
        "- ",
        " -",
        "-",
        ".",
        ". ",
        "/",
        ",",
        ";",
        "(",
        "[",
        "{",
        '{"a":',
        "<",
        "<a@",
        "@",
        "a@",
        "a.",
        "a@b.",
    ),
    *(
        "0",
        "1 ",
        "1-",
        "123-45-",
        "1e9",
        "9" * 50 + ",",
        "a",
        "A",
        "a ",
        "ab ",
        "x\u0301",
        "e\u0301",
        "\u0301",
        "\u0301\u0316",
    ),
    *(
        "\u200b",
        "\u202e",
        "\ufffd",
        "\u0600",
        "\ufdfa",
        "\uff11",
        "\uff20",
        "\u00df",
        "\u0130",
        "\U0001f4e6",
        "\u0915\u093f",
    ),
    *(
        "\x1b[31m",
        "\x00",
        "\\u0301",
        '"',
        "'",
        "%",
        "%25",
        "xn--",
        "\u3002a",
        "wait=",
        "wait =1 ,",
        "sha-256=:",
        "W/",
        "DL ",
        "DAA\x1b\n",
    ),
    *("DCS,", "DBB\n", "@ANSI ", "\xff", "\xff\x00", "{{", "{env:", "Jan ", "GMT ", "http://", "//", "[::", "a:", ":@"),
)
TAILS = ("", "!", "\x00", "5", "@")


def inputs() -> Iterator[Callable[[int], str]]:
    """Strings of their own worst kind, for each size: one thing over and over, then something else."""
    for piece in PIECES:
        for tail in TAILS:
            yield lambda size, piece=piece, tail=tail: (piece * (size // len(piece) + 1))[: size - len(tail)] + tail  # type: ignore[misc]


def _request(name: str) -> Callable[[str], Request]:
    def made(value: str) -> Request:
        return Request({"type": "http", "headers": [(name.encode(), value.encode("utf-8", "replace"))]})

    return made


def _photo(head: bytes, value: str) -> bytes:
    return head + value.encode("latin-1", "replace")


HEADER = "@\n\x1e\rANSI 636035080001DL00410278"
POLICY = PasswordPolicy(blocklist=frozenset({"common"}), forbidden_words=("iprescribe",))
TODAY = date(2026, 1, 1)
CHECKS: dict[str, Callable[[str], object]] = {
    **{
        check.__name__: check
        for check in (
            *(check_npi, check_ssn, check_zip, check_us_phone, check_email, check_contact, check_state, check_username),
            *(
                check_name,
                check_line,
                check_city,
                check_one_time_code,
                check_recovery_code,
                check_message,
                holds_ssn,
                check_without_ssn,
            ),
        )
    },
    "birth date": lambda value: check_birth_date(value, TODAY),
    "password": lambda value: check_password(value, POLICY, username="amelia", email="amelia@example.com"),
    "password rules": lambda value: password_rules(POLICY, value),
    "address": lambda value: judge_address(value, value, "Springfield", "IL", "62701"),
    "suite": lambda value: judge_address("12 Main St", value),
    "address of a town": lambda value: judge_address("12 Main St", "", value, value, value),
    "military address": lambda value: judge_address(value, value, "APO", "AE"),
    "without a PO Box": lambda value: without_po_box(value, value),
}
READERS: dict[str, Callable[[str], object]] = {
    **{read.__name__: read for read in (plain, uncrowded, composed, quoted, one_line, half_width, typed_number, shown)},
    "plain lines": lambda value: plain(value, multiline=True),
    "in_ascii": in_ascii,
    "barcode": lambda value: parse_barcode(HEADER + value),
    "barcode elements": lambda value: judge_barcode(f"{HEADER}\nDCS{value}\nDAC{value}\nDCT{value}", "A B", TODAY),
    "barcode name": lambda value: judge_barcode((HEADER + "\nDAA" + value)[:4000], "AMELIA HARTWELL, MD", TODAY),
    "Prefer": lambda value: requests.preferred_wait(_request("prefer")(value)),
    "If-None-Match": lambda value: requests.known_revision(_request("if-none-match")(value)),
    "If-Match": lambda value: requests.matched_revision(_request("if-match")(value)),
    "Authorization": lambda value: requests.bearer(_request("authorization")(value)),
    "Content-Digest": evidence.digest_of,
    "Host": lambda value: hosts.host_in(value.encode("utf-8", "replace")),
    "JSON": lambda value: parse(value.encode("utf-8", "replace")),
    "JSON text": lambda value: parse(b'{"a": "' + value.encode("utf-8", "replace") + b'"}'),
    "a line of validate": lambda value: _answer(
        judge_of("name", lambda: POLICY), value.encode("utf-8", "replace"), secret=False
    ),
    "Retry-After": lambda value: retry_after(value, value),
    "address to open": lambda value: check_address(f"https://{value}", local=False),
    "path to open": lambda value: check_address(f"https://example.com/{value}", local=False),
    "address shown": unlinked,
    "backend": check_backend,
    "backend's host": lambda value: check_backend(f"https://{value}.example.com"),
    "answer": TemplateValue.read,
    "key of an answer": lambda value: suggestion(value, {"npi": 1, "username": 1}),
    "JPEG": lambda value: bare_jpeg(_photo(b"\xff\xd8", value)),
    "JPEG's scan": lambda value: bare_jpeg(_photo(b"\xff\xd8\xff\xda\x00\x02", value)),
    "PNG": lambda value: bare_png(_photo(b"\x89PNG\r\n\x1a\n", value)),
}
REFUSALS = (CheckFailed, BarcodeFailed, ProblemError, ValueError, TemplateError, SettingsError, AddressRefused)


def seconds(run: Callable[[str], object], value: str, enough: float) -> float:
    """The CPU time of one call: the best of a few, as soon as one is short enough."""
    best = float("inf")
    for _ in range(6):
        began = time.process_time()
        with suppress(*REFUSALS):
            run(value)
        best = min(best, time.process_time() - began)
        if best <= enough:
            break
    return best


def grows_too_fast(run: Callable[[str], object], made: Callable[[int], str]) -> str:
    """Say how the time grows where that is faster than the length."""
    longest = seconds(run, made(SIZES[-1]), FLOOR)
    if longest <= FLOOR:
        return ""
    took = [*(seconds(run, made(size), 0) for size in SIZES[:-1]), longest]
    if longest < 16 * max(took[0], FLOOR / 16):
        return ""
    return f"{made(8)!r}: " + ", ".join(f"{each * 1000:.1f} ms" for each in took)


@pytest.mark.matrix
@pytest.mark.parametrize("name", [*CHECKS, *READERS])
def test_time_grows_with_the_length(name: str) -> None:
    run = {**CHECKS, **READERS}[name]
    with suppress(*REFUSALS):
        run("1")  # what it imports late
    assert [found for made in inputs() if (found := grows_too_fast(run, made))] == []


@pytest.mark.parametrize("name", CHECKS)
def test_no_check_takes_long_of_the_worst(name: str) -> None:
    run = CHECKS[name]
    with suppress(*REFUSALS):
        run("1")
    for piece in (
        "PO BOX ",
        "BOX 5 ",
        " ",
        "- ",
        "a@",
        "a.",
        "0",
        "\u0301\u0316",
        "e\u0301",
        "\u200b",
        "\ufdfa",
        "x ",
        "<",
    ):
        for size in (140, 400, 4096, 8192):
            took = seconds(run, (piece * size)[:size] + "!", MOST)
            assert took <= MOST, f"{piece!r} at {size}: {took * 1000:.1f} ms"


# Every form, with the longest text that each of its fields lets through, and a bit more.

FORMS = [
    form
    for form in vars(forms).values()
    if isinstance(form, type) and issubclass(form, StepForm) and form is not StepForm
]
CONTEXT = CheckContext(passwords={"credentials": POLICY, "idme_sign_up": POLICY}, today=TODAY)
ENTERED = [asked for form in FORMS for asked in form.asked().values() if asked.control is not Control.CHECK_BOX]


def test_each_text_field_says_how_long_it_may_be() -> None:
    for form in FORMS:
        described = form.model_json_schema()["properties"] if form.model_fields else {}
        for name, asked in form.asked().items():
            limit = described[name].get("maxLength")
            assert limit == (None if asked.control is Control.CHECK_BOX else asked.longest), f"{form.__name__}.{name}"
    assert {asked.longest for asked in ENTERED} <= {value for value in vars(lengths).values() if isinstance(value, int)}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_field_that_is_too_long_is_told_so_by_its_name(form: type[StepForm]) -> None:
    asked = {name: each for name, each in form.asked().items() if each.control is not Control.CHECK_BOX}
    with pytest.raises(FormRejected) as rejected:
        form.check({name: "x" * (each.longest + 1) for name, each in asked.items()} or {"more": "x"}, CONTEXT)
    for name, each in asked.items():
        says = rejected.value.errors[name]
        assert "long" in says, (name, says)
        assert f"{each.longest:,}" in says, (name, says)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_form_is_checked_at_once(form: type[StepForm]) -> None:
    asked: dict[str, Asked] = form.asked()
    for piece in ("PO BOX 1 ", " ", "-", "\u0301\u0316", "a@", "0", "\ufdfa", "x"):
        for share in (0.03, 0.3, 1, 2):
            answers = {name: (piece * 4100)[: int(each.longest * share)] for name, each in asked.items()}
            most = MOST * (1 + len(asked))
            took = seconds(lambda _, answers=answers: form.check(answers, CONTEXT), "", most)  # type: ignore[misc]
            assert took <= most, f"{piece!r}, {share}: {took * 1000:.1f} ms"


# Every pattern of the program, whatever it is for.

SHORT = {"journey.checks.address": lengths.ADDRESS_LINE}
"""What these modules look at has been found to be short."""


def patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for module in pkgutil.walk_packages(iprescribe_tui.__path__, "iprescribe_tui."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    found.setdefault(f"{module.name.removeprefix('iprescribe_tui.')}.{name}", value)
    return found


def ways_of(name: str) -> set[str]:
    """How a pattern is used where it stands; all ways where that does not tell."""
    module, _, own = name.rpartition(".")
    source = Path(str(importlib.import_module(f"iprescribe_tui.{module}").__file__)).read_text()
    known = re.findall(rf"\b{own}\.(fullmatch|match|search)\b|\b{own}\.(?:sub|split|findall|finditer)\b", source)
    return {way or "finditer" for way in known} or {"fullmatch", "search", "finditer"}


def pumps(pattern: re.Pattern[Any]) -> Iterator[str]:
    """What a pattern may stumble over: its own letters and words over and over, and what is usual."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = sorted(set(re.findall(r"[A-Za-z]{2,12}", text)))
    yield from dict.fromkeys(
        (*" \t\n-.,:;/@=#{}[]()<>\"'0aAxX\xff\x00\x1b", *words[:60], *(f"{word} " for word in words[:60]))
    )
    yield from (
        " 1",
        "1 ",
        "A ",
        "A1",
        "a.",
        "-a",
        "\x1b[",
        "\xff\xff\x00",
        "PO ",
        "PO BOX 1 ",
        " AND ",
        "12 A ",
        "\u0301",
    )


@pytest.mark.matrix
@pytest.mark.parametrize("name", patterns())
def test_no_pattern_looks_at_the_same_place_again_and_again(name: str) -> None:
    pattern = patterns()[name]
    most = next((most for module, most in SHORT.items() if name.startswith(module)), 0)

    def run(way: str, value: str) -> object:
        subject = value if isinstance(pattern.pattern, str) else value.encode("latin-1", "replace")
        found = getattr(pattern, way)(subject)
        return list(found) if way == "finditer" else found

    for way in ways_of(name):
        for pump in pumps(pattern):
            for head in ("", " ", '"', "A"):
                for tail in ("", "!", "\x00", "A"):
                    made = partial(_pumped, head, pump, tail)
                    if most:
                        assert seconds(partial(run, way), made(most), MOST) <= MOST, (way, pump)
                    else:
                        assert not (found := grows_too_fast(partial(run, way), made)), (way, found)


def _pumped(head: str, pump: str, tail: str, size: int) -> str:
    return head + (pump * (size // len(pump) + 1))[:size] + tail
