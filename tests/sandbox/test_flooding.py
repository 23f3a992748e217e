"""Nobody can be flooded: messages are counted by recipient, by sender and in all, however an address is written."""

import smtplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count, cycle
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest

from iprescribe_tui.journey.checks.email import check_email
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.openapi import FILE
from iprescribe_tui.sandbox.domain import message_limits, outbox
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import PASSWORD, RunningSandbox, Walk, until

Ask = Callable[..., httpx.Response]


def asker(sandbox: RunningSandbox) -> Ask:
    def ask(contact: str, token: str = "", **more: str) -> httpx.Response:
        form = {"category": "other", "message": "Please help", "contact": contact}
        return sandbox.call("POST", "/v1/support-requests", json=form, token=token, headers=more)

    return ask


@pytest.fixture
def ask(sandbox: RunningSandbox) -> Ask:
    """A request to support."""
    return asker(sandbox)


def sent_to(sandbox: RunningSandbox, *ends: str) -> int:
    """How many messages went to addresses that end so."""
    return sum(message["to"].lower().endswith(ends) for message in sandbox.messages())


# Requests to support.


def test_a_stranger_has_ten_requests_an_hour_and_the_document_says_so(sandbox: RunningSandbox, ask: Ask) -> None:
    answers = [ask(f"person{number}@example.com") for number in range(40)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 30
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_messages"
    assert int(refused.headers["Retry-After"]) == 3600
    assert "60 minutes" in refused.json()["detail"]
    assert len(sandbox.messages()) == 10
    sandbox.clock.advance(minutes=60)
    assert ask("person40@example.com").status_code == 201
    document = FILE.read_text(encoding="utf-8")
    assert message_limits.SUPPORT in document
    assert message_limits.CODES in document


SPELLINGS = {
    "case": ("victim@example.com", "Victim@Example.com", "VICTIM@EXAMPLE.COM"),
    "tags": ("victim@example.com", "victim+1@example.com", "victim+two@example.com", "victim+3+4@example.com"),
    "width": ("victim@example.com", "ｖｉｃｔｉｍ@example.com", "victim＠example.com", "victim@example．com"),
    "names": ("victim@example.com", "V. Victim <victim@example.com>", " victim@example.com "),
    "domains": ("victim@bücher.example.com", "victim@xn--bcher-kva.example.com", "victim@BÜCHER.example.com"),
    "Gmail's dots": ("victim.one@gmail.com", "vic.tim.one@gmail.com", "victimone+a@googlemail.com"),
    "sharp s": ("victim@straße.example.com", "Victim@STRAße.example.com", "victim@xn--strae-oqa.example.com"),
    "Greek": ("victim.ΑΣ@example.com", "victim.ασ@example.com", "Victim.αΣ@example.com"),
    "tags alone": ("+victim@example.com", "+@example.com", "+other+tag@example.com"),
    "phones": ("217-555-0134", "(217) 555-0134", "+1 217 555 0134", "2175550134"),
}


@pytest.mark.parametrize(
    "what", ["tags", *(pytest.param(what, marks=pytest.mark.matrix) for what in SPELLINGS if what != "tags")]
)
def test_one_mailbox_counts_once_however_it_is_written(sandbox: RunningSandbox, ask: Ask, what: str) -> None:
    """By several senders, none of which has used up its own."""
    people = [sandbox.start(PERSONA_NPIS[name]) for name in ("happy", "happy_two", "no_license")]
    spelling, person = cycle(SPELLINGS[what]), cycle(people)
    statuses = [ask(next(spelling), next(person).access).status_code for _ in range(12)]
    assert statuses == [201] * 5 + [429] * 7
    assert ask("somebody.else@example.com", people[0].access).status_code == 201


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("victim@faß.example.com", "victim@fass.example.com"),
        ("victim@ός.example.com", "victim@όσ.example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("νίκος@example.com", "νίκοσ@example.com"),
        ("+victim@example.com", "victim@example.com"),
    ],
)
def test_what_is_sent_elsewhere_counts_elsewhere(sandbox: RunningSandbox, ask: Ask, one: str, other: str) -> None:
    """So that a stranger uses up the messages of no mailbox by writing to another."""
    people = [sandbox.start(PERSONA_NPIS[name]) for name in ("happy", "happy_two")]
    statuses = [ask(one, people[number % 2].access).status_code for number in range(6)]
    assert statuses == [201] * 5 + [429]
    assert ask(other, people[0].access).status_code == 201


class Letters(nullcontext[Any]):
    """A mail server that notes to which domains letters are sent."""

    domains: ClassVar[list[str]] = []

    def __init__(self, *where: object, **more: object) -> None:
        super().__init__(self)

    def send_message(self, letter: object, to_addrs: list[str]) -> None:
        self.domains.extend(address.rpartition("@")[2] for address in to_addrs)


