"""A company's older authority is judged alike from a file and from the system's store."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from iprescribe_tui.client import BackendUntrusted
from tests.client.faulty import SERVICE, answer, backend, client_of

Extensions = list[tuple[x509.ExtensionType, bool]]
CA: Extensions = [(x509.BasicConstraints(True, None), False)]
"""As older authorities are: not critical, no key identifiers, no key usage."""
NAMED: Extensions = [(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)]
CLIENTS: Extensions = [*NAMED, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)]


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issued(folder: Path, ca: Extensions, leaf: Extensions) -> tuple[x509.Certificate, ssl.SSLContext]:
    """An authority, and a server that shows a certificate of it."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    made = []
    for subject, key, extensions in (("Old Company CA", keys[0], ca), ("localhost", keys[1], leaf)):
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(_name("Old Company CA"), _name(subject), key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        made.append(builder.sign(keys[0], hashes.SHA256()))
    pem = folder / "server.pem"
    secret = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + made[1].public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return made[0], context


def written(authority: x509.Certificate, how: str) -> bytes:
    """The authority's certificate as a file may hold it."""
    pem = authority.public_bytes(Encoding.PEM)
    return {
        "pem": pem,
        "der": authority.public_bytes(Encoding.DER),
        "bom": b"\xef\xbb\xbf" + pem,
        "utf-16": pem.decode().encode("utf-16"),
        "crlf": pem.replace(b"\n", b"\r\n"),
        "commented": "Zertifikat für Büro\n".encode() + pem,
    }[how]


@pytest.mark.parametrize("how", ["pem", "der", "bom", "utf-16", "crlf", "commented"])
async def test_an_older_authority_in_a_file_of_any_kind_is_trusted(how: str, tmp_path: Path) -> None:
    authority, tls = issued(tmp_path, CA, NAMED)
    (tmp_path / "ca").write_bytes(written(authority, how))
    async with (
        backend(lambda request: answer(SERVICE), tls, "localhost") as there,
        client_of(there.url, ca_bundle=tmp_path / "ca") as client,
    ):
        assert (await client.connect()).name == "A backend"


async def test_it_is_trusted_from_the_systems_store_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, tls = issued(tmp_path, CA, NAMED)
    (tmp_path / "ca").write_bytes(written(authority, "pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca"))
    async with (
        backend(lambda request: answer(SERVICE), tls, "localhost") as there,
        client_of(there.url) as client,
    ):
        assert (await client.connect()).name == "A backend"


@pytest.mark.parametrize(
    ("ca", "leaf", "lacks"),
    [
        (CA, CLIENTS, "extendedKeyUsage lacks serverAuth"),
        ([(x509.BasicConstraints(False, None), True)], NAMED, "basicConstraints CA:TRUE is missing"),
    ],
    ids=["for clients", "no authority"],
)
async def test_a_refusal_says_what_the_certificate_lacks(
    ca: Extensions, leaf: Extensions, lacks: str, tmp_path: Path
) -> None:
    authority, tls = issued(tmp_path, ca, leaf)
    (tmp_path / "ca").write_bytes(written(authority, "pem"))
    async with (
        backend(lambda request: answer(SERVICE), tls, "localhost") as there,
        client_of(there.url, ca_bundle=tmp_path / "ca") as client,
    ):
        with pytest.raises(BackendUntrusted, match=lacks) as caught:
            await client.connect()
    assert "--ca-bundle" not in str(caught.value), "which is given already"
