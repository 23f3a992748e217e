"""Everything bad that is sent, by its kind: each makes a `Shot`, bytes as they go over the wire."""

import base64
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final, Literal

from iprescribe_tui.journey.steps import Step
from tests.backend import SPECIALTY, picture
from tests.hostile.hour.villains import Gang
from tests.photos.drawn import saved, scene
from tests.photos.test_hostile import HARMFUL

LARGE: Final = 56 * 1024
"""Bytes that fit into a request that may have 64 KB."""


@dataclass(frozen=True)
class Shot:
    """What goes over one connection, in pieces, and how it ends: with an answer, in the middle, or not for long."""

    pieces: tuple[bytes, ...]
    ending: Literal["answer", "cut", "hang", "untaken"] = "answer"


Kind = Callable[[Gang, random.Random], Shot]

KINDS: dict[str, Kind] = {}


def kind(name: str) -> Callable[[Kind], Kind]:
    """List a kind of bad request under `name`."""

    def add(make: Kind) -> Kind:
        KINDS[name] = make
        return make

    return add


def request(method: str, path: str, body: bytes = b"", token: str = "", **headers: str) -> bytes:
    """A request that is whole and well-formed, as far as what it is given is; the names of headers with _ for -."""
    lines = {"Host": "127.0.0.1", "Connection": "close"}
    if method == "POST":
        lines |= {"Content-Type": "application/json", "Idempotency-Key": random.randbytes(16).hex()}
    if token:
        lines["Authorization"] = f"Bearer {token}"
    if body or method in ("POST", "PUT"):
        lines["Content-Length"] = str(len(body))
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "\r\n".join((f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""))
    return head.encode() + body


def post(path: str, body: Mapping[str, Any], token: str = "", **headers: str) -> bytes:
    """A POST of JSON."""
    return request("POST", f"/v1/{path}", json.dumps(body, ensure_ascii=False).encode(), token, **headers)


def submitted(gang: Gang, step: Step, **answers: Any) -> Shot:
    """Answers to the step at which one of the gang waits."""
    one = gang.at(step)
    path = f"registrations/{one.id}/steps/{step}"
    return Shot((post(path, answers, one.access, If_Match=f'"{one.revision}"'),))


# Signing in, and what opens things.


@kind("wrong sign-ins")
def _sign_in(gang: Gang, dice: random.Random) -> Shot:
    user = dice.choice((f"user{dice.randrange(10**6)}", "ngozi.thornbury", "bram.quill"))
    return Shot((post("sessions", {"username": user, "password": f"wrong {dice.randbytes(12).hex()}"}),))


@kind("sign-ins with huge passwords")
def _huge_password(gang: Gang, dice: random.Random) -> Shot:
    return Shot((post("sessions", {"username": f"user{dice.randrange(10**6)}", "password": "p" * LARGE}),))


@kind("replayed keys")
def _replayed(gang: Gang, dice: random.Random) -> Shot:
    one, body = gang.at(Step.PRACTICE), {"to": dice.choice((None, "npi", "nowhere"))}
    key = "the-same-again-and-again"[: dice.randrange(3, 6)]
    return Shot((post(f"registrations/{one.id}/back", body, one.access, If_Match='"1"', Idempotency_Key=key),))


@kind("guessed keys at a registration's start")
def _guessed_key(gang: Gang, dice: random.Random) -> Shot:
    key = dice.choice(("1", "test", "00000000-0000-0000-0000-000000000000", dice.randbytes(16).hex()))
    npi = dice.choice(("1000000038", "1000000079", "1000000996", "1234567890", gang.at(Step.PRACTICE).npi))
    return Shot((post("registrations", {"npi": npi}, Idempotency_Key=key),))


@kind("used and guessed refresh tokens")
def _refresh(gang: Gang, dice: random.Random) -> Shot:
    return Shot((post("tokens", {"refresh_token": dice.choice((gang.used_refresh, dice.randbytes(32).hex()))}),))


@kind("others' registrations")
def _others(gang: Gang, dice: random.Random) -> Shot:
    one, other = gang.any(dice), gang.any(dice)
    path = f"/v1/registrations/{dice.choice((other.id, dice.randbytes(16).hex()))}"
    return Shot((request("GET", path, token=one.access),))


@kind("guessed links of phones")
def _links(gang: Gang, dice: random.Random) -> Shot:
    page = dice.choice(("p", "P", "l", "h"))
    return Shot((request(dice.choice(("GET", "HEAD", "POST")), f"/{page}/{dice.randbytes(8).hex().upper()}"),))


@kind("guessed keys of the outbox")
def _outbox(gang: Gang, dice: random.Random) -> Shot:
    return Shot((request("GET", "/v1/sandbox/outbox", Sandbox_Key=dice.randbytes(18).hex()),))


