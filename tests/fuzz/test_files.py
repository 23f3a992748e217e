"""Files that somebody wrote or changed: answers, settings, drafts, receipts, tokens, the sandbox's key."""

import asyncio
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from iprescribe_tui.flow import drafts, receipts, tokens
from iprescribe_tui.front_ends.automation.answers import AnswersError
from iprescribe_tui.front_ends.automation.answers.loader import load, shipped_folder
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.keys import ServerKey, ServerKeyDamagedError, ServerKeyForeignError
from iprescribe_tui.system import settings
from tests.fuzz.drawn import JSON, broken, mixed, mostly, spoiled, texts
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.test_texts import is_harmless
from tests.tally import Tally

pytestmark = pytest.mark.matrix

SHIPPED = sorted(shipped_folder().glob("*.toml"))
CONFIG = b"""backend = "https://registration.example.com"
timeout = "20"
[profile.clinic]
backend = "http://127.0.0.1:8765"
ca_bundle = "ca.pem"
state_dir = "state"
"""


def toml(value: object) -> str:
    """A value as TOML writes it; a table stands in braces."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)} = {toml(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case None:
            return '""'
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def as_toml(document: object) -> bytes:
    """A document as a file, also where that cannot be read."""
    tables = document if isinstance(document, dict) else {"extends": document}
    lines = [f"{json.dumps(name)} = {toml(value)}" for name, value in tables.items()]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def test_answers_are_read_or_refused_in_words(tmp_path: Path, tally: Tally) -> None:
    file = tmp_path / "answers.toml"
    documents = [tomllib.loads(path.read_text(encoding="utf-8")) for path in SHIPPED[::4]]

    def attempt(content: bytes) -> str:
        file.write_bytes(content)
        file.chmod(0o600)
        try:
            load(file, {"HOME": "/nonexistent"})
        except AnswersError as refused:
            lines = refused.lines()
        else:
            return "taken"
        assert lines
        assert max(map(len, lines)) < 2000, lines
        return "refused"

    content = spoiled(documents).map(as_toml) | broken([path.read_bytes() for path in SHIPPED])
    fuzz(tally, "answers files", 300, attempt, content=content | st.binary(max_size=200))


def test_settings_are_taken_or_refused_in_words(tmp_path: Path, tally: Tally) -> None:
    file = tmp_path / "config.toml"
    address = st.sampled_from(("https://registration.example.com/a", "http://127.0.0.1:8765", "https://[::1]:9/x"))
    value = address.flatmap(mixed) | texts(60)

    def attempt(content: bytes, given: Mapping[str, str]) -> str:
        file.write_bytes(content)
        try:
            taken = settings.load({"config": str(file)}, given)
        except settings.SettingsError as refused:
            said = str(refused)
        else:
            assert taken.host.isascii()
            assert is_harmless(taken.shown_name)
            drafts.Drafts(taken.state_dir, taken.backend_name).unfinished()
            receipts.saved(taken.state_dir)
            return "taken"
        assert said
        return "refused"

    # Variables hold no NUL, and bytes that are no text as halves of characters, as the system hands them over.
    variable = value.map(lambda text: os.fsdecode(text.encode("utf-8", "surrogatepass").replace(b"\0", b"")))
    names = [*settings._KEYS.values(), settings.PROFILE_VARIABLE]
    places = st.fixed_dictionaries({}, optional=dict.fromkeys(names[1:4], variable))
    given: st.SearchStrategy[dict[str, str]] = (
        mostly(dict[str, str]()) | places | st.dictionaries(st.sampled_from(names), variable, max_size=3)
    )
    content = (
        mostly(CONFIG)
        | broken([CONFIG])
        | spoiled([tomllib.loads(CONFIG.decode())]).map(as_toml)
        | st.binary(max_size=60)
    )
    fuzz(tally, "settings", 200, attempt, content=content, given=given)


def test_drafts_that_were_tampered_with_are_used_or_left(tmp_path: Path, tally: Tally) -> None:
    kept = drafts.Drafts(tmp_path, "sandbox")
    kept.remember("r1", npi="1000000012", username="amelia", step="practice")
    kept.save("r1", Step.PRACTICE, {"street": "12 Elm St", "city": "Springfield"})
    files = sorted(tmp_path.rglob("*.json"))
    assert len(files) == 2
    good = [json.loads(file.read_bytes()) for file in files]

    def attempt(content: bytes) -> str:
        for file in files:
            file.write_bytes(content)
        left = drafts.Drafts(tmp_path, "sandbox")
        found = [*left.unfinished(), *left.load("r1", Step.PRACTICE).items()]
        assert left.is_of_another("r1", "1000000012") in (True, False)
        assert left.load("r1", Step.SSN) == {}
        return "used" if found else "left"

    content = spoiled(good).map(as_json) | broken([file.read_bytes() for file in files]) | JSON.map(as_json)
    fuzz(tally, "drafts", 300, attempt, content=content)


def as_json(document: object) -> bytes:
    """A document as a file, with halves of characters as escapes."""
    return json.dumps(document).encode()


def test_receipts_that_were_tampered_with_are_listed_or_left(tmp_path: Path, tally: Tally) -> None:
    folder = tmp_path / "receipts"
    folder.mkdir()
    good = b"Username   amelia\nNPI        1000000012\nReference  R-1\nCompleted  2026-01-05 12:00 UTC\n"

    def attempt(content: bytes) -> str:
        (folder / "R-1.txt").write_bytes(content)
        return "listed" if receipts.saved(tmp_path) else "left"

    fuzz(tally, "receipts", 150, attempt, content=broken([good]) | st.binary(max_size=80))


def test_tokens_that_were_tampered_with_are_taken_or_none(tally: Tally) -> None:
    good = {"access_token": "a", "refresh_token": "r", "expires_in": 600}
    keyring = tokens.MemoryKeyring()
    store = tokens.TokenStore("sandbox", find=lambda: keyring)

    def attempt(entry: str) -> str:
        keyring.set_password(tokens.SERVICE, "sandbox r1", entry)
        found = runner.run(store.load("r1"))
        assert store.trouble is None
        return "taken" if found else "none"

    with asyncio.Runner() as runner:
        entry = spoiled([good]).map(json.dumps) | st.just(json.dumps(good)).flatmap(mixed) | texts()
        fuzz(tally, "tokens", 150, attempt, entry=entry)


def test_a_damaged_key_of_the_sandbox_is_refused_by_name(tmp_path: Path, tally: Tally) -> None:
    file = tmp_path / "server.key"
    ServerKey.load(file)
    good = file.read_bytes()

    def attempt(content: bytes) -> str:
        file.write_bytes(content)
        file.chmod(0o600)
        try:
            ServerKey.load(file)
        except (ServerKeyDamagedError, ServerKeyForeignError):
            return "refused"
        return "taken"

    fuzz(tally, "the sandbox's key", 80, attempt, content=broken([good]) | st.binary(max_size=80))