@pytest.mark.parametrize(
    "email",
    ["a@straße.example.com", "a@ός.example.com", "a@bücher.example.com", "a@ＡＢ.example.com", "a@ẞ.example.com"],
)
def test_an_address_is_counted_under_the_domain_to_which_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", Letters)
    monkeypatch.setattr(Letters, "domains", [])
    judged = check_email(email)
    outbox.smtp_mailer("localhost:25")(judged, "Subject", "Body")
    until(lambda: Letters.domains, "the letter")
    assert message_limits.recipient_of(judged).rpartition("@")[2] == Letters.domains[0]


@pytest.mark.matrix
def test_ten_requests_a_day_reach_one_address(sandbox: RunningSandbox, ask: Ask) -> None:
    taken = 0
    for _ in range(6):
        taken += sum(ask("victim@example.com").status_code == 201 for _ in range(6))
        sandbox.clock.advance(minutes=61)
    assert taken == sent_to(sandbox, "victim@example.com") == 10
    sandbox.clock.advance(hours=24)
    assert ask("victim@example.com").status_code == 201


@pytest.mark.parametrize(
    "said",
    [
        {"X-Forwarded-For": "198.51.100.{number}"},
        *(
            pytest.param(said, marks=pytest.mark.matrix)
            for said in (
                {"Forwarded": "for=198.51.100.{number}"},
                {
                    "X-Real-IP": "198.51.100.{number}",
                    "Client-IP": "198.51.100.{number}",
                    "CF-Connecting-IP": "198.51.100.{number}",
                },
                {"Authorization": "Bearer made-up-{number}"},
                {"User-Agent": "agent {number}", "Cookie": "session={number}"},
            )
        ),
    ],
)
def test_a_sender_is_who_the_connection_comes_from(sandbox: RunningSandbox, ask: Ask, said: dict[str, str]) -> None:
    numbers = count(1)
    statuses = []
    for _ in range(12):
        number = next(numbers)
        headers = {name: value.format(number=number) for name, value in said.items()}
        statuses.append(ask(f"person{number}@example.com", **headers).status_code)
    assert statuses == [201] * 10 + [429] * 2


def test_strangers_keep_nobody_who_is_signed_in_from_support(sandbox: RunningSandbox, ask: Ask) -> None:
    person = sandbox.start()
    while ask("stranger@example.com").status_code == 201:
        pass
    for number in range(20):
        ask(f"stranger{number}@example.com")
    assert ask("stranger99@example.com").status_code == 429
    assert ask("person@example.com", person.access).status_code == 201


@pytest.mark.matrix
def test_a_registration_has_ten_requests_an_hour_also_when_it_is_begun_anew(sandbox: RunningSandbox, ask: Ask) -> None:
    statuses = []
    for number in range(12):
        person = sandbox.start()  # in the place of the one before
        statuses.append(ask(f"person{number}@example.com", person.access).status_code)
    assert statuses == [201] * 10 + [429] * 2


@pytest.mark.matrix
def test_no_more_than_a_hundred_requests_an_hour_are_taken_in_all(sandbox: RunningSandbox, ask: Ask) -> None:
    people = [sandbox.start(npi) for npi in list(PERSONA_NPIS.values()) if startable(sandbox, npi)][:12]
    statuses = [
        ask(f"person{number}.{turn}@example.com", person.access).status_code
        for number, person in enumerate(people)
        for turn in range(9)
    ]
    assert statuses == [201] * 100 + [429] * (len(statuses) - 100)
    assert len(sandbox.messages()) == 100


def startable(sandbox: RunningSandbox, npi: str) -> bool:
    return sandbox.call("POST", "/v1/registrations", json={"npi": npi}).status_code == 201


def test_a_refusal_is_not_what_a_repetition_gets_later(sandbox: RunningSandbox) -> None:
    """The same request, with the same key, is taken once the limit is over; a repeated good one costs nothing."""
    form = {"category": "other", "message": "Please help", "contact": "person@example.com"}
    *keys, last = (uuid4().hex for _ in range(6))
    for key in keys:
        for _ in range(3):
            assert sandbox.call("POST", "/v1/support-requests", json=form, key=key).status_code == 201
    assert sandbox.call("POST", "/v1/support-requests", json=form, key=last).status_code == 429
    sandbox.clock.advance(minutes=60)
    assert sandbox.call("POST", "/v1/support-requests", json=form, key=last).status_code == 201


def test_limits_hold_for_requests_that_come_at_once(any_sandbox: RunningSandbox) -> None:
    ask = asker(any_sandbox)
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda number: ask(f"victim+{number}@example.com"), range(24)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 19
    assert len(any_sandbox.messages()) == 5