# Values.


@kind("56 KB of PO boxes")
def _po_boxes(gang: Gang, dice: random.Random) -> Shot:
    filler = dice.choice(("PO BOX ", "P O Box 1 ", "p.o. b o x ", "Post Office Bo ", "1 " * 3))
    answers = {"practice_name": "x", "street": filler * (LARGE // len(filler)), "city": "Springfield"}
    return submitted(gang, Step.PRACTICE, **answers, suite="", state="IL", zip_code="62701", phone="1" * 20, fax="")


@kind("56 KB in other fields")
def _long(gang: Gang, dice: random.Random) -> Shot:
    pattern = dice.choice(("a@", "1-", "(", "é", "a.b-", "  ", "\t\n", "=?utf-8?q?"))
    long = pattern * (LARGE // len(pattern.encode()) // 2)
    return dice.choice(
        (
            submitted(gang, Step.PERSONAL, email=f"{long}@example.com", role="doctor_or_dentist", specialty=long),
            submitted(gang, Step.CREDENTIALS, username=long, password="x", password_again="x"),
            submitted(gang, Step.CREDENTIALS, username="amelia", password=long, password_again=long),
            submitted(gang, Step.SSN, ssn=long),
            submitted(gang, Step.MFA_CODE, code=long),
            Shot((post("registrations", {"npi": long}),)),
        )
    )


@kind("encoded words and quoted e-mails")
def _encoded_word(gang: Gang, dice: random.Random) -> Shot:
    odd = (
        "=?utf-8?q?x?=@example.com",
        '"a b"@example.com',
        "a(c)@example.com",
        "a@[127.0.0.1]",
        "a@example.com\r\nBcc: b",
    )
    return submitted(gang, Step.PERSONAL, email=dice.choice(odd), role="nobody", specialty=SPECIALTY)


@kind("combining marks")
def _marks(gang: Gang, dice: random.Random) -> Shot:
    marks = "a" + "".join(chr(dice.randrange(0x300, 0x370)) for _ in range(3600))
    return submitted(gang, Step.PRACTICE, practice_name=marks, street=marks, suite=marks, city=marks, state="IL")


@kind("deep and odd JSON")
def _json(gang: Gang, dice: random.Random) -> Shot:
    odd = (
        b"[" * LARGE,
        b'{"npi":' * (LARGE // 7),
        b'{"npi": %s}' % (b"9" * LARGE),
        b'{"npi": 1e%s}' % (b"9" * 4000),
        b'{"npi": "\\ud800", "npi": NaN}',
        b"{" + b'"a":1,' * (LARGE // 6) + b'"npi":1}',
        b"\xff\xfe" + '{"npi": 1}'.encode("utf-16-le"),
        b"{" + dice.randbytes(2000),
    )
    return Shot((request("POST", "/v1/registrations", dice.choice(odd)),))


@kind("bodies that are too large")
def _too_large(gang: Gang, dice: random.Random) -> Shot:
    return Shot((request("POST", "/v1/sessions", b'{"username": "' + b"x" * 500_000 + b'"}'),))


# Things that are sent.


@kind("floods of support requests")
def _support(gang: Gang, dice: random.Random) -> Shot:
    body = {"category": "npi", "message": "m" * 500, "contact": f"victim{dice.randrange(5)}@example.com"}
    return Shot((post("support-requests", body, dice.choice(("", gang.any(dice).access))),))


@kind("codes again and again")
def _resent(gang: Gang, dice: random.Random) -> Shot:
    one = gang.at(Step.MFA_CODE)
    return Shot((post(f"registrations/{one.id}/steps/{Step.MFA_CODE}/resend", {}, one.access),))


@kind("links for phones again and again")
def _handoffs(gang: Gang, dice: random.Random) -> Shot:
    one = gang.at(Step.DOCUMENT)
    return Shot((post(f"registrations/{one.id}/handoffs", {}, one.access),))


@kind("guessed codes")
def _guessed_codes(gang: Gang, dice: random.Random) -> Shot:
    return submitted(gang, Step.MFA_CODE, code=f"{dice.randrange(10**6):06}")


# Photos.


@cache
def photos() -> tuple[bytes, ...]:
    """Bombs, damaged ones, ones that take long, and no photos at all; drawn once."""
    harmful = [make() for make, _ in HARMFUL.values()]
    large = saved(scene().resize((4000, 3000)), quality=70)
    return (*harmful, large, large[: len(large) // 2], picture("front")[:9000], b"GIF89a" + bytes(60_000), b"%PDF-1.7")


def put(gang: Gang, photo: bytes, digest: str = "") -> bytes:
    """A photo on its way to the sandbox."""
    one, announced = gang.at(Step.DOCUMENT), base64.b64encode(sha256(photo).digest()).decode()
    path = f"/v1/registrations/{one.id}/evidence/front"
    return request(
        "PUT", path, photo, one.access, Content_Type="image/jpeg", Content_Digest=digest or f"sha-256=:{announced}:"
    )


@kind("photos that are bombs or damaged")
def _photos(gang: Gang, dice: random.Random) -> Shot:
    return Shot((put(gang, dice.choice(photos())),))


@kind("photos of another digest")
def _other_digest(gang: Gang, dice: random.Random) -> Shot:
    return Shot((put(gang, picture("front"), dice.choice(("sha-256=:AAAA:", f"sha-256=:{'A' * 43}=:", "md5=:x:"))),))


@kind("uploads that stop in the middle")
def _stopped(gang: Gang, dice: random.Random) -> Shot:
    whole = put(gang, photos()[-5])
    return Shot((whole[: dice.randrange(600, len(whole))],), dice.choice(("cut", "hang")))


# HTTP.


@kind("wrong methods and addresses")
def _methods(gang: Gang, dice: random.Random) -> Shot:
    path = dice.choice(
        ("/v1/registrations", "/v1/sessions", "/v1/service", "/outbox", "/p/A", "/../etc/passwd", "/%00")
    )
    return Shot((request(dice.choice(("DELETE", "PATCH", "TRACE", "CONNECT", "FOO", "OPTIONS", "PUT")), path),))


@kind("smuggled requests")
def _smuggled(gang: Gang, dice: random.Random) -> Shot:
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    inner = b"GET /v1/service HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    odd = (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nContent-Length: 30\r\n\r\n{}",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2;a=" + b"b" * 9000 + b"\r\n{}\r\n0\r\n\r\n",
        b"Content-Length: +2\r\n\r\n{}",
        b"X: a\n\rContent-Length : 2\r\n\r\n{}",
    )
    return Shot((head + dice.choice(odd) + inner,))


@kind("bytes that are no HTTP")
def _bytes(gang: Gang, dice: random.Random) -> Shot:
    odd = (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(300),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        dice.randbytes(dice.randrange(1, 3000)),
        b"GET /v1/service HTTP/9.9\r\n\r\n",
        b"GET http://other.example.com/ HTTP/1.1\r\n\r\n",
        b"\0" * 5000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
    )
    return Shot((dice.choice(odd) + b"\r\n\r\n",))


@kind("huge headers")
def _headers(gang: Gang, dice: random.Random) -> Shot:
    many = "".join(f"X-{at}: {'v' * 20}\r\n" for at in range(3000)).encode()
    one = b"Cookie: " + b"c" * 1_000_000 + b"\r\n"
    return Shot((b"GET /v1/service HTTP/1.1\r\nHost: 127.0.0.1\r\n" + dice.choice((many, one)) + b"\r\n",))


@kind("foreign hosts and origins")
def _foreign(gang: Gang, dice: random.Random) -> Shot:
    headers = dice.choice(({"Host": "evil.example.com"}, {"Origin": "http://evil.example.com"}, {"Host": ""}))
    return Shot((post("registrations", {"npi": "1000000012"}, **headers, Sec_Fetch_Site="cross-site"),))


@kind("slow connections")
def _slow(gang: Gang, dice: random.Random) -> Shot:
    half = b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\nContent-Type: application/json\r\n"
    whole = half + b'\r\n{"username": "' + b"u" * 400
    return Shot((whole[: dice.randrange(len(whole))], b"a", b"b"), "hang")


@kind("answers that nobody takes")
def _untaken(gang: Gang, dice: random.Random) -> Shot:
    path = dice.choice(("/v1/service", "/v1/openapi.json"))
    return Shot((request("GET", path, Connection="keep-alive") * 20,), "untaken")


@kind("documents again and again")
def _documents(gang: Gang, dice: random.Random) -> Shot:
    return Shot((request("GET", dice.choice(("/v1/service", "/v1/openapi.json")), Accept_Encoding="gzip"),))


@kind("calls that wait for news")
def _waits(gang: Gang, dice: random.Random) -> Shot:
    one = gang.any(dice)
    path, known = f"/v1/registrations/{one.id}", f'"{one.revision}"'
    return Shot((request("GET", path, token=one.access, If_None_Match=known, Prefer="wait=25"),), "hang")


@kind("stale answers")
def _stale(gang: Gang, dice: random.Random) -> Shot:
    one = gang.any(dice)
    path = f"registrations/{one.id}/{dice.choice(('back', 'steps/consent', 'steps/done', 'steps/npi'))}"
    return Shot((post(path, {"to": "npi"}, one.access, If_Match=f'"{dice.choice((0, 999_999_999))}"'),))
