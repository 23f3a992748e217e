"""Whatever a backend does, the applicant hears within the deadline which trouble it is, and that nothing is lost."""

import asyncio
import gzip
import json
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from iprescribe_tui.client import (
    BackendError,
    BackendFailed,
    BackendTimeout,
    BackendUnreachable,
    Client,
    NotOurBackend,
    SignedOut,
    StepRejected,
    TooManyRequests,
    UnexpectedAnswer,
    UpdateNeeded,
    transport,
)
from iprescribe_tui.client.calls import new_key
from iprescribe_tui.flow.actions import Resend, Submit, UsePhone
from iprescribe_tui.journey.forms import NpiForm, SignInForm
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import FormView
from tests.client.faulty import (
    PLANTED,
    SERVICE,
    TOKENS,
    Handler,
    Request,
    answer,
    backend,
    client_of,
    listening,
    problem,
    refusal,
    view,
)

NPI = NpiForm(npi="1234567893")
JSON_CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "json"


def session(**changes: object) -> dict[str, object]:
    return {"view": view(**changes), "tokens": TOKENS}  # type: ignore[arg-type]  # views of all shapes


def nested(levels: int) -> bytes:
    return b'{"contract": 1, "x": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def says(body: object, **more: object) -> Handler:
    return lambda request: answer(body, **more)  # type: ignore[arg-type]  # passed on


FIRST_CONTACT: dict[str, tuple[Handler, type[BackendError]]] = {
    "a web page": (says(b"<html>Sign in to the Wi-Fi</html>", media="text/html"), NotOurBackend),
    "a web page that says not found": (says(b"<html>", status=404, media="text/html"), NotOurBackend),
    "another API's not found": (says({"detail": "Not Found"}, status=404), NotOurBackend),
    "text": (says(b"hello", media="text/plain"), NotOurBackend),
    "JSON without its type": (says(SERVICE, media=None), NotOurBackend),
    "a JSON list": (says([1]), NotOurBackend),
    "JSON of another API": (says({"status": "ok"}), NotOurBackend),
    "an empty body": (says(b""), UnexpectedAnswer),
    "no content": (says(b"", status=204), NotOurBackend),
    "half of our document": (says({"contract": 1}), UnexpectedAnswer),
    "a problem": (lambda r: refusal("forbidden", 403), NotOurBackend),
    "a newer contract": (says({"contract": 2}), UpdateNeeded),
    "an older contract": (says({"contract": 0}), UpdateNeeded),
    "a wish for a newer program": (says({**SERVICE, "oldest_client": "99.1"}), UpdateNeeded),
    "an error of its own": (says(b"Internal Server Error", status=500, media="text/plain"), BackendFailed),
    "an error as a problem": (lambda r: refusal("internal", 500), BackendFailed),
    "an error as a damaged problem": (says(b"{", status=500, media="application/problem+json"), BackendFailed),
    "maintenance": (says(b"<html>", status=503, media="text/html"), BackendFailed),
    "too many requests": (says(b"", status=429, media=None, Retry_After="7"), TooManyRequests),
    "2 MiB": (says(b'"' + b"x" * 2**21 + b'"'), UnexpectedAnswer),
    "damaged gzip": (says(b"\x1f\x8b" + b"x" * 99, Content_Encoding="gzip"), UnexpectedAnswer),
    "cut gzip": (says(gzip.compress(b"[" * 999)[:-9], Content_Encoding="gzip"), UnexpectedAnswer),
    "brotli": (says(b"xx", Content_Encoding="br"), UnexpectedAnswer),
    "33 levels": (says(nested(33)), UnexpectedAnswer),
    "a million levels": (says(b"[" * 10**6), UnexpectedAnswer),
    "a name twice": (says(json.dumps(SERVICE).encode()[:-1] + b', "contract": 1}'), UnexpectedAnswer),
    "NaN": (says(b'{"contract": 1, "x": NaN}'), UnexpectedAnswer),
    "half a surrogate pair": (says(b'{"contract": 1, "x": "\\ud800"}'), UnexpectedAnswer),
    "no UTF-8": (says(b'{"contract": 1, "x": "\xff"}'), UnexpectedAnswer),
    "a cut document": (says(b'{"contract": 1'), UnexpectedAnswer),
    "a number of 5,000 digits": (says(b'{"contract": ' + b"1" * 5000 + b"}"), UnexpectedAnswer),
    "mail": (lambda r: b"220 mail.example.com ESMTP\r\n\r\n", NotOurBackend),
    "nothing": (lambda r: None, BackendUnreachable),
    "a third of the body": (lambda r: answer(SERVICE)[:120], BackendUnreachable),
    "a redirect": (says(b"", status=302, Location="https://login.example.com/?x=1"), NotOurBackend),
    "a redirect to nowhere": (says(b"", status=307, Location="http://[", media=None), NotOurBackend),
    "not modified": (says(b"", status=304), NotOurBackend),
    "endless headers": (lambda r: b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000, NotOurBackend),
}