# Codes and links.


def codes_to(walk: Walk, rounds: int, **pause: float) -> int:
    """How many of `rounds` codes that are asked for at a pause are sent."""
    sent = 0
    for _ in range(rounds):
        walk.sandbox.clock.advance(**pause)
        answer = walk.resend(Step.MFA_CODE)
        sent += answer.status_code == 200
        assert answer.status_code == 200 or int(answer.headers["Retry-After"]) > 0
    return sent


def test_forty_codes_a_day_reach_one_number_whoever_asks(sandbox: RunningSandbox) -> None:
    victim = "217-555-0166"
    for persona in ("happy", "happy_two", "no_license"):
        codes_to(sandbox.registration_at(Step.MFA_CODE, persona, phone=victim), 30, minutes=1.5)
    assert sent_to(sandbox, victim) == 40
    last = sandbox.registration_at(Step.MFA_CODE, "license_other_state", phone=victim)
    assert "Nothing was sent" in last.view["notices"][0]["text"]
    refused = last.resend(Step.MFA_CODE)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_messages")
    assert "hours" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) > 3600 * 20


@pytest.mark.matrix
def test_many_registrations_with_one_number_or_mailbox_send_it_what_one_would(sandbox: RunningSandbox) -> None:
    victim = "217-555-0166"
    npis = [npi for npi in PERSONA_NPIS.values() if startable(sandbox, npi)]
    reached = 0
    for number, npi in enumerate(npis[:14]):
        walk = sandbox.start(npi, phone=victim)
        mailbox = {"email": f"victim+{number}@example.com", "accept_terms": True}
        walk.answers = {
            Step.IDME_SIGN_UP: walk.plain_answers(Step.IDME_SIGN_UP) | mailbox,
        }
        try:
            walk.to(Step.EMAIL_CONFIRMATION)
        except AssertionError:
            continue  # one that is held up on its way
        reached += 1
    assert reached >= 12
    assert sum("victim+" in message["to"] for message in sandbox.messages()) == 11


@pytest.mark.matrix
def test_one_registration_sends_forty_messages_an_hour_wherever(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.MFA_PHONE)
    for number in range(60):
        walk.submit(Step.MFA_PHONE, phone=f"217-555-01{number:02d}")
        sandbox.clock.advance(seconds=30)
        assert walk.back(Step.MFA_PHONE).status_code == 200
    assert len(sandbox.messages()) == 40
    sandbox.clock.advance(minutes=60)
    walk.submit(Step.MFA_PHONE, phone="217-555-0188")
    assert len(sandbox.messages()) == 41


@pytest.mark.parametrize("limit", ["BY_CLIENT", "IN_ALL"])
def test_one_client_and_all_together_have_a_limit_too(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """With few in place of 600 and 2000, which would take long."""
    few = getattr(message_limits, limit)
    monkeypatch.setattr(message_limits, limit, type(few)(few.name, 3, window=few.window))
    for number, persona in enumerate(("happy", "happy_two")):
        sandbox.registration_at(Step.EMAIL_CONFIRMATION, persona, name=f"somebody{number}")
    last = sandbox.registration_at(Step.MFA_CODE, "no_license", phone="217-555-0177")
    assert len(sandbox.messages()) == 3
    assert last.resend(Step.MFA_CODE).json()["code"] == "too_many_messages"


def test_wrong_passwords_do_not_flood_whose_they_are_not(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    for _ in range(12):
        for number in range(3):
            body = {"username": walk.user, "password": f"{PASSWORD} {number}"}
            sandbox.call("POST", "/v1/sessions", json=body)
        sandbox.clock.advance(minutes=5)
    assert sent_to(sandbox, walk.email) == 5


def test_old_counts_are_forgotten(tmp_path: Path, sandbox: RunningSandbox, ask: Ask) -> None:
    from sqlalchemy import func, select

    from iprescribe_tui.sandbox.domain.housekeeping import tidy
    from iprescribe_tui.sandbox.store.tables import Tries

    def counted() -> int:
        with sandbox.backend.store.reading() as db:
            return db.scalar(select(func.count()).select_from(Tries)) or 0

    for number in range(10):
        ask(f"person{number}@example.com")
    before = counted()
    for number in range(100):
        assert ask(f"flood{number}@example.com").status_code == 429
    assert counted() == before > 0  # what is refused leaves nothing behind
    sandbox.clock.advance(hours=25)
    sandbox.backend.transact(lambda db: tidy(sandbox.backend, db))
    assert counted() == 0


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_is_one_sender(host: str, counts_as: str) -> None:
    from starlette.requests import Request

    scope: dict[str, object] = {"type": "http", "client": (host, 4000) if host else None, "headers": []}
    assert message_limits.client_of(Request(scope)) == counts_as
