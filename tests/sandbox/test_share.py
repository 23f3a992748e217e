"""A sandbox that phones can reach: at a socket of its own, with the pages for phones and nothing else."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from iprescribe_tui.sandbox.api.listening import lan_address
from tests.sandbox.test_doors import raw
from tests.sandbox.test_serve import command

NOT_SHARED = (
    *("/v1/service", "/v1/openapi.json", "/outbox", "/personas", "/l/ABC", "/h/ABC", "/v1/registrations", "/"),
    *("/v1/sandbox/outbox", "//v1/service", "/p/../v1/service", "/P/..%2f..%2fv1/service", "/v1/support-requests"),
)


@contextmanager
def sharing(folder: Path, *more: str) -> Iterator[tuple[str, str]]:
    """Where a sandbox of a person listens, and where its pages for phones are."""
    asked = [*command(folder), *more]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            assert child.stderr
            said = ""
            while "Phones reach their pages" not in said:
                line = child.stdout.readline()
                assert line, child.stderr.read()
                said += line
            whole, phones = re.search(r"listens on (\S+)", said), re.search(r"Phones .* at (\S+?),?\s", said)
            assert whole
            assert phones
            yield whole[1], phones[1]
        finally:
            child.kill()


def at(host: str, url: str) -> str:
    """The same port at another host."""
    return f"http://[{host}]:{urlsplit(url).port}" if ":" in host else f"http://{host}:{urlsplit(url).port}"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 here")

SHARED = [
    pytest.param((), "127.0.0.2", ("127.0.0.2",), id="an address"),
    pytest.param((), "0.0.0.0", ("127.0.0.1", "127.0.0.2"), id="every address"),
    *(
        pytest.param(
            own, shared, reached, id=name, marks=[pytest.mark.matrix, *([needs_ipv6] if ":" in shared else [])]
        )
        for name, own, shared, reached in (
            ("every address, of both kinds", (), "::", ("127.0.0.1", "127.0.0.2", "::1")),
            ("the other loopback", (), "::1", ("::1",)),
            ("IPv4 written as IPv6", (), "::ffff:127.0.0.2", ("127.0.0.2",)),
            ("the API's own address", (), "127.0.0.1", ("127.0.0.1",)),
            ("the API's own address, as IPv6 has it", (), "::ffff:127.0.0.1", ("127.0.0.1",)),
            ("a name", (), "localhost", ("127.0.0.1",)),
            ("every address, as a number", (), "0", ("127.0.0.1",)),
            ("the API at every address", ("--host", "0.0.0.0"), "127.0.0.2", ("127.0.0.2",)),
            ("both at every address", ("--host", "0.0.0.0"), "0.0.0.0", ("127.0.0.1", "127.0.0.3")),
            ("the API at every address of both kinds", ("--host", "::"), "127.0.0.2", ("127.0.0.2",)),
            ("a name for the API", ("--host", "localhost"), "0.0.0.0", ("127.0.0.1",)),
        )
    ),
]


@pytest.mark.parametrize(("own", "shared", "reached"), SHARED)
def test_the_socket_for_phones_has_their_pages_and_nothing_else(
    tmp_path: Path, own: tuple[str, ...], shared: str, reached: tuple[str, ...]
) -> None:
    """Wherever it listens; no header, target or method makes it serve what the other socket does."""
    with sharing(tmp_path, *own, "--share", shared) as (whole, phones), httpx.Client(trust_env=False) as client:
        here = at("127.0.0.1", whole)
        assert client.get(f"{here}/v1/service").status_code == 200
        assert "0.0.0.0" not in phones
        assert "[::]" not in phones
        for host in reached:
            there = at(host, phones)
            page = client.get(f"{there}/P/AAAAAAAAAAAAAAAA")
            assert "This link opens nothing" in page.text
            assert page.headers["cache-control"] == "no-store"
            for path in NOT_SHARED:
                assert client.get(there + path).status_code == 404, (host, path)
                assert client.post(there + path).status_code == 404, (host, path)
            for said in forged(whole):
                assert client.get(f"{there}/v1/service", headers=said).status_code in (404, 421), said
            for line in (f"GET {here}/v1/service HTTP/1.1", f"GET {whole}/outbox HTTP/1.1"):
                assert raw(there, line, f"Host: {urlsplit(here).netloc}") in (400, 404, 421), line


def forged(whole: str) -> list[dict[str, str]]:
    """What a request may say of where it was sent."""
    own = urlsplit(whole).netloc
    forwarded = {"X-Forwarded-Host": own, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    return [
        {"Host": own},
        {"Host": "127.0.0.1"},
        {"Host": own, **forwarded, "X-Forwarded-Port": str(urlsplit(whole).port)},
        {"Forwarded": f"for=127.0.0.1;host={own};proto=http", "X-Real-IP": "127.0.0.1"},
        {"X-Original-URL": "/v1/service", "X-Rewrite-URL": "/v1/service", "X-Forwarded-Prefix": "/v1"},
    ]


@pytest.mark.parametrize(
    "shared",
    [
        "192.0.2.77",
        *(pytest.param(host, marks=pytest.mark.matrix) for host in ("nobody.invalid", "300.0.0.1", "a..b", " ")),
    ],
)
def test_an_address_that_is_not_here_is_told_in_words(tmp_path: Path, shared: str) -> None:
    done = subprocess.run([*command(tmp_path), "--share", shared], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("The sandbox cannot listen on 127.0.0.1 port 0, and for phones at ")
    assert "Traceback" not in done.stderr


def test_this_machine_is_found_in_its_network_or_it_is_said_that_it_is_not() -> None:
    try:
        address = lan_address()
    except OSError:
        return
    with socket.socket() as probe:
        probe.bind((address, 0))


@pytest.mark.parametrize(
    "url",
    [
        "sandbox.example.com",
        "ftp://example.com",
        "https://example.com/?a=1",
        "https://a:1x",
        "https://exämple.com",
        "https://a@example.com",
        "http://sandbox.example.com",
        "http://8.8.8.8",
    ],
)
def test_what_is_no_address_is_refused_as_public_url(tmp_path: Path, url: str) -> None:
    done = subprocess.run(command(tmp_path, "--public-url", url), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "a URL such as https://sandbox.example.com" in done.stderr
