"""What could be made to tell more than it should: Textual's log and pictures, a file for TLS keys, a walk's report."""

import asyncio
import ssl
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from textual.app import App

from tests.backend import RunningSandbox
from tests.client.faulty import SERVICE, answer, backend
from tests.front_ends.harness import Machine, at_the_screens
from tests.secrets.canaries import found_in_files
from tests.tally import Tally
from tests.terminal.terminal import COMMAND, environment

PASSWORD = "planted-violet-words-7Q"
SSN = "417-36-2958"
SCENARIO = f"""
extends = "happy"
[credentials]
username = "zephyrina.quill"
password = "{PASSWORD}"
password_again = "{PASSWORD}"
[[ssn]]
ssn = "{SSN}"
"""


@pytest.mark.matrix
def test_a_walk_tells_no_secret_of_its_scenario_whatever_the_environment_asks_for(tmp_path: Path, tally: Tally) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(SCENARIO)
    scenario.chmod(0o600)
    there = tmp_path / "there"
    (there / "temporary").mkdir(parents=True)
    asked = {"TEXTUAL_LOG": str(there / "textual.log"), "TEXTUAL": "debug,devtools", "TMPDIR": str(there / "temporary")}
    command = [*COMMAND, "walk", str(scenario), "--report", str(there / "report"), "--json"]
    done = subprocess.run(command, env=environment(there) | asked, cwd=there, capture_output=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    (there / "said").write_bytes(done.stdout + done.stderr)
    hits = found_in_files([there], [PASSWORD, SSN])
    hits += [str(file) for file in there.glob("*.log")]  # Textual's, which has them key by key
    tally("canaries", "a walk's report, log and pictures", searches=1, canaries=2, hits=len(hits))
    assert hits == []


async def test_no_key_takes_a_picture_of_the_screen(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """Textual's command palette has "Save screenshot"; here it never opens, and nothing is bound to the rest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    keys = ["ctrl+p", "ctrl+backslash", *(f"ctrl+{letter}" for letter in "bdefghklnostvwy"), "f12", "print_screen"]
    async with at_the_screens(Machine(sandbox, tmp_path / "state")) as person:
        for key in keys:
            await person.press(key)
            assert person.app.screen is person.screen, f"{key} opens something"
        await person.type("\n")
        assert not [binding for binding in bindings(person.app) if "screenshot" in binding or "palette" in binding]
    pictures = [file for file in tmp_path.rglob("*") if file.suffix in (".svg", ".png")]
    tally("canaries", "pictures of the screen, by keys", searches=len(keys), hits=len(pictures))
    assert pictures == []


def bindings(app: App[Any]) -> list[str]:
    """What the keys of an app and of its screen do."""
    places = (app, app.screen)
    return [each.action for place in places for keys in place._bindings.key_to_bindings.values() for each in keys]


async def test_no_file_gets_the_keys_to_what_was_encrypted(tmp_path: Path, tally: Tally) -> None:
    """Python writes them where SSLKEYLOGFILE says, and with them whoever recorded the traffic can read it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    keys = tmp_path / "keys.log"
    async with backend(lambda _: answer(SERVICE), tls, "localhost") as there:
        asked = {"SSLKEYLOGFILE": str(keys), "IPRESCRIBE_CA_BUNDLE": str(tmp_path / "ca.pem")}
        command = [*COMMAND, "--backend", there.url, "doctor"]
        run = partial(subprocess.run, command, env=environment(tmp_path) | asked, capture_output=True, timeout=90)
        await asyncio.to_thread(run)
        assert there.received, "nothing was encrypted"
    tally("canaries", "TLS keys, in a file", searches=1, hits=int(keys.exists()))
    assert not keys.exists()