SAYS = {
    "a web page": "answered with a web page. Nothing that you typed is lost. Check the backend's address.",
    "another API's not found": "answered 404 with JSON that is not this contract's",
    "a problem": "answered 403 when asked what it is",
    "text": "answered with text/plain instead of JSON",
    "JSON without its type": "answered with something that is not JSON",
    "JSON of another API": "answered in JSON, but not as such a backend does",
    "an empty body": "it is not proper JSON",
    "half of our document": "it does not hold what the contract asks for at name",
    "a newer contract": "Update the program, start it again",
    "an older contract": "is older than this program",
    "a wish for a newer program": "Update the program, start it again",
    "maintenance": "something went wrong there (HTTP 503)",
    "too many requests": "was asked too often. Nothing that you typed is lost. Wait 7 seconds, then retry.",
    "2 MiB": "it is longer than 1 MiB",
    "damaged gzip": "its compression is damaged",
    "cut gzip": "its compression is damaged",
    "brotli": "it is compressed in a way that was not asked for",
    "mail": "does not speak HTTP",
    "nothing": "the connection was lost",
    "a redirect": "sends on to login.example.com, which this program does not follow",
    "a redirect to nowhere": "sends on to another page",
}
"""What the applicant reads of some of them."""


@pytest.mark.parametrize("trouble", FIRST_CONTACT)
async def test_each_trouble_has_its_name(trouble: str) -> None:
    handle, expected = FIRST_CONTACT[trouble]
    async with backend(handle) as there, client_of(there.url) as client:
        with pytest.raises(BackendError) as caught:
            await client.connect()
        assert client.service is None
    assert type(caught.value) is expected
    assert SAYS.get(trouble, "") in caught.value.advice
    assert_is_for_people(caught.value)


def assert_is_for_people(error: BackendError) -> None:
    """It has words, and nothing in its context that could hold a secret."""
    assert error.title
    assert len(error.advice) > 40
    assert PLANTED not in f"{error} {error!r} {vars(error)}"
    assert error.__cause__ is None
    assert error.__context__ is None


async def test_a_redirect_is_not_followed_and_only_its_host_is_named() -> None:
    async with backend(says(SERVICE)) as other:
        elsewhere = f"{other.url}/{PLANTED}"
        async with backend(says(b"", status=307, Location=elsewhere)) as there, client_of(there.url) as client:
            with pytest.raises(NotOurBackend) as caught:
                await client.sign_in(SignInForm.check({"username": "a.person", "password": PLANTED}))
        assert not other.received
    assert "127.0.0.1" in caught.value.advice
    assert_is_for_people(caught.value)


async def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        async with client_of(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
            with pytest.raises(BackendUnreachable, match="refuses connections") as caught:
                await client.connect()
    assert_is_for_people(caught.value)


async def test_an_address_at_which_nobody_can_be() -> None:
    async with client_of("https://255.255.255.255") as client:
        with pytest.raises(BackendUnreachable, match="no connection comes about"):
            await client.connect()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def _dribbling(start: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], asyncio.Future[None]]:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    return speak  # type: ignore[return-value]  # a coroutine function


