"""Tokens are in the operating system's keyring or in memory, in no file; a keyring in trouble costs a moment, once."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.backends.SecretService
import pytest
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordSetError
from pydantic import SecretStr

from iprescribe_tui.flow.tokens import Keyring, MemoryKeyring, TokenStore, system_keyring
from iprescribe_tui.journey.views import Tokens

TOKENS = Tokens(access_token=SecretStr("access-7Q"), refresh_token=SecretStr("refresh-7Q"), expires_in=600)
OTHERS = Tokens(access_token=SecretStr("access-8R"), refresh_token=SecretStr("refresh-8R"), expires_in=600)


class Drawer(MemoryKeyring):
    """A keyring that works; `trouble` is raised, or called, first."""

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()
        self.trouble = trouble
        self.asked = 0

    def open(self) -> None:
        self.asked += 1
        if self.trouble:
            raise self.trouble

    def get_password(self, service: str, username: str) -> str | None:
        self.open()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.open()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self.open()
        super().delete_password(service, username)


def store(found: Keyring | None, backend: str = "sandbox", limit: float = 3.0) -> TokenStore:
    return TokenStore(backend, limit=limit, find=lambda: found)


async def test_tokens_outlive_the_program_by_backend_and_registration() -> None:
    drawer = Drawer()
    await store(drawer).save("r1", TOKENS)
    await store(drawer).save("r2", OTHERS)
    assert await store(drawer).load("r1") == TOKENS
    assert await store(drawer, "https://example.com").load("r1") is None
    assert set(drawer.entries) == {("iprescribe-tui", "sandbox r1"), ("iprescribe-tui", "sandbox r2")}
    await store(drawer).delete("r1")
    await store(drawer).delete("r1")
    assert await store(drawer).load("r1") is None
    assert store(drawer).notice is None


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (None, "has no keyring"),
        (NoKeyringError("7Q"), "has no keyring"),
        (InitError("7Q"), "has no keyring"),
        (KeyringLocked("7Q"), "is locked"),
        (PasswordSetError("7Q"), "refuses"),
        (RuntimeError("7Q"), "refuses"),
    ],
    ids=["none", "no keyring", "no collection", "locked", "refuses", "anything"],
)
async def test_a_keyring_in_trouble_leaves_memory_and_a_notice(trouble: Exception | None, says: str) -> None:
    drawer = Drawer(trouble)
    kept = store(drawer if trouble else None)
    assert kept.notice is None
    await kept.save("r1", TOKENS)
    assert kept.notice
    assert says in kept.notice
    assert "sign in with your iPrescribe username" in kept.notice
    assert "7Q" not in kept.notice
    assert await kept.load("r1") == TOKENS
    await kept.delete("r1")
    assert await kept.load("r1") is None
    assert drawer.asked == (1 if trouble else 0)


async def test_a_keyring_that_hangs_costs_its_limit_once() -> None:
    free = threading.Event()

    class Stuck(Drawer):
        def open(self) -> None:
            super().open()
            free.wait()

    stuck = Stuck()
    kept = store(stuck, limit=0.2)
    began = time.monotonic()
    await kept.save("r1", TOKENS)
    assert 0.2 <= time.monotonic() - began < 1
    began = time.monotonic()
    for _ in range(5):
        assert await kept.load("r1") == TOKENS
    assert time.monotonic() - began < 0.1
    assert stuck.asked == 1
    assert kept.notice
    assert "does not answer" in kept.notice
    free.set()


async def test_many_at_once_wait_for_a_hanging_keyring_together() -> None:
    free = threading.Event()

    class Stuck(Drawer):
        def open(self) -> None:
            super().open()
            free.wait()

    stuck = Stuck()
    kept = store(stuck, limit=0.2)
    began = time.monotonic()
    await asyncio.gather(*(kept.load(f"r{number}") for number in range(5)))
    assert time.monotonic() - began < 1
    assert stuck.asked == 1
    free.set()


async def test_an_entry_that_is_not_ours_is_as_good_as_none() -> None:
    drawer = Drawer()
    drawer.entries["iprescribe-tui", "sandbox r1"] = "{}"
    assert await store(drawer).load("r1") is None


class Plaintext(keyring.backend.KeyringBackend):
    """A keyring from elsewhere, which would write a file."""

    def get_password(self, service: str, username: str) -> str | None:
        pytest.fail("a foreign keyring was asked")

    set_password = delete_password = get_password  # type: ignore[assignment]  # none is to be called


class Chain(keyring.backends.chainer.ChainerBackend):
    backends = [Plaintext(), keyring.backends.SecretService.Keyring()]  # type: ignore[no-untyped-call]  # as shipped


Plaintext.__module__ = "keyrings.alt.file"
Chain.__module__ = "keyring.backends.chainer"


@pytest.mark.parametrize(
    ("configured", "taken"),
    [
        (keyring.backends.SecretService.Keyring, True),
        (Chain, True),
        (Plaintext, False),
        (keyring.backends.fail.Keyring, False),
        (keyring.backends.null.Keyring, False),
    ],
)
def test_only_the_systems_own_keyrings_are_trusted(
    configured: Callable[[], keyring.backend.KeyringBackend], taken: bool
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(configured())
    try:
        found = system_keyring()
    finally:
        keyring.set_keyring(before)
    assert (found is not None) is taken
    assert not isinstance(found, Plaintext)


REAL = """
import asyncio, os, signal, sys, time
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from pydantic import SecretStr
from iprescribe_tui.journey.views import Tokens
from iprescribe_tui.flow.tokens import TokenStore

