"""What a hostile server or network does to the real program: a screen names it in time, and memory stays small."""

import gzip
import json
import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import trustme

from iprescribe_tui.flow.ending import Ending
from tests.client.faulty import SERVICE, answer
from tests.hostile.villain import Behaviour, villain
from tests.tally import Tally
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, fill

DEADLINE = 3
"""Seconds that a call may take in these tests."""

MOST = 200 * 1024
"""KiB of memory that the program may ever have taken (VmHWM, proc(5))."""

NOT_OURS = "This is not an iPrescribe registration backend"
NO_SENSE = "The backend's answer makes no sense"
NO_ANSWER = "The backend does not answer"
FAILED = "The backend has a problem"
UPDATE = "An update is needed"
UNSAFE = "The connection to the backend is not safe"

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PORTAL = b"<!doctype html><title>Welcome</title><form>Sign in to the guest network.</form>"
BIDI = "\u202eelif\u202c \x9b2J"


def says(body: bytes | object, status: int = 200, media: str | None = "application/json", **headers: str) -> Behaviour:
    """One whole answer."""
    return lambda connection: connection.sendall(answer(body, status, media, **headers))


@cache
def packed(wbits: int) -> bytes:
    """256 MiB of blanks, as small as zlib makes them."""
    packer = zlib.compressobj(9, wbits=wbits)
    blanks = b" " * 2**20
    return b"".join(packer.compress(blanks) for _ in range(256)) + packer.flush()


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Behaviour:
    """An answer that never ends: a piece, a pause, a piece."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        end = time.monotonic() + 10 * DEADLINE
        while time.monotonic() < end:
            connection.sendall(piece)
            time.sleep(pause)

    return behave


def many(members: str) -> bytes:
    """A service document of almost a MiB, one of whose lists is full of `members`."""
    document = json.dumps(SERVICE)[:-1]
    times = (1_000_000 - len(document)) // (len(members) + 1)
    return f'{document}, "more": [{",".join([members] * times)}]}}'.encode()


def troubles() -> Iterator[tuple[str, str, Behaviour, str]]:
    """The kind of trouble, what it is, what is done, and the title of the screen that says so."""
    yield "bombs", "gzip", says(packed(31), Content_Encoding="gzip"), NO_SENSE
    yield "bombs", "deflate, unasked", says(packed(15), Content_Encoding="deflate"), NO_SENSE
    yield "bombs", "brotli, unasked", says(b"\x1b" * 999, Content_Encoding="br"), NO_SENSE
    yield "bombs", "zstd, unasked", says(b"\x28\xb5\x2f\xfd" * 99, Content_Encoding="zstd"), NO_SENSE
    yield "bombs", "gzip in gzip", says(gzip.compress(packed(31)), Content_Encoding="gzip, gzip"), NO_SENSE
    yield "endless", "body", endless(HEAD + b"\r\n[", b"1," * 50_000), NO_SENSE
    yield (
        "endless",
        "chunks",
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1f4\r\n%s\r\n" % (b"[" * 500) * 50),
        NO_SENSE,
    )
    yield "endless", "headers", endless(HEAD, b"X-Y: " + b"z" * 5000 + b"\r\n"), NOT_OURS
    yield "endless", "hints that more will come", endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50), NO_ANSWER
    yield "slow", "a byte a second", endless(HEAD + b"\r\n", b" ", 1), NO_ANSWER
    yield "slow", "a byte of the headers a second", endless(b"HTTP/1.1 200 OK\r\nX: ", b"y", 1), NO_ANSWER
    yield "JSON", "a million levels", says(b"[" * 10**6), NO_SENSE
    yield "JSON", "a number of 5,000 digits", says(b'{"contract": %s}' % (b"1" * 5000)), NO_SENSE
    yield "JSON", "a contract of 4,000 digits", says(b'{"contract": %s}' % (b"1" * 4000)), UPDATE
    yield "JSON", "a name twice", says(json.dumps(SERVICE).encode()[:-1] + b', "contract": 1}'), NO_SENSE
    yield "JSON", "300,000 lists", says(many("[]") + b"}"), NO_SENSE
    yield "JSON", "60,000 names", says(b"{%s}" % b",".join(b'"k%d": {}' % n for n in range(60_000))), NO_SENSE
    yield "JSON", "a session of 10^400 s", says(SERVICE | {"sessions": {"idle": 10**400}}), NO_SENSE
    yield "JSON", "other types", says(SERVICE | {"lists": {"x": [1]}}), NO_SENSE
    yield "content type", "none", says(SERVICE, media=None), NOT_OURS
    yield "content type", "HTML", says(SERVICE, media="text/html"), NOT_OURS
    yield "content type", "controls and bidi", says(SERVICE, media=BIDI.encode().decode("latin-1")), NOT_OURS
    yield "captive portal", "200 with a page", says(PORTAL, media="text/html"), NOT_OURS
    yield "captive portal", "302 to a page", says(b"", 302, Location="http://portal.example.com/login"), NOT_OURS
    yield "captive portal", "511", says(PORTAL, 511, "text/html"), FAILED
    yield "captive portal", "a page that refreshes", says(PORTAL, 200, "text/html", Refresh="0;url=http://x"), NOT_OURS


def memory(pid: int) -> int:
    """KiB that a process has had at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def meet(terminal: Terminal, title: str, seconds: float, why: str = "") -> None:
    """Continue, wait for the screen with `title`, which comes within `seconds` and says `why`, and go back."""
    terminal.until_true(lambda: "▸ Retry" not in terminal.text, "the step")
    began = time.monotonic()
    terminal.press("enter")
    terminal.until("▸ Retry", "Nothing that you typed is lost.")
    took = time.monotonic() - began
    terminal.until(title, why)
    assert took < seconds, f"{title} after {took:.1f} s"
    terminal.press("f9")


