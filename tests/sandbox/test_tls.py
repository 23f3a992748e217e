"""A sandbox that others than its machine reach: says what plain HTTP means, or speaks TLS with files that one names."""

import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from iprescribe_tui.client import BackendUntrusted
from iprescribe_tui.journey.forms import NpiForm
from iprescribe_tui.journey.views import FormView
from tests.client.faulty import client_of
from tests.sandbox.test_serve import command, started
from tests.sandbox.test_share import needs_ipv6, sharing

WORDS = "over plain HTTP"
PHRASE = b"copper kite over town"


@contextmanager
def spoken(folder: Path, *more: str) -> Iterator[tuple[str, list[str]]]:
    """Where the sandbox of a person says that it listens, and what it said on stderr until then."""
    errors = folder / "stderr"
    with errors.open("w") as stderr:
        child = subprocess.Popen([*command(folder), *more], stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert child.stdout
        line = child.stdout.readline()
        assert line.startswith("The sandbox listens on "), errors.read_text()
        yield line.split()[-1], errors.read_text().splitlines()
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def refused(folder: Path, *more: str) -> tuple[int, str]:
    """The exit status and the words of a sandbox that does not start; nothing is typed at it."""
    done = subprocess.run(
        [*command(folder), *more], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.returncode, done.stderr


# Without TLS.


@pytest.mark.parametrize(
    ("host", "who"),
    [
        ("0.0.0.0", "every address of this machine"),
        *(
            pytest.param(host, who, marks=[pytest.mark.matrix, *([needs_ipv6] if ":" in host else [])])
            for host, who in (
                ("::", "every address of this machine"),
                ("0", "every address of this machine"),
                ("::ffff:0.0.0.0", "every address of this machine"),
                ("127.0.0.1", ""),
                ("127.0.0.9", ""),
                ("localhost", ""),
                ("::1", ""),
                ("::ffff:127.0.0.1", ""),
            )
        ),
    ],
)
def test_what_plain_http_means_is_said_where_others_can_reach_it(tmp_path: Path, host: str, who: str) -> None:
    with spoken(tmp_path, "--host", host) as (url, said):
        assert any(WORDS in line for line in said) is bool(who)
        assert url.startswith("http://")
        assert httpx.get(f"{url}/v1/service", trust_env=False).status_code == 200  # what it prints can be reached
    if who:
        assert len(said) == 1
        for words in (who, "passwords", "Social Security numbers", "--tls-cert", "--tls-key", "proxy"):
            assert words in said[0]


# With TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class Files:
    """A certificate for this machine's names, its key, and the authority's certificate, in files."""

    def __init__(self, authority: trustme.CA, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        leaf = authority.issue_cert("localhost", "127.0.0.1", "127.0.0.2", "::1")
        self.cert, self.key, self.bundle, self.both = (
            folder / name for name in ("cert.pem", "key.pem", "ca.pem", "both.pem")
        )
        self.cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        self.key.write_bytes(leaf.private_key_pem.bytes())
        self.both.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
        authority.cert_pem.write_to_path(self.bundle)
        for file in (self.key, self.both):
            file.chmod(0o600)

    def protected(self) -> bytes:
        """The key under a passphrase."""
        key = load_pem_private_key(self.key.read_bytes(), None)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PHRASE))

    def protected_as_before(self) -> bytes:
        """The same in the form that OpenSSL wrote before 1.0."""
        key = load_pem_private_key(self.key.read_bytes(), None)
        return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(PHRASE))


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> Files:
    return Files(authority, tmp_path / "tls")


@pytest.mark.parametrize("one_file", [False, pytest.param(True, marks=pytest.mark.matrix)])
async def test_the_program_speaks_tls_with_it(tmp_path: Path, files: Files, one_file: bool) -> None:
    """With `ca_bundle` as the program has it; without, nothing is sent to it."""
    named = (
        "--tls-cert",
        str(files.both if one_file else files.cert),
        "--tls-key",
        str(files.both if one_file else files.key),
    )
    with spoken(tmp_path, *named) as (url, said):
        assert url.startswith("https://127.0.0.1:")
        assert said == []
        async with client_of(url, ca_bundle=files.bundle) as client:
            view = await client.start(NpiForm.check({"npi": "1000000012"}))
        assert isinstance(view, FormView)
        assert view.step == "accounts_intro"
        async with client_of(url) as client:
            with pytest.raises(BackendUntrusted):
                await client.connect()
        with pytest.raises(httpx.TransportError):
            httpx.get(url.replace("https:", "http:") + "/v1/service", trust_env=False)


def test_the_pages_for_phones_are_encrypted_too(tmp_path: Path, files: Files) -> None:
    named = ("--tls-cert", str(files.cert), "--tls-key", str(files.key), "--share", "127.0.0.2")
    with (
        sharing(tmp_path, *named) as (url, phones),
        httpx.Client(verify=ssl.create_default_context(cafile=str(files.bundle)), trust_env=False) as client,
    ):
        assert "This link opens nothing" in client.get(f"{phones}/P/AAAAAAAAAAAAAAAA").text
        assert phones.startswith("https://127.0.0.2:")
        assert client.get(f"{phones}/v1/service").status_code == 404
        assert client.get(f"{url}/v1/service").status_code == 200


