"""Both ends of the wire: whatever a backend answers has a name, and whatever the sandbox is asked gets an answer."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import strategies as st

from iprescribe_tui.client import BackendError, Client, StaleView, StepRejected, transport
from iprescribe_tui.client.decode import VERDICTS
from iprescribe_tui.front_ends.plain.words import words_of
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import BackendView, Problem, Tokens
from iprescribe_tui.sandbox.api import openapi
from tests.backend import PASSWORD, RunningSandbox, Walk, picture, running
from tests.client.faulty import TOKENS, Memory, answer, backend, client_of
from tests.client.test_hostile_answers import CALLS
from tests.fuzz.drawn import JSON, broken, mostly, spoiled, texts
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.test_texts import is_harmless
from tests.hostile.real import Answers, real_answers
from tests.photos.drawn import saved, scene
from tests.tally import Tally

pytestmark = pytest.mark.matrix

MEDIA = st.sampled_from(
    ("application/json", "application/problem+json", "text/html", "application/json; charset=x", None, "")
)
STATUSES = st.sampled_from((200, 201, 204, 206, 302, 304, 400, 401, 404, 408, 409, 412, 422, 429, 500, 503, 507, 599))
HEADERS = ("ETag", "Date", "Retry-After", "Content-Encoding", "Set-Cookie", "Location", "X-Other", "Transfer-Encoding")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What a sandbox really answers."""
    return real_answers(tmp_path_factory.mktemp("real"))


class Exchange:
    """A client, and a backend that gives it `reply`."""

    def __init__(self, photo: Path) -> None:
        self.reply = b""
        self.photo = photo
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._tokens = Memory()
        self._client = self._runner.run(self._started())

    async def _started(self) -> Client:
        there = await self._stack.enter_async_context(backend(lambda request: self.reply))
        return await self._stack.enter_async_context(client_of(there.url, tokens=self._tokens, key="key", timeout=5))

    def call(self, name: str) -> str:
        """What came of one call: only what is named in `client/errors` may."""
        return self._runner.run(self._called(name))

    async def _called(self, name: str) -> str:
        self._tokens.kept["r1"] = Tokens.model_validate(TOKENS)
        await self._client.take_up("r1")
        try:
            async with asyncio.timeout(20):
                found = await CALLS[name](self._client, self.photo)
        except BackendError as error:
            words = [str(error), error.why]
        except StepRejected as rejected:
            words = [rejected.problem.title, rejected.problem.detail, *rejected.problem.errors.values()]
        except StaleView as stale:
            words = words_of(stale.view)
        else:
            words = words_of(found) if isinstance(found, BackendView) else []
            assert is_harmless("".join(words), "\n")
            return "taken"
        assert is_harmless("".join(words), "\n")
        return "named"

    def close(self) -> None:
        """End both."""
        self._runner.run(self._stack.aclose())
        self._runner.close()


@pytest.fixture
def exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """Both ends, without pauses between tries."""
    monkeypatch.setattr(transport, "BACKOFF", 0.0)
    monkeypatch.setattr(transport, "LONGEST_PAUSE", 0.0)
    (tmp_path / "front.jpg").write_bytes(picture("front"))
    found = Exchange(tmp_path / "front.jpg")
    yield found
    found.close()


NEEDLESS = {"POST back", "POST resend", "POST handoff", "DELETE session"}
"""Calls whose answers are read as that of a step, or not at all."""


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NEEDLESS])
def test_each_answer_of_a_backend_has_a_name(name: str, exchange: Exchange, heard: Answers, tally: Tally) -> None:
    bodies = documents_for(name, heard)
    good = [answer(body) for body in bodies]

    def attempt(body: bytes, status: int, media: str | None, headers: Mapping[str, str], bytes_of: bytes) -> str:
        exchange.reply = bytes_of or answer(body, status, media, **headers)
        return exchange.call(name)

    # As a header travels: any bytes but line ends.
    value = texts(20).map(lambda text: text.encode("utf-8", "surrogatepass").decode("latin-1"))
    headers = st.dictionaries(
        st.sampled_from(HEADERS), value.map(lambda text: text.replace("\r", "").replace("\n", "")), max_size=2
    )
    fuzz(
        tally,
        "answers to the client",
        100,
        attempt,
        body=spoiled(bodies).map(lambda found: json.dumps(found).encode())
        | broken([json.dumps(b).encode() for b in bodies]),
        status=mostly(200) | STATUSES,
        media=mostly("application/json") | MEDIA,
        headers=mostly({}) | headers.map(encoded),
        bytes_of=mostly(b"") | broken(good),
    )


