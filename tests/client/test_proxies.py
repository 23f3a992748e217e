"""By which proxy a backend is reached: NO_PROXY of every spelling, SOCKS, and the culprit by its name."""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from iprescribe_tui.client import BackendUnreachable
from iprescribe_tui.client.proxies import exemptions, proxy_for, unusable
from tests.client.faulty import PLANTED, SERVICE, answer, backend, client_of
from tests.client.socks import socks_relay
from tests.client.test_trust import serving


@pytest.fixture(autouse=True)
def sockets_of_failed_handshakes() -> Iterator[None]:
    """httpcore leaves the socket of a refused proxy handshake to the garbage collector: collect it here."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


PROXY = "http://proxy.example.com:8080"
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


STRANGE = (
    "fd00::/8",
    "[::1]",
    "[::1]:8080",
    "fd00::/200",
    "[::",
    "a:b:c",
    "http://[::1",
    "host:99999",
    "\u00bd/..",
    ":",
)
"""Entries that httpx cannot parse, or that nobody can."""


@pytest.mark.parametrize("entry", STRANGE)
async def test_an_entry_that_httpx_cannot_parse_costs_no_connection(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy still answers for what the entry does not cover."""
    async with backend(lambda request: answer(b"", 403, None)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", f"localhost, {entry} ,10.0.0.0/8")
        async with client_of("https://backend.example.com") as client:
            with pytest.raises(BackendUnreachable, match="the proxy that HTTPS_PROXY names refuses"):
                await client.connect()
    assert [request.path for request in proxy.requests] == ["backend.example.com:443"]


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("fd00::/8", "[fd12::7]", True),
        ("[fd00::]/8", "[fd12::7]", True),
        ("fd00::/8", "[fe80::7]", False),
        ("[fd12::7]", "[fd12::7]", True),
        ("[fd12::7]:8443", "[fd12::7]:8443", True),
        ("[fd12::7]:8443", "[fd12::7]", False),
        ("fd12:0:0::7", "[fd12::7]", True),
        ("fe80::%eth0/10", "[fe80::7]", True),
        ("10.0.0.0/8", "10.20.30.40", True),
        ("10.1.2.3/8", "10.20.30.40", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("192.168.*", "192.168.7.7", True),
        ("example.com", "backend.example.com", True),
        ("example.com", "example.com", True),
        ("example.com", "anotherexample.com", False),
        (".example.com", "backend.example.com", True),
        ("*.example.com", "backend.example.com", True),
        ("EXAMPLE.COM.", "backend.example.com", True),
        ("a.example,example.com b.example", "backend.example.com", True),
        ("backend.example.com:443", "backend.example.com", True),
        ("backend.example.com:8443", "backend.example.com", False),
        ("https://backend.example.com", "backend.example.com", True),
        ("http://backend.example.com", "backend.example.com", False),
        ("bücher.example", "www.xn--bcher-kva.example", True),
        ("<local>", "backend", True),
        ("*", "backend.example.com", True),
        ("x, * ,[::", "backend.example.com", True),
        ("", "backend.example.com", False),
    ],
)
def test_what_an_entry_covers(no_proxy: str, host: str, direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = proxy_for(f"https://{host}")
    assert (found is None) is direct
    assert found is None or (found.url, found.source) == (PROXY, "HTTPS_PROXY")


def test_entries_that_name_no_host_are_told_apart() -> None:
    known = exemptions(f"localhost,fd00::/200,user:{PLANTED}@example.com,::1")
    assert [meant is not None for meant in known.values()] == [True, False, False, True]


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        ({"ALL_PROXY": "gopher://127.0.0.1"}, "ALL_PROXY"),
        ({"all_proxy": "http://"}, "all_proxy"),
        ({"https_proxy": "http://[::1"}, "https_proxy"),
        ({"HTTPS_PROXY": "socks4://127.0.0.1:1080"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://127.0.0.1:port"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://127.0.0.1:99999"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": f"http://user:{PLANTED}@[bad"}, "HTTPS_PROXY"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    environ: dict[str, str], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BackendUnreachable, match=rf"\b{source} cannot be used") as caught:
        proxy_for("https://backend.example.com")
    assert PLANTED not in str(caught.value)
    assert caught.value.__context__ is None
    assert proxy_for("http://127.0.0.1:8765") is None


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("ALL_PROXY", "socks5h"), ("https_proxy", "socks5"), ("HTTPS_PROXY", "SOCKS5H"), ("all_proxy", "socks")],
)
@pytest.mark.parametrize("user", ["", f"user:{PLANTED}@"])
async def test_a_backend_is_reached_through_socks(
    variable: str, scheme: str, user: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name, which only the relay can resolve; its certificate is checked as ever."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = serving(authority.issue_cert("backend.invalid"))
    async with backend(lambda request: answer(SERVICE), tls) as there, socks_relay(there.url) as relay:
        monkeypatch.setenv(variable, f"{scheme}://{user}{relay.place}")
        async with client_of("https://backend.invalid", ca_bundle=tmp_path / "ca.pem") as client:
            assert (await client.connect()).name == "A backend"
    assert relay.asked == [("backend.invalid", 443)]
    assert relay.signed_in == ([("user", PLANTED)] if user else [])


async def test_a_socks_relay_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with socks_relay("http://127.0.0.1:1", refuses=True) as relay:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{relay.place}")
        async with client_of("https://backend.invalid") as client:
            with pytest.raises(BackendUnreachable, match="the proxy that ALL_PROXY names refuses"):
                await client.connect()


async def test_a_proxy_at_which_nobody_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    async with client_of("https://backend.invalid") as client:
        with pytest.raises(BackendUnreachable, match="The proxy that ALL_PROXY names: it refuses connections"):
            await client.connect()


def test_the_addresses_that_can_be_used() -> None:
    for value in ("proxy:8080", "http://u:p@proxy", "https://proxy", "socks5h://[::1]:1080", " http://proxy:1 "):
        assert unusable(value) == "", value