@pytest.mark.matrix
def test_a_browser_sends_the_cookie_of_the_pages_over_tls_alone(tmp_path: Path, files: Files) -> None:
    trusting = ssl.create_default_context(cafile=str(files.bundle))
    with started(tmp_path, "--tls-cert", str(files.cert), "--tls-key", str(files.key)) as (_, said):
        answer = httpx.post(f"{said['url']}/outbox", data={"key": said["key"]}, verify=trusting, trust_env=False)
    assert answer.status_code == 303
    assert "; Secure" in answer.headers["set-cookie"]


def ended(silent: socket.socket) -> bool:
    """Whether the other end has closed."""
    try:
        return silent.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.matrix
def test_connections_that_say_nothing_do_not_keep_others_out(tmp_path: Path, files: Files) -> None:
    """Of 300 that are opened and never encrypted, the sandbox keeps 100; the others are ended, the oldest first."""
    trusting = ssl.create_default_context(cafile=str(files.bundle))
    named = ("--tls-cert", str(files.cert), "--tls-key", str(files.key))
    with spoken(tmp_path, *named) as (url, _), ExitStack() as open_ones:
        there = ("127.0.0.1", urlsplit(url).port or 0)
        silent = [open_ones.enter_context(socket.create_connection(there, timeout=8)) for _ in range(300)]
        assert all(ended(one) for one in silent[:200])
        assert httpx.get(f"{url}/v1/service", verify=trusting, trust_env=False).status_code == 200
        for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"A" * 99, b"\x00" * 9):
            one = open_ones.enter_context(socket.create_connection(there, timeout=20))
            one.sendall(rubbish)
            while one.recv(4096):
                pass
        assert httpx.get(f"{url}/v1/service", verify=trusting, trust_env=False).status_code == 200
    assert (tmp_path / "stderr").read_text() == ""


def in_place_of(file: Path, make: Callable[[Path], object]) -> None:
    file.unlink()
    make(file)


BROKEN: dict[str, tuple[str, Callable[[Files], object], str]] = {
    "a certificate that is not there": ("cert", lambda files: files.cert.unlink(), "No such file"),
    "a key that is not there": ("key", lambda files: files.key.unlink(), "No such file"),
    "a folder": ("cert", lambda files: in_place_of(files.cert, Path.mkdir), "directory"),
    "a pipe": ("key", lambda files: in_place_of(files.key, os.mkfifo), "not a file"),
    "an empty certificate": ("cert", lambda files: files.cert.write_bytes(b""), "holds no certificate in PEM form"),
    "a key in place of a certificate": (
        "cert",
        lambda files: files.cert.write_bytes(files.key.read_bytes()),
        "holds no certificate in PEM form",
    ),
    "a certificate in place of a key": (
        "key",
        lambda files: files.key.write_bytes(files.cert.read_bytes()),
        "holds no private key in PEM form",
    ),
    "a certificate in DER": ("cert", lambda files: files.cert.write_bytes(b"\x30\x82\x01\x0a" * 99), "PEM form"),
    "a certificate cut off": (
        "cert",
        lambda files: files.cert.write_bytes(files.cert.read_bytes()[:200]),
        "can't be used",
    ),
    "a key under a passphrase": ("key", lambda files: files.key.write_bytes(files.protected()), "passphrase"),
    "a key under a passphrase, as before": (
        "key",
        lambda files: files.key.write_bytes(files.protected_as_before()),
        "passphrase",
    ),
    "another certificate's key": (
        "key",
        lambda files: files.key.write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes()),
        "doesn't belong to",
    ),
}


@pytest.mark.parametrize(
    "what",
    [
        "a key under a passphrase",
        *(pytest.param(what, marks=pytest.mark.matrix) for what in BROKEN if what != "a key under a passphrase"),
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path: Path, files: Files, what: str) -> None:
    named, spoil, words = BROKEN[what]
    spoil(files)
    secret = files.key.read_bytes() if files.key.is_file() else b""
    status, said = refused(tmp_path, "--tls-cert", str(files.cert), "--tls-key", str(files.key))
    assert status == 1
    assert said.startswith("The sandbox cannot use TLS: ")
    assert words in said
    assert f"{named}.pem" in said
    assert not any(line in said for line in secret.decode().splitlines()[1:-1] if line)


@pytest.mark.parametrize(("given", "missing"), [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")])
def test_certificate_and_key_go_together(tmp_path: Path, files: Files, given: str, missing: str) -> None:
    status, said = refused(tmp_path, given, str(files.both))
    assert status == 2
    assert f"{given} needs {missing} too" in said


@pytest.mark.parametrize(
    ("mode", "open_to_others"),
    [
        (0o644, True),
        *(
            pytest.param(mode, said, marks=pytest.mark.matrix)
            for mode, said in ((0o640, True), (0o600, False), (0o400, False))
        ),
    ],
)
def test_a_key_that_others_can_read_is_told(tmp_path: Path, files: Files, mode: int, open_to_others: bool) -> None:
    files.key.chmod(mode)
    with spoken(tmp_path, "--tls-cert", str(files.cert), "--tls-key", str(files.key)) as (url, said):
        assert urlsplit(url).scheme == "https"
    assert any("Other users of this machine" in line and "chmod 600" in line for line in said) is open_to_others
