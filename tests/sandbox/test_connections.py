"""Connections that bring no whole request: they end, and shut out nobody who asks for something."""

import json
import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api import connections
from tests.backend import RunningSandbox, until
from tests.sandbox.test_serve import is_up, started

POST = "POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\n"
HALF_SENT = {
    "nothing": "",
    "a part of the request line": "GET /v1/ser",
    "a head without its end": "GET /v1/service HTTP/1.1\r\nHost: localhost\r\n",
    "a head without its body": f"{POST}Content-Length: 20\r\n\r\n",
    "a part of the body": f'{POST}Content-Length: 20\r\n\r\n{{"npi":',
    "a part of a chunk": f'{POST}Transfer-Encoding: chunked\r\n\r\n14\r\n{{"npi":',
    "a body that nobody waits for": "PUT /v1/registrations/0/evidence/front HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Length: 9999999\r\n\r\nabc",
    "a body for a phone's page": "POST /p/AAAA HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n"
    "Content-Type: multipart/form-data; boundary=a\r\n\r\n--a",
}


def opened(url: str, text: str) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=20)
    one.sendall(text.encode())
    return one


def rest(one: socket.socket) -> bytes:
    """Everything until the other end closes."""
    came = b""
    try:
        while more := one.recv(4096):
            came += more
    except ConnectionError:
        pass
    return came


def is_open(one: socket.socket) -> bool:
    """Whether the other end has said and ended nothing."""
    return not has_said(one, 0)


def has_said(one: socket.socket, within: float) -> bool:
    """Whether the other end says or ends something within some seconds."""
    poll = select.poll()  # which knows no largest file number
    poll.register(one, select.POLLIN)
    return bool(poll.poll(within * 1000))