async def main():
    tokens = Tokens(access_token=SecretStr("access-7Q"), refresh_token=SecretStr("refresh-7Q"), expires_in=600)
    store = TokenStore("sandbox", limit=20)
    if sys.argv[1] == "save":
        await store.save("r1", tokens)
    elif sys.argv[1] == "load":
        assert await store.load("r1") == tokens
        await store.delete("r1")
        assert await TokenStore("sandbox", limit=20).load("r1") is None
    else:
        daemon = daemon_of_this_session()
        assert await store.load("r1") is None
        os.kill(daemon, signal.SIGSTOP)
        try:
            stopped = TokenStore("sandbox")
            began = time.monotonic()
            await stopped.save("r1", tokens)
            assert 2.9 < time.monotonic() - began < 4
            assert await stopped.load("r1") == tokens
            assert time.monotonic() - began < 4
            assert "does not answer" in stopped.notice
        finally:
            os.kill(daemon, signal.SIGCONT)
    assert store.notice is None, store.notice

def daemon_of_this_session():
    bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
    with open_dbus_connection() as connection:
        call = new_method_call(bus, "GetConnectionUnixProcessID", "s", ("org.freedesktop.secrets",))
        return connection.send_and_get_reply(call).body[0]

asyncio.run(main())
"""

real_secret_service = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)


def in_session(folder: Path, what: str) -> None:
    """Run the script in a D-Bus session that has a Secret Service; what that keeps is in `folder`."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "XDG_", "PYTHON_KEYRING"))
    }
    environ |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    script = folder / "script.py"
    script.write_text(REAL)
    unlock = "echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
    command = f'{unlock}; exec "{sys.executable}" "{script}" {what}'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", command], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    script.unlink()


@real_secret_service
def test_tokens_are_found_in_a_real_secret_service_and_in_no_file(tmp_path: Path) -> None:
    for what in ("save", "load"):
        in_session(tmp_path, what)
        for path in tmp_path.rglob("*"):
            if path.is_file():
                kept = path.read_bytes()
                assert not [token for token in (b"access-7Q", b"refresh-7Q") if token in kept], path


@real_secret_service
def test_a_real_secret_service_that_hangs_costs_three_seconds_once(tmp_path: Path) -> None:
    in_session(tmp_path, "hang")