SLOW = {
    "says nothing": _silent,
    "dribbles its headers": _dribbling(b"HTTP/1.1 200 OK\r\nX: "),
    "dribbles its body": _dribbling(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
}


@pytest.mark.parametrize("how", SLOW)
async def test_the_deadline_holds_for_the_whole_call(how: str) -> None:
    async with listening(SLOW[how]) as there, client_of(there.url, timeout=1.0) as client:
        await opened(client)
        began = time.monotonic()
        with pytest.raises(BackendTimeout) as caught:
            await client.connect()
        assert 0.9 < time.monotonic() - began < 1.5
    assert_is_for_people(caught.value)


async def opened(client: Client) -> None:
    """Import and open what the first call needs, so that it does not count."""
    await client._connection._open()


async def test_a_gzip_bomb_is_noticed_before_it_unfolds() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    async with backend(says(bomb, Content_Encoding="gzip")) as there, client_of(there.url) as client:
        await opened(client)
        tracemalloc.start()
        try:
            with pytest.raises(UnexpectedAnswer, match="1 MiB"):
                await client.connect()
            assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        finally:
            tracemalloc.stop()


async def test_an_endless_body_is_cut_off() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        while True:
            writer.write(b"1," * 50_000)
            await writer.drain()

    async with listening(speak) as there, client_of(there.url) as client:
        with pytest.raises(UnexpectedAnswer, match="1 MiB"):
            await client.connect()


async def test_an_honest_gzip_is_read() -> None:
    packed = gzip.compress(json.dumps(SERVICE).encode())
    async with backend(says(packed, Content_Encoding="gzip")) as there, client_of(there.url) as client:
        assert (await client.connect()).name == "A backend"
    assert isinstance(client.service, ServiceDocument)


@pytest.mark.parametrize("oldest", ["0", "0.1", "0.1.0", "0.0.99", ""])
async def test_a_backend_that_takes_this_version_or_older_is_used(oldest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iprescribe_tui.client.compatibility.version", lambda: "0.1")
    async with backend(says({**SERVICE, "oldest_client": oldest})) as there, client_of(there.url) as client:
        await client.connect()


@pytest.mark.parametrize(("levels", "trouble"), [(32, "does not hold what"), (33, "not proper JSON")])
async def test_32_levels_are_taken_and_33_are_not(levels: int, trouble: str) -> None:
    async with backend(says(nested(levels))) as there, client_of(there.url) as client:
        with pytest.raises(UnexpectedAnswer, match=trouble):
            await client.connect()


@pytest.mark.parametrize(("more", "trouble"), [(0, "does not hold what"), (1, "more than a page")])
async def test_50_000_values_are_taken_and_one_more_is_not(more: int, trouble: str) -> None:
    body = b'{"contract": 1, "x": [' + b",".join([b"1"] * (50_000 - 4 + more)) + b"]}"
    async with backend(says(body)) as there, client_of(there.url) as client:
        with pytest.raises(UnexpectedAnswer, match=trouble):
            await client.connect()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_times_are_shown_by_the_clock_of_this_machine(hours: int) -> None:
    """A backend whose clock is wrong means a code that can be sent again in 30 seconds, not in an hour."""
    there_now = datetime.now(UTC) + timedelta(hours=hours)
    body = session(resend_at=(there_now + timedelta(seconds=30)).isoformat())
    date = format_datetime(there_now, usegmt=True)
    async with backend(says(body, status=201, Date=date)) as there, client_of(there.url) as client:
        shown = await client.start(NPI)
    assert isinstance(shown, FormView)
    assert shown.resend_at
    assert abs(shown.resend_at - datetime.now(UTC) - timedelta(seconds=30)) < timedelta(minutes=1)


@pytest.mark.parametrize("date", ["yesterday", "", "Fri, 31 Dec 9999 23:59:59 GMT", "now"])
async def test_without_a_clock_that_is_wrong_times_are_shown_as_they_come(date: str) -> None:
    """An answer that was on its way for some seconds is no clock that is wrong."""
    until = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)
    sent = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True) if date == "now" else date
    async with (
        backend(says(session(resend_at=until.isoformat()), status=201, Date=sent)) as there,
        client_of(there.url) as client,
    ):
        shown = await client.start(NPI)
    assert isinstance(shown, FormView)
    assert shown.resend_at == until


