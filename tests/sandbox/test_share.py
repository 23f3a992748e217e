"""A sandbox that phones can reach: at an address of its own, with the pages for phones and nothing else."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from iprescribe_tui.sandbox.serve import lan_address
from tests.sandbox.test_serve import command, started

SHARED = "127.0.0.2"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the sandbox listens, and where its pages for phones are."""
    with started(tmp_path_factory.mktemp("shared"), "--share", SHARED) as (_, said):
        yield said["url"], said["url"].replace("127.0.0.1", SHARED)


@pytest.mark.parametrize(
    "path", ["/v1/service", "/v1/openapi.json", "/outbox", "/personas", "/l/ABC", "/h/ABC", "/v1/registrations", "/"]
)
def test_nothing_but_the_pages_for_phones_is_shared(both: tuple[str, str], path: str) -> None:
    whole, shared = both
    assert httpx.get(shared + path, trust_env=False).status_code == 404
    forged = httpx.get(shared + path, headers={"Host": whole.removeprefix("http://")}, trust_env=False)
    assert forged.status_code == 404
    assert httpx.post(shared + path, trust_env=False).status_code == 404


def test_the_pages_for_phones_are_shared(both: tuple[str, str]) -> None:
    whole, shared = both
    page = httpx.get(f"{shared}/P/AAAAAAAAAAAAAAAA", trust_env=False)
    assert "This link opens nothing" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert httpx.get(f"{whole}/v1/service", trust_env=False).status_code == 200


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