def never_read(url: str) -> socket.socket:
    """A connection that asks as long as it is heard, and takes no answer."""
    one = opened(url, "")
    one.settimeout(0.2)
    try:
        while True:
            one.sendall(b"GET /v1/service HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
    except TimeoutError:  # it reads no more either
        return one


def is_broken(one: socket.socket) -> bool:
    """Whether the other end has closed without a farewell."""
    poll = select.poll()
    poll.register(one, 0)
    return bool(poll.poll(0))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a second were much longer."""
    monkeypatch.setattr(connections, "PATIENCE", 0.6)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("what", HALF_SENT)
def test_a_request_that_does_not_come_whole_ends(what: str, sandbox: RunningSandbox) -> None:
    with opened(sandbox.url, HALF_SENT[what]) as one:
        first, *_ = rest(one).split(b"\r\n")
    assert first.split()[1] in ((b"401", b"404") if "nobody" in what or "phone" in what else (b"408",))
    assert is_up(sandbox.url)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("what", ["a head without its end", "a part of the body", "a body that nobody waits for"])
def test_a_byte_now_and_then_does_not_keep_it_open(what: str, sandbox: RunningSandbox) -> None:
    deadline = time.monotonic() + 15
    with opened(sandbox.url, HALF_SENT[what].replace("20\r\n\r\n", "9999\r\n\r\n")) as one:
        try:
            while True:
                assert time.monotonic() < deadline, "it is still open"
                if has_said(one, 0.05) and not one.recv(4096):
                    break
                one.sendall(b"x")
        except ConnectionError:
            pass


@pytest.mark.usefixtures("hasty")
def test_a_second_request_on_a_connection_is_waited_for_as_the_first(sandbox: RunningSandbox) -> None:
    with opened(sandbox.url, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowh") as one:
        answers = rest(one)
    assert [line.split()[1] for line in answers.split(b"HTTP/1.1")[1:]] != []
    assert answers.startswith(b"HTTP/1.1 404")
    assert b"HTTP/1.1 408" in answers


@pytest.mark.usefixtures("hasty")
def test_who_waits_for_news_or_sends_a_photo_slowly_is_not_cut_off(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    waited = walk.get(**{"If-None-Match": f'"{walk.view["revision"]}"', "Prefer": "wait=2"})
    assert waited.status_code == 304
    body = b'{"npi": "1000000020"}' + b" " * 3000

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(body), 150):
            yield body[at : at + 150]
            time.sleep(0.05)  # the line: 3 KB a second, for longer than a request may take

    headers = {"Content-Type": "application/json", "Idempotency-Key": "slow"}
    answer = httpx.post(f"{sandbox.url}/v1/registrations", content=slowly(), headers=headers, trust_env=False)
    assert answer.status_code != 408


@pytest.mark.usefixtures("hasty")
def test_an_answer_that_nobody_takes_is_not_kept(sandbox: RunningSandbox) -> None:
    with never_read(sandbox.url) as one:
        until(lambda: is_broken(one), "its end")
    assert is_up(sandbox.url)


def test_who_takes_an_answer_slowly_is_not_cut_off(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 1.0)
    with never_read(sandbox.url) as one:
        one.settimeout(20)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            left = 3_000_000  # more than waits in the system
            while left > 0:
                came = one.recv(left)
                assert came, "it was cut off"
                left -= len(came)
            time.sleep(0.2)  # the line


@pytest.mark.parametrize("what", ["answers that are not taken", "connections between two requests"])
def test_who_asks_for_nothing_now_shuts_nobody_out(
    what: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 3)
    with ExitStack() as stack:
        for _ in range(6):
            if "taken" in what:
                stack.enter_context(never_read(sandbox.url))
            else:
                one = stack.enter_context(opened(sandbox.url, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                assert has_said(one, 10)
                assert one.recv(12) == b"HTTP/1.1 404"
        assert is_up(sandbox.url)


INNER = "GET /v1/service HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""Stands behind what could be taken for the end of a request: a proxy that sees another end would hide it."""

UNREADABLE = {
    "garbage": "\x00\x01\xff\r\n\r\n",
    "no host": "GET /v1/service HTTP/1.1\r\n\r\n",
    "a chunk without a size": f"{POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a length below zero": f"{POST}Content-Length: -1\r\n\r\n",
    "two lengths": f"{POST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n",
    "a length and chunks": f"{POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{INNER}",
    "chunks and a length": f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n{INNER}",
    "a length of nothing and chunks": f"{POST}content-length: 0\r\nTRANSFER-ENCODING: chunked\r\n\r\n0\r\n\r\n{INNER}",
    "chunks in a way that there is not": f"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{INNER}",
    "chunks twice": f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{INNER}",
    "a length with a sign": f"{POST}Content-Length: +2\r\n\r\n{{}}{INNER}",
    "a length in hexadecimal digits": f"{POST}Content-Length: 0x2\r\n\r\n{{}}{INNER}",
    "a blank before a colon": f"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{INNER}",
    "a header without an end": f"{POST}X: {'a' * 100_000}",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_request_is_refused_as_all_else(what: str, sandbox: RunningSandbox) -> None:
    with opened(sandbox.url, UNREADABLE[what]) as one:
        head, _, body = rest(one).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "unreadable", "and nothing behind it is answered"


def test_garbage_behind_an_answer_ends_the_connection_without_a_word(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    put = "PUT /v1/registrations/0/evidence/front HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with opened(sandbox.url, put) as one:
        assert has_said(one, 10)
        one.sendall(b"zz\r\n")
        answers = rest(one)
    assert answers.startswith(b"HTTP/1.1 401 ")
    assert answers.count(b"HTTP/1.1 ") == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("what", HALF_SENT)
def test_half_sent_requests_shut_nobody_out(
    what: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 12)
    with ExitStack() as stack:
        many = [stack.enter_context(opened(sandbox.url, HALF_SENT[what])) for _ in range(40)]
        assert is_up(sandbox.url)
        if "nobody" not in what and "phone" not in what:  # these have an answer already
            until(lambda: sum(map(is_open, many)) <= 12, "the end of the oldest")
            assert is_open(many[-1])
        assert sandbox.start().view["step"] == "accounts_intro"


def test_where_all_wait_for_an_answer_the_next_is_told_to_come_later(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    monkeypatch.setattr(connections, "MOST", 3)
    wait = (
        f"GET /v1/registrations/{walk.id} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {walk.token()}\r\n"
        f'If-None-Match: "{walk.view["revision"]}"\r\nPrefer: wait=25\r\n\r\n'
    )
    waiting: list[socket.socket] = []
    with ExitStack() as stack:

        def told() -> bool:
            waiting.append(stack.enter_context(opened(sandbox.url, wait)))
            return has_said(waiting[-1], 0.2) and rest(waiting[-1]).startswith(b"HTTP/1.1 503")

        until(told, "the refusal")
        assert sum(map(is_open, waiting)) == 3


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux changes another process's limits")
def test_who_may_open_few_files_keeps_some_for_those_who_ask(tmp_path: Path) -> None:
    """macOS lets a process open 256 unless it asks for more."""
    with started(tmp_path) as (child, said), ExitStack() as stack:
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (256, 256))
        for _ in range(600):
            stack.enter_context(opened(said["url"], HALF_SENT["a head without its end"]))
        assert is_up(said["url"])


@pytest.mark.matrix
def test_fifteen_hundred_half_sent_requests(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard > 0 else 4096, hard))
    try:
        with started(tmp_path) as (_, said), ExitStack() as stack:
            many = [stack.enter_context(opened(said["url"], HALF_SENT["a head without its end"])) for _ in range(1500)]
            assert is_up(said["url"])
            until(lambda: sum(map(is_open, many)) <= connections.MOST, "the end of the oldest")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
