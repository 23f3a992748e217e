"""The web pages: the outbox behind its key, links that are confirmed by a press, and mail over SMTP."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import limits
from tests.backend import KEY, RunningSandbox, running, until


@pytest.mark.parametrize("page", ["/outbox", "/personas"])
def test_a_page_asks_for_the_key_and_remembers_it(sandbox: RunningSandbox, page: str) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    shown = {"/outbox": walk.code(), "/personas": "Amelia Jane Hartwell"}[page]
    with httpx.Client(base_url=sandbox.url, trust_env=False) as browser:
        assert shown not in browser.get(page).text
        wrong = browser.post(page, data={"key": "wrong"})
        assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (403, False)
        assert shown not in wrong.text
        right = browser.post(page, data={"key": f" {KEY} "})
        assert (right.status_code, right.headers["Location"]) == (303, page)
        assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in right.headers["Set-Cookie"].split(";")}
        opened = browser.get(page)
        assert shown in opened.text
        assert "default-src 'none'" in opened.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/v1/sandbox/outbox", "/v1/sandbox/outbox/0/follow"])
@pytest.mark.parametrize("key", ["", "wrong", "\u00e9"])
def test_the_outbox_is_shut_without_the_key(sandbox: RunningSandbox, path: str, key: str) -> None:
    method = "POST" if path.endswith("follow") else "GET"
    answer = sandbox.http.request(method, path, headers={b"Sandbox-Key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (403, "sandbox_key")


def test_opening_a_link_does_nothing_until_it_is_confirmed(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    link = sandbox.newest()["link"]
    for _ in range(2):
        assert httpx.get(link, trust_env=False).status_code == 200
    assert walk.look()["step"] == "email_confirmation"
    assert "confirmed" in httpx.post(link, trust_env=False).text
    assert walk.look()["step"] == "email_confirmed"
    for method in ("GET", "POST"):
        assert httpx.request(method, link, trust_env=False).status_code == 410


@pytest.mark.parametrize("path", ["/l/nonsense", "/h/nonsense", "/l/%00", "/h/..%2f"])
def test_a_made_up_link_opens_nothing(sandbox: RunningSandbox, path: str) -> None:
    for answer in (sandbox.http.get(path), sandbox.http.post(path, data={"decision": "allow"})):
        assert answer.status_code in (404, 410)


def test_a_link_of_one_kind_is_not_one_of_another(sandbox: RunningSandbox) -> None:
    sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    link = sandbox.newest()["link"].replace("/l/", "/h/")
    assert httpx.post(link, data={"decision": "allow"}, trust_env=False).status_code == 410


def test_a_message_without_a_link_cannot_be_followed(sandbox: RunningSandbox) -> None:
    sandbox.registration_at(Step.MFA_CODE)
    assert sandbox.follow(sandbox.newest()).status_code == 409
    assert sandbox.follow({"id": "nonsense"}).status_code == 404


class Mailbox:
    """What a mail server receives."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.went_to: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append(email.message_from_bytes(envelope.content))
        self.went_to += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """A mail server, and its address."""
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield mailbox, f"127.0.0.1:{port}"
    finally:
        controller.stop()


def test_emails_go_out_over_smtp(tmp_path: Path) -> None:
    with mail_server() as (mailbox, server), running(tmp_path / "sandbox", smtp=server) as sandbox:
        walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
        until(lambda: mailbox.letters, "the letter")
        walk.to(Step.DOCUMENT)
    (letter,) = mailbox.letters
    assert letter["To"] == walk.email
    assert sandbox.url in str(letter.get_payload())


@pytest.mark.parametrize(
    ("typed", "reached"),
    [
        ("\u017fam@example.com", "sam@example.com"),
        ("stra\xdfe@example.com", "stra\xdfe@example.com"),
        ("jose\u0301@example.com", "jos\xe9@example.com"),
        ("dana@b\xfccher.example", "dana@xn--bcher-kva.example"),
        ("dana?=+a@example.com", "dana?=+a@example.com"),
    ],
)
def test_an_email_goes_to_the_address_that_it_counts_as(tmp_path: Path, typed: str, reached: str) -> None:
    with mail_server() as (mailbox, server), running(tmp_path / "sandbox", smtp=server) as sandbox:
        walk = sandbox.registration_at(Step.IDME_SIGN_UP)
        walk.submit(Step.IDME_SIGN_UP, **{**walk.answers_to(Step.IDME_SIGN_UP), "email": typed})
        until(lambda: mailbox.letters, "the letter")
    assert mailbox.went_to == [reached]


@pytest.mark.parametrize("typed", ["=?utf-8?q?taken?=@example.com", '"taken"@example.com', "taken(a)@example.com"])
def test_an_address_that_would_be_read_as_another_is_refused(tmp_path: Path, typed: str) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.PERSONAL)
        answer = walk.answer(Step.PERSONAL, **{**walk.answers_to(Step.PERSONAL), "email": typed})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["email"])


def test_other_addresses_are_not_taken_for_one_another(tmp_path: Path) -> None:
    """Two mailboxes are two accounts, and one mailbox is one, however it is written."""
    with running(tmp_path / "sandbox") as sandbox:
        first = sandbox.registration_at(Step.EMAIL_CONFIRMED, name="strasse")
        walk = sandbox.registration_at(Step.IDME_SIGN_UP, "happy_two", name="other")
        answers = walk.answers_to(Step.IDME_SIGN_UP)
        same = walk.answer(Step.IDME_SIGN_UP, **{**answers, "email": "\uff33TRA\u017f\u017fE@example.com"})
        assert (same.status_code, first.email) == (422, "strasse@example.com")
        walk.submit(Step.IDME_SIGN_UP, **{**answers, "email": "stra\xdfe@example.com"})


def test_mails_to_one_address_count_together_however_it_is_written(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.IDME_SIGN_UP)
        answers = walk.answers_to(Step.IDME_SIGN_UP)
        for number in range(14):
            cased = "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("dana"))
            walk.submit(Step.IDME_SIGN_UP, **{**answers, "email": f"{cased}@example.com"})
            sandbox.clock.advance(seconds=11)
            walk.back()
        assert len(sandbox.messages()) == limits.SEND.tries


def test_a_mail_server_that_is_down_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(tmp_path / "sandbox", smtp="127.0.0.1:1") as sandbox:
        walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
        code = walk.code()
        until(lambda: "could not be sent" in caplog.text, "the warning")
        assert walk.to(Step.EMAIL_CONFIRMED)
    assert walk.email not in caplog.text
    assert code not in caplog.text