VIEWS: dict[str, tuple[object, type[BackendError]]] = {
    "a kind from the future": (session(kind="hologram"), UpdateNeeded),
    "a step from the future": (session(step="retina_scan"), UpdateNeeded),
    "a way to a step from the future": (session(ways=[{"label": "x", "to": "retina_scan"}]), UpdateNeeded),
    "a stage from the future": (
        session(position={"stage": "Afterlife", "number": 1, "total": 1}),
        UpdateNeeded,
    ),
    "no kind": ({"view": {"step": "npi"}, "tokens": TOKENS}, UnexpectedAnswer),
    "no tokens": ({"view": view()}, UnexpectedAnswer),
    "a registration that climbs": (session(registration="../../service"), UnexpectedAnswer),
    "no registration": (session(registration=""), UnexpectedAnswer),
    "a revision of words": (session(revision="last"), UnexpectedAnswer),
}


@pytest.mark.parametrize("which", VIEWS)
async def test_views_that_cannot_be_shown(which: str) -> None:
    body, expected = VIEWS[which]
    async with backend(says(body, status=201)) as there, client_of(there.url) as client:
        with pytest.raises(BackendError) as caught:
            await client.start(NPI)
    assert type(caught.value) is expected
    assert_is_for_people(caught.value)


async def test_what_a_server_says_reaches_the_applicant_as_text() -> None:
    nasty = "\x1b]0;owned\x07\u202e[/b]"
    body = session(notices=[{"text": nasty}])
    async with backend(says(body, status=201)) as there, client_of(there.url) as client:
        shown = await client.start(NPI)
    assert "\x1b" not in shown.notices[0].text
    assert "\u202e" not in shown.notices[0].text


@pytest.mark.skipif(not JSON_CORPUS.is_dir(), reason="the corpus is not here")
async def test_every_json_of_the_corpus_ends_in_a_result_or_a_named_error() -> None:
    bodies = iter(sorted(JSON_CORPUS.iterdir()))
    now: Path | None = None

    def handle(request: Request) -> bytes:
        assert now
        return answer(now.read_bytes())

    async with backend(handle) as there, client_of(there.url) as client:
        for now in bodies:
            with pytest.raises(BackendError) as caught:
                await client.connect()
            assert type(caught.value) in (UnexpectedAnswer, NotOurBackend), now.name
            if now.name.startswith("n_"):
                assert type(caught.value) is UnexpectedAnswer, now.name


async def test_a_refusal_is_no_trouble_of_the_backend() -> None:
    async with (
        backend(lambda r: refusal("npi_not_found", errors={"npi": "There is no such NPI."})) as there,
        client_of(there.url) as client,
    ):
        with pytest.raises(StepRejected) as caught:
            await client.start(NPI)
    assert caught.value.problem.errors == {"npi": "There is no such NPI."}


async def test_the_registry_that_is_down_is_said_at_once() -> None:
    async with (
        backend(lambda r: refusal("registry_unreachable", 503, {"Retry-After": "5"})) as there,
        client_of(there.url) as client,
    ):
        with pytest.raises(StepRejected) as caught:
            await client.start(NPI)
        assert len(there.requests) == 1
    assert (caught.value.problem.code, caught.value.retry_after) == ("registry_unreachable", 5.0)


@pytest.mark.parametrize(
    ("status", "tries", "trouble"),
    [
        (408, 3, BackendUnreachable),
        *((status, 3, BackendFailed) for status in (502, 503, 504)),
        *((status, 1, BackendFailed) for status in (500, 501, 505)),
        *((status, 1, StepRejected) for status in (409, 422, 429)),
    ],
)
async def test_what_is_tried_again_and_under_the_same_key(status: int, tries: int, trouble: type[Exception]) -> None:
    async with backend(lambda r: refusal("x", status)) as there, client_of(there.url) as client:
        with pytest.raises(trouble):
            await client.start(NPI)
    assert len(there.requests) == tries
    assert len({request.headers["idempotency-key"] for request in there.requests}) == 1
    assert {request.body for request in there.requests} == {b'{"npi":"1234567893"}'}