def encoded(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that can be written as a test writes them: what is no ASCII goes as it can."""
    return {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}


def documents_for(name: str, heard: Answers) -> list[Any]:
    """What a backend might answer to a call, refusals included."""
    views = list(heard.views.values())
    of_call = {
        "GET service": [heard.service],
        "POST registration": [{"view": view, "tokens": TOKENS} for view in views],
        "POST session": [{"view": view, "tokens": TOKENS} for view in views],
        "POST support": [heard.support],
        "GET outbox": [heard.outbox],
        "PUT photo": [heard.evidence],
    }
    return [*of_call.get(name, views), *list(heard.refusals.values())[:6]]


# The sandbox.

AT = {
    "happy": Step.CREDENTIALS,
    "happy_two": Step.PERSONAL,
    "po_box_practice": Step.PRACTICE,
    "idme_existing": Step.IDME_SIGN_IN,
    "phone_refused": Step.MFA_PHONE,
    "document_blurred": Step.MFA_CODE,
    "document_glare": Step.DOCUMENT,
    "selfie_no_face": Step.SELFIE,
    "phone_no_match": Step.PHONE_MATCH,
    "ssn_refused_once": Step.SSN,
    "phone_link_expired": Step.ATTRIBUTES_REVIEW,
    "license_other_state": Step.LICENSE_REVIEW,
}
"""A person at most of the steps that ask for something."""

PAGES = ("/outbox", "/personas", "/l/{token}", "/h/{token}", "/p/{code}", "/P/{code}", "/v1/openapi.json")
DOCUMENT = json.loads(Path(openapi.__file__).with_name("openapi.json").read_text(encoding="utf-8"))
ROUTES = [
    *((method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods),
    *((method, path) for path in PAGES for method in ("GET", "POST")),
]


@dataclass(frozen=True)
class Applicant:
    """Somebody at a step, and what would be right to answer there."""

    walk: Walk
    step: Step
    good: Mapping[str, Any]


@pytest.fixture(scope="module")
def applicants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Applicant]]:
    """A sandbox in which people stand at their steps."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        found = []
        for persona, step in AT.items():
            account = "existing" if persona == "idme_existing" else "create"
            walk = sandbox.registration_at(step, persona, account=account)
            found.append(Applicant(walk, step, walk.answers_to(step)))
        yield found


@st.composite
def requests(draw: st.DrawFn, applicants: Sequence[Applicant]) -> dict[str, Any]:
    """A request near to one that is right: of a person at a step, to a route, with one thing or another spoiled."""
    applicant = draw(st.sampled_from(applicants))
    step, walk = applicant.step, applicant.walk
    method, path = draw(st.just(("POST", f"/v1/registrations/{{id}}/steps/{step}")) | st.sampled_from(ROUTES))
    ident = draw(mostly(walk.id) | texts(12))
    path = path.replace("{id}", escaped(ident)).replace("{registration_id}", escaped(ident))
    path = path.replace("{slot}", draw(st.sampled_from(("front", "back", "photo"))))
    for name in ("{message_id}", "{token}", "{code}"):
        path = path.replace(name, escaped(draw(texts(12))))
    headers = {
        "Authorization": f"Bearer {draw(mostly(walk.access) | texts(20))}",
        "Idempotency-Key": draw(st.uuids().map(str) | texts(20)),
        "If-Match": f'"{draw(mostly(walk.view["revision"]) | st.integers() | texts(6))}"',
        "Content-Type": draw(
            mostly("application/json") | st.sampled_from(("image/jpeg", "text/plain", "multipart/form-data"))
        ),
        "Sandbox-Key": draw(mostly(walk.sandbox.key) | texts(8)),
    }
    for name in draw(st.lists(st.sampled_from(EXTRA_HEADERS), max_size=2)):
        headers[name] = draw(texts(20))
    good = {"npi": walk.npi, "username": "amelia", "password": PASSWORD, "refresh_token": walk.refresh, "to": "npi"}
    answers = [applicant.good, good]
    body = draw(spoiled(answers).map(as_body) | JSON.map(as_body) | broken([as_body(each) for each in answers]))
    return {
        "method": method,
        "url": path,
        "headers": {name: sent(value) for name, value in headers.items()},
        "content": body,
    }


EXTRA_HEADERS = (
    "If-None-Match",
    "Content-Digest",
    "Cookie",
    "Origin",
    "Host",
    "Range",
    "X-Forwarded-For",
    "Content-Encoding",
)


def escaped(text: str) -> str:
    """As a part of a path."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def sent(text: str) -> bytes:
    """As a header: any bytes that HTTP lets through."""
    return bytes(byte for byte in text.encode("utf-8", "surrogatepass") if byte > 31 and byte != 127).strip()


def as_body(document: Any) -> bytes:
    """As JSON, with halves of characters as escapes."""
    return json.dumps(document).encode()


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the sandbox complained of, but for a line that says that something was no HTTP."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR or record.name.startswith("python_multipart")
    ]


def test_each_request_to_the_sandbox_is_answered(
    applicants: list[Applicant], caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    sandbox = applicants[0].walk.sandbox

    def attempt(request: dict[str, Any]) -> str:
        caplog.clear()
        heard = sandbox.http.request(**request)
        assert failures(caplog) == []
        assert heard.status_code < 500 or heard.json()["code"] in VERDICTS, heard.text
        if heard.status_code >= 400 and request["url"].startswith("/v1/"):
            assert heard.headers["content-type"] == "application/problem+json"
            assert Problem.model_validate_json(heard.content).status == heard.status_code
        return f"{heard.status_code // 100}xx"

    fuzz(tally, "requests to the sandbox", 250, attempt, request=requests(applicants))


def multipart(parts: Mapping[str, bytes], boundary: bytes = b"xYx") -> bytes:
    """A form as a browser sends it; what has no name of a field is a photo."""
    lines = []
    for name, content in parts.items():
        file = b'; filename="photo.jpg"\r\nContent-Type: image/jpeg' if content.startswith(b"\xff\xd8") else b""
        head = b'Content-Disposition: form-data; name="%s"%s' % (name.encode(), file)
        lines.append(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head, content))
    return b"".join(lines) + b"--%s--\r\n" % boundary


def test_whatever_a_phone_sends_it_gets_a_page(
    applicants: list[Applicant], caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    walk = next(each.walk for each in applicants if each.step is Step.SELFIE)
    path = urlsplit(walk.seen(walk.post("handoffs", {}).json())["url"]).path
    photo = saved(scene(noise=0).resize((64, 43)))
    forms = [{"kind": b"passport"}, {"opened": b"1"}, {"photo": photo}, {"front": photo, "kind": b"x"}, {"photo": b""}]
    media = mostly("multipart/form-data; boundary=xYx") | texts(20).map(
        lambda text: f"multipart/form-data; boundary={text}"
    )
    codecs = st.sampled_from(("utf-8", "idna", "undefined", "punycode", "utf-7", "unicode_escape", "zlib"))
    media |= codecs.map(lambda codec: f"multipart/form-data; boundary=xYx; charset={codec}")

    def attempt(content: bytes, kind: str) -> str:
        caplog.clear()
        heard = walk.sandbox.http.post(path, content=content, headers=[(b"Content-Type", sent(kind))])
        assert failures(caplog) == []
        assert heard.status_code < 500
        assert heard.headers["content-type"].startswith("text/html")
        return f"{heard.status_code // 100}xx"

    fuzz(tally, "forms from phones", 120, attempt, content=broken([multipart(form) for form in forms]), kind=media)


def test_bytes_that_are_hardly_http_are_answered_or_dropped(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    # A sandbox of its own: requests drawn for the others may have closed their sessions, as a stolen token does.
    walk = sandbox.registration_at(Step.PRACTICE)
    host, port = httpx.URL(sandbox.url).host, httpx.URL(sandbox.url).port
    body = as_body(walk.answers_to(Step.PRACTICE))
    head = (
        f"POST /v1/registrations/{walk.id}/steps/practice HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f'Authorization: Bearer {walk.access}\r\nIdempotency-Key: k\r\nIf-Match: "1"\r\n'
        "Content-Type: application/json\r\nConnection: close\r\n"
    ).encode()
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    good = [head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body), head + chunked]
    good += [b"GET /v1/service HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n\r\n" % (host.encode(), port or 0)]

    def attempt(content: bytes) -> str:
        caplog.clear()
        with socket.create_connection((host, port), timeout=20) as connection, suppress(ConnectionError):
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            heard = b""
            while piece := connection.recv(65536):
                heard += piece
            assert failures(caplog) == []
            first = heard.split(b" ", 2)[1:2]
            assert not heard or (heard.startswith(b"HTTP/1.1 ") and int(first[0]) < 500), heard[:300]
            return f"{first[0].decode()[0]}xx" if heard else "dropped"
        return "dropped"

    fuzz(tally, "bytes to the sandbox", 300, attempt, content=broken(good) | st.binary(max_size=80))
    assert walk.look()
