"""Nothing is sent before the backend has shown a certificate that this machine, or the configured bundle, trusts."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from iprescribe_tui.client import BackendUnreachable, BackendUntrusted
from iprescribe_tui.journey.forms import SignInForm
from tests.client.faulty import PLANTED, SERVICE, answer, backend, client_of, listening

SIGN_IN = SignInForm.check({"username": "a.person", "password": PLANTED})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def test_a_backend_of_the_configured_authority_is_trusted(authority: trustme.CA, bundle: Path) -> None:
    tls = serving(authority.issue_cert("localhost"))
    async with (
        backend(lambda r: answer(SERVICE), tls, "localhost") as there,
        client_of(there.url, ca_bundle=bundle) as client,
    ):
        assert (await client.connect()).name == "A backend"


@pytest.mark.parametrize(
    ("names", "until", "trusted", "why"),
    [
        ("localhost", None, False, "authority that this computer does not trust|signed by itself"),
        ("backend.example.com", None, True, "for another name"),
        ("localhost", datetime(2020, 1, 1, tzinfo=UTC), True, "expired"),
    ],
    ids=["unknown authority", "another name", "expired"],
)
async def test_a_certificate_that_is_not_good_is_named_and_nothing_is_sent(
    authority: trustme.CA, bundle: Path, names: str, until: datetime | None, trusted: bool, why: str
) -> None:
    before = datetime(2019, 1, 1, tzinfo=UTC) if until else None
    tls = serving(authority.issue_cert(names, not_before=before, not_after=until))
    async with (
        backend(lambda r: answer(SERVICE), tls, "localhost") as there,
        client_of(there.url, ca_bundle=bundle if trusted else None) as client,
    ):
        with pytest.raises(BackendUntrusted, match=why) as caught:
            await client.sign_in(SIGN_IN)
    assert not there.received
    assert caught.value.__context__ is None


async def test_a_server_without_tls_gets_nothing() -> None:
    heard = bytearray()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(4096))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(speak) as there, client_of(there.url.replace("http:", "https:")) as client:
        with pytest.raises(BackendUntrusted, match="TLS"):
            await client.sign_in(SIGN_IN)
    assert PLANTED.encode() not in heard


async def test_a_bundle_without_certificates_is_named(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("not a certificate")
    async with client_of("https://localhost:1", ca_bundle=bundle) as client:
        with pytest.raises(BackendUntrusted, match=r"ca\.pem"):
            await client.connect()


async def test_a_proxy_never_sees_what_goes_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with backend(lambda r: answer(SERVICE)) as there, backend(lambda r: None) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with client_of(there.url) as client:
            await client.connect()
    assert not proxy.received


async def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with backend(lambda r: answer(b"", 403, None)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with client_of("https://backend.example.com") as client:
            with pytest.raises(BackendUnreachable, match="proxy"):
                await client.sign_in(SIGN_IN)
    assert [(request.method, request.path) for request in proxy.requests] == [("CONNECT", "backend.example.com:443")]
    assert PLANTED.encode() not in proxy.received


async def test_a_proxy_that_cannot_be_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1")
    async with client_of("https://backend.example.com") as client:
        with pytest.raises(BackendUnreachable, match="HTTPS_PROXY"):
            await client.connect()
    async with backend(lambda r: answer(SERVICE)) as there, client_of(there.url) as client:
        await client.connect()