@pytest.mark.matrix
def test_each_villainy_is_named_in_time_and_costs_little(tmp_path: Path, tally: Tally) -> None:
    env = {"IPRESCRIBE_TIMEOUT": str(DEADLINE)}
    with villain() as there:
        there.behave = says(PORTAL, media="text/html")
        with Terminal(program(f"http://127.0.0.1:{there.port}"), home=tmp_path, env=env) as terminal:
            terminal.until("Sign in to resume")
            fill(terminal, HAPPY)
            terminal.until(NOT_OURS)
            terminal.press("f9")
            for kind, _, behave, title in troubles():
                there.behave = behave
                meet(terminal, title, 2 * DEADLINE)
                most = memory(terminal.pid)
                assert most < MOST
                tally("hostile", kind, tried=1, named=1)
            tally("memory among hostile servers", "MiB at most, of 200", seen=most // 1024)
            terminal.until_true(lambda: terminal.line("NPI").startswith(HAPPY), "the NPI that was typed")
            assert HAPPY.encode() not in there.heard
            terminal.press("f10")
            assert terminal.finish() == Ending.UNREACHABLE
    assert not re.search("[\x80-\x9f\u202a-\u202e]", terminal.raw.decode())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's, with a certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def certificates(authority: trustme.CA) -> Mapping[str, tuple[ssl.SSLContext | None, str]]:
    """Servers with a certificate, or none, that must not be trusted, and the words that say why."""

    def valid(first: int, last: int) -> ssl.SSLContext:
        since, until = (datetime(year, 1, 1, tzinfo=UTC) for year in (first, last))
        return context(authority.issue_cert("localhost", not_before=since, not_after=until))

    alone = trustme.CA(organization_name="\x1b[2JEvil\u202e")
    return {
        "expired": (valid(2019, 2020), "has expired"),
        "not valid yet": (valid(2090, 2091), "not valid yet"),
        "for another name": (context(authority.issue_cert("backend.example.com")), "for another name"),
        "of another authority": (context(trustme.CA().issue_cert("localhost")), "does not trust"),
        "of an authority with a hostile name": (context(alone.issue_cert("localhost")), "does not trust"),
        "no TLS at all": (None, "TLS"),
    }


@pytest.mark.matrix
def test_a_certificate_that_is_not_good_is_named_and_nothing_is_sent(
    authority: trustme.CA, tmp_path: Path, tally: Tally
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    cases = certificates(authority)
    with villain() as there:
        there.tls = cases["expired"][0]
        command = (*program(f"https://localhost:{there.port}"), "--ca-bundle", str(bundle))
        env = {"IPRESCRIBE_TIMEOUT": str(DEADLINE)}
        with Terminal(command, home=tmp_path, env=env) as terminal:
            terminal.until("Sign in to resume")
            fill(terminal, HAPPY)
            terminal.until(UNSAFE)
            terminal.press("f9")
            for tls, why in cases.values():
                there.tls = tls
                meet(terminal, UNSAFE, 2 * DEADLINE, why)
                tally("hostile", "certificates", tried=1, named=1)
            terminal.press("f10")
            assert terminal.finish() == Ending.UNREACHABLE
    assert b"HTTP" not in there.heard
