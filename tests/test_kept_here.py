"""What is kept on this machine is told, and ended, by commands that need no terminal."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iprescribe_tui.flow import receipts
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Receipt
from tests.backend import RunningSandbox
from tests.test_command_line import run

KEEP = """
import asyncio, sys
from pydantic import SecretStr
from iprescribe_tui.journey.views import Tokens
from iprescribe_tui.flow.tokens import TokenStore
url, registration, access, refresh = sys.argv[1:]
tokens = Tokens(access_token=SecretStr(access), refresh_token=SecretStr(refresh), expires_in=600)
asyncio.run(TokenStore(url).save(registration, tokens))
"""
RECEIPT = Receipt(
    username="amelia.h",
    npi="1000000012",
    reference="IP-AAAA1111",
    completed_at=datetime(2026, 3, 2, 14, 5, tzinfo=UTC),
    next_steps=("Sign in.",),
)


def test_nothing_is_left_here(tmp_path: Path) -> None:
    for command, says in (("status", "No registration is left"), ("sign-out", "No session is kept"), ("receipts", "")):
        done = run(command, home=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert says in done.stdout
    assert json.loads(run("status", "--json", home=tmp_path).stdout)["registrations"] == []
    assert json.loads(run("receipts", "--json", home=tmp_path).stdout) == []


def test_what_was_left_is_listed_the_last_first(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, "https://registration.example.com")
    drafts.remember("r1", npi="1000000012", step=Step.PRACTICE)
    drafts.remember("r2", npi="1000000020", username="tomas", step=Step.SSN)
    flags = ("--state-dir", str(tmp_path), "--backend", "https://registration.example.com")
    done = run(*flags, "status", home=tmp_path)
    assert done.returncode == 0
    words = " ".join(done.stdout.split())
    assert "NPI 1000000020 tomas Step Your Social Security number" in words
    assert words.index("1000000020") < words.index("NPI 1000000012 (no username yet) Step Your practice")
    assert words.count("Session not kept here: sign in to go on") == 2
    listed = json.loads(run(*flags, "status", "--json", home=tmp_path).stdout)["registrations"]
    assert [(each["npi"], each["step"], each["signed_in"]) for each in listed] == [
        ("1000000020", "ssn", False),
        ("1000000012", "practice", False),
    ]


def test_receipts_that_were_saved(tmp_path: Path) -> None:
    path = receipts.save(tmp_path, RECEIPT)
    (path.parent / "notes.txt").write_bytes(b"\xff not a receipt")
    flags = ("--state-dir", str(tmp_path), "receipts")
    assert run(*flags, home=tmp_path).stdout == "IP-AAAA1111  NPI 1000000012  2026-03-02 14:05 UTC  amelia.h\n"
    assert run(*flags, "ip-aaaa1111", home=tmp_path).stdout == receipts.text(RECEIPT)
    assert json.loads(run(*flags, "--json", home=tmp_path).stdout)[0]["path"] == str(path)
    missing = run(*flags, "IP-NONE", home=tmp_path)
    assert missing.returncode == 2
    assert "No receipt IP-NONE was saved" in missing.stderr


@pytest.mark.parametrize("name", ["not there", "9" * 300])
def test_a_folder_that_cannot_be_listed_has_no_receipts(name: str, tmp_path: Path) -> None:
    assert receipts.saved(tmp_path / name) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_shell_takes_its_completion(shell: str, tmp_path: Path) -> None:
    done = run("completion", shell, home=tmp_path)
    assert done.returncode == 0
    for word in ("sandbox", "personas", "state-dir", "sign-out"):
        assert word in done.stdout
    if shutil.which(shell):
        (tmp_path / "completion").write_text(done.stdout)
        subprocess.run([shell, "-n", tmp_path / "completion"], check=True, capture_output=True)


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)
def test_signing_out_makes_the_tokens_worthless(sandbox: RunningSandbox, tmp_path: Path) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    access = walk.token()
    Drafts(tmp_path / "state", sandbox.url).remember(walk.id, npi=walk.npi, step=Step.PRACTICE)
    (tmp_path / "keep.py").write_text(KEEP)
    program = f'"{sys.executable}" -m iprescribe_tui --state-dir state --backend {sandbox.url}'
    script = f"""
        echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        "{sys.executable}" keep.py {sandbox.url} {walk.id} {access} {walk.refresh} || exit 9
        {program} status; {program} sign-out; {program} status; {program} sign-out
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "XDG_", "PYTHON_K"))}
    environ |= {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    words = " ".join(done.stdout.split())
    said = [
        "Session kept in the keyring",
        f"NPI {walk.npi}: signed out.",
        "Session not kept here",
        "No session is kept here",
    ]
    assert [each for each in said if each in words] == said, done.stdout + done.stderr
    assert access not in done.stdout + done.stderr
    assert sandbox.call("GET", f"/v1/registrations/{walk.id}", token=access).status_code == 401
