"""Nothing that is secret lies in what the sandbox keeps or logs."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.tables import Base
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, RunningSandbox, Walk, running
from tests.secrets.canaries import found
from tests.tally import Tally


def planted(sandbox: RunningSandbox, walk: Walk) -> set[str]:
    """All secrets of a walk: what was typed, what was revealed, what was sent."""
    messages = sandbox.messages()
    codes = {message["code"] for message in messages if message["code"]}
    links = {message["link"].rsplit("/", 1)[1] for message in messages if message["link"]}
    typed = {PASSWORD, IDME_PASSWORD, SSN, SSN.replace("-", "")}
    return (
        typed | codes | links | {walk.access, walk.refresh, walk.recovery_code, walk.totp_secret, "WRONG-" + PASSWORD}
    )


@pytest.mark.parametrize("method", ["text", "app"])
def test_no_secret_is_at_rest(
    tmp_path: Path, database: str | None, method: str, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    caplog.set_level(logging.DEBUG)
    with running(tmp_path / "sandbox", database=database) as sandbox:
        walk = sandbox.registration_at(Step.CONSENT, method=method)
        walk.answer(Step.CONSENT, decision=PASSWORD)
        wrong = {"username": walk.user, "password": "WRONG-" + PASSWORD}
        assert sandbox.call("POST", "/v1/sessions", json=wrong).status_code == 401
        secrets = planted(sandbox, walk) - {""}
        assert len(secrets) > 8
        kept = dumped(sandbox)
        whole = b"".join(path.read_bytes() for path in sandbox.folder.rglob("*") if path.is_file())
    # Six digits may stand in the bytes of a photo or a hash by chance: codes are looked for in columns of their own.
    long = [secret for secret in secrets if len(secret) > 6]
    hits = {
        "sandbox's database, value by value": [
            each for value in kept for each in secrets if each == value or (each in long and each in value)
        ],
        "sandbox's files, byte by byte": found(whole, long),
        "sandbox's log, all of it": found(caplog.text.encode(), long),
    }
    for place, found_there in hits.items():
        tally("canaries", place, searches=1, canaries=len(secrets), hits=len(found_there))
    assert not any(hits.values()), hits


def dumped(sandbox: RunningSandbox) -> list[str]:
    """Every value of every table."""
    with sandbox.backend.store.reading() as db:
        rows = [row for table in Base.metadata.sorted_tables for row in db.execute(text(f"SELECT * FROM {table.name}"))]
    return [str(value) for row in rows for value in row]


def test_files_are_their_owners_alone(sandbox: RunningSandbox) -> None:
    assert (sandbox.folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert sandbox.folder.stat().st_mode & 0o777 == 0o700


def test_a_failure_tells_and_logs_nothing(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    walk = sandbox.registration_at(Step.SSN)

    def fail(_: object) -> None:
        raise RuntimeError(f"about {SSN}")

    monkeypatch.setattr(type(sandbox.backend.store), "writing", fail)
    answer = walk.answer(Step.SSN, ssn=SSN)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert SSN not in answer.text
    assert "A request failed" in caplog.text
    assert SSN not in caplog.text
