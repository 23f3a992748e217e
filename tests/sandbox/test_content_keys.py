"""The sandbox's key: one to a folder, for its owner alone, and everything that is derived from it."""

import copy
import hashlib
import hmac
import os
import pickle
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyotp
import pytest

from iprescribe_tui.journey.checks.code import check_one_time_code
from iprescribe_tui.sandbox.store.keys import CROCKFORD, ServerKey, ServerKeyDamagedError

KEY = ServerKey(bytes(range(32)))
PINNED = {
    "code": "216495",
    "link_token": "vlkfo3zomwxdr6n7xzihqlvyt7zv6lav",
    "totp_secret": "Q65UY3D34NT23VHR3DKM24QFROFKLZYQ",
    "recovery_code": "54PQ-D6EC-DD92-TSKS",
}
IDENTS = [f"ident-{number}" for number in range(20_000)]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "server.key"
    first = ServerKey.load(path)
    assert ServerKey.load(path).code("x") == first.code("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["server.key"]
    assert ServerKey.load(tmp_path / "other.key").code("x") != first.code("x")


def test_a_umask_that_shares_files_does_not_share_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ServerKey.load(tmp_path / "server.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "server.key"
    before = ServerKey.load(path).code("x")
    path.chmod(0o644)
    assert ServerKey.load(path).code("x") == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_threads_that_race_get_the_same_key(tmp_path: Path) -> None:
    racers = 8
    for race in range(20):
        path, start = tmp_path / str(race) / "server.key", Barrier(racers)

        def run(path: Path = path, start: Barrier = start) -> str:
            start.wait()
            return ServerKey.load(path).totp_secret("x")

        with ThreadPoolExecutor(racers) as pool:
            runs = [pool.submit(run) for _ in range(racers)]
        assert len({done.result() for done in runs}) == 1
        assert [file.name for file in path.parent.iterdir()] == ["server.key"]


def test_processes_that_race_get_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from iprescribe_tui.sandbox.store.keys import ServerKey\n"
        "print('ready', flush=True); sys.stdin.readline(); print(ServerKey.load(Path(sys.argv[1])).totp_secret('x'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "server.key")]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert len({racer.communicate(timeout=30)[0] for racer in racers}) == 1


def test_who_comes_second_takes_the_key_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "server.key", os.link

    def late(source: str, target: Path) -> None:
        path.write_bytes(bytes(32))
        real(source, target)

    monkeypatch.setattr(os, "link", late)
    assert ServerKey.load(path).code("x") == ServerKey(bytes(32)).code("x")


@pytest.mark.parametrize("held", [b"", b"PLANTED", b"P" * 31, b"P" * 33])
def test_a_file_that_is_no_key_is_named_and_left_alone(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "server.key"
    path.write_bytes(held)
    with pytest.raises(ServerKeyDamagedError) as caught:
        ServerKey.load(path)
    assert str(path) in str(caught.value)
    assert "PLANTED" not in str(caught.value)
    assert path.read_bytes() == held


def test_a_key_shows_nothing_of_itself() -> None:
    secret = b"PLANTED-KEY-OF-32-BYTES-IN-ALL.."
    key = ServerKey(secret)
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert "PLANTED" not in shown
    escapes: tuple[Callable[[ServerKey], object], ...] = (pickle.dumps, copy.copy, copy.deepcopy, vars)
    for escape in escapes:
        with pytest.raises(TypeError):
            escape(key)


def test_what_is_derived_stays_the_same_from_version_to_version() -> None:
    """Links that were sent by an older version must go on to work."""
    info = (7).to_bytes(4) + b"purposeident"
    first = hmac.new(bytes(range(32)), info + b"\x01", hashlib.sha256).digest()
    second = hmac.new(bytes(range(32)), first + info + b"\x02", hashlib.sha256).digest()
    assert KEY.derive("purpose", "ident", 64) == first + second
    assert KEY.derive("purpose", "ident") == first
    assert {name: getattr(KEY, name)("a") for name in PINNED} == PINNED
    assert KEY.digest("a", b"a") == "8f665d228f9e4c5700f4f2efdaa00caf1f954e8e594e892bbf9e11edc5aafff1"


@pytest.mark.parametrize("length", [0, -1, 8161])
def test_a_length_that_cannot_be_derived_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=str(length)):
        KEY.derive("purpose", "ident", length)
    assert len(KEY.derive("purpose", "ident", 8160)) == 8160


def test_different_purposes_things_and_keys_give_different_bytes() -> None:
    pairs = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("a", "b"), ("a\0", "b"), ("a", "\0b")]
    derived = {KEY.derive(*pair) for pair in pairs} | {bytes.fromhex(KEY.digest(p, i.encode())) for p, i in pairs}
    derived |= {ServerKey(bytes(32)).derive(*pair) for pair in pairs}
    assert len(derived) == 3 * len(pairs)


def test_codes_are_six_digits_none_of_them_favoured() -> None:
    codes = [KEY.code(ident) for ident in IDENTS]
    assert all(check_one_time_code(code) == code for code in codes)
    assert any(code.startswith("00") for code in codes)
    for place in range(6):
        seen = Counter(code[place] for code in codes)
        expected = len(codes) / 10
        # Chi-squared with nine degrees of freedom: one in ten thousand fair keys is beyond this.
        assert sum((seen[digit] - expected) ** 2 / expected for digit in "0123456789") < 33.7
    assert len(set(codes)) > 19_700  # a fair draw of 20,000 from a million has about 19,801


def test_tokens_and_secrets_are_as_long_as_they_say_and_differ() -> None:
    tokens = {KEY.link_token(ident) for ident in IDENTS}
    secrets = {KEY.totp_secret(ident) for ident in IDENTS}
    recovery = {KEY.recovery_code(ident) for ident in IDENTS}
    assert len(tokens) == len(secrets) == len(recovery) == len(IDENTS)
    assert all(len(token) == 32 and token.isalnum() and token.isascii() for token in tokens)
    assert all(len(pyotp.TOTP(secret).byte_secret()) == 20 for secret in secrets)
    assert all([len(group) for group in code.split("-")] == [4, 4, 4, 4] for code in recovery)
    assert set("".join(recovery)) == {*CROCKFORD, "-"}