async def test_keys_are_drawn_from_128_random_bits() -> None:
    async with backend(lambda r: answer(session(), 201)) as there, client_of(there.url) as client:
        for turn in (None, Submit(NPI), Submit(NPI), Resend(), UsePhone()):
            await client.start(NPI, key=turn.key if turn else None)
    keys = [request.headers["idempotency-key"] for request in there.requests]
    assert len(set(keys)) == len(keys) == 5
    assert all(len(bytes.fromhex(key)) == 16 for key in keys)
    versions = {bytes.fromhex(new_key())[6] >> 4 for _ in range(200)}
    assert len(versions) > 8, "no bit is set beforehand, as a UUID's version is"


async def test_a_lost_connection_is_tried_again() -> None:
    replies = iter([None, None, answer(session(), 201)])
    async with backend(lambda r: next(replies)) as there, client_of(there.url) as client:
        assert (await client.start(NPI, key="the-key")).step is Step.NPI  # type: ignore[union-attr]  # a form's view
    assert [request.headers["idempotency-key"] for request in there.requests] == ["the-key"] * 3


async def test_a_long_pause_is_left_to_the_applicant() -> None:
    async with (
        backend(says(b"", status=503, Retry_After="11")) as there,
        client_of(there.url) as client,
    ):
        with pytest.raises(BackendFailed):
            await client.connect()
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    ("after", "seconds", "says"),
    [
        (90, 90.0, "Wait 90 seconds"),
        (600, 600.0, "Wait 10 minutes"),
        (-90, 0.0, "Wait a minute"),
        ("soon", None, "Wait a minute"),
        ("1000000", None, "Wait a minute"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, "Wait a minute"),
    ],
)
async def test_a_pause_may_be_a_date_by_the_clock_of_the_backend(
    after: int | str, seconds: float | None, says: str
) -> None:
    there_now = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    asked = format_datetime(there_now + timedelta(seconds=after), usegmt=True) if isinstance(after, int) else after
    pause = {"Retry_After": asked, "Date": format_datetime(there_now, usegmt=True)}
    async with backend(lambda r: answer(b"", 429, None, **pause)) as there, client_of(there.url, timeout=1) as client:
        await opened(client)
        with pytest.raises(TooManyRequests) as caught:
            await client.connect()
    assert caught.value.retry_after == seconds
    assert says in caught.value.advice


async def test_a_pause_of_just_the_longest_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST_PAUSE", 0.0)
    replies = iter([answer(b"", 503, None, Retry_After="0"), answer(SERVICE)])
    async with backend(lambda r: next(replies)) as there, client_of(there.url) as client:
        assert (await client.connect()).name == "A backend"


async def test_a_wrong_password_is_a_refusal_and_no_lost_session() -> None:
    async with (
        backend(lambda r: refusal("bad_credentials", 401, tries_left=2)) as there,
        client_of(there.url) as client,
    ):
        with pytest.raises(StepRejected) as caught:
            await client.sign_in(SignInForm.check({"username": "a.person", "password": PLANTED}))
    assert caught.value.problem.tries_left == 2


async def test_without_tokens_nothing_is_asked() -> None:
    async with backend(says(view())) as there, client_of(there.url) as client:
        with pytest.raises(SignedOut):
            await client.resume("r1")
        assert not there.requests


async def test_plain_http_never_leaves_this_machine() -> None:
    async with client_of("http://backend.example.com") as client:
        with pytest.raises(BackendError, match="plain http") as caught:
            await client.connect()
    assert_is_for_people(caught.value)


def test_a_problem_in_the_tests_is_one_of_the_contract() -> None:
    from iprescribe_tui.journey.views import Problem

    assert Problem.model_validate(problem("x")).code == "x"
