"""A secret that is typed into a field that is none: the sandbox refuses it, and keeps nothing of it."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from iprescribe_tui.journey.form import open_fields
from iprescribe_tui.journey.steps import STEPS, Step
from tests.backend import RunningSandbox, Walk, running
from tests.sandbox.test_offline import saved
from tests.secrets.canaries import found
from tests.secrets.offline import Copy, Wiretap, columns

SSN = "219-07-8412"
PASSWORD = "planted%maple!words 4M"
PLANTED = (SSN, SSN.replace("-", ""), PASSWORD)
NARROW = frozenset({"npi", "email", "phone", "fax", "zip_code", "state", "birth_date"})
FREE = frozenset({"practice_name", "street", "suite", "license_number"})
"""Fields that refuse a number only if it is grouped."""


def mistyped(walk: Walk) -> list[str]:
    """Answer the step that is shown with each secret in each field that takes none; return the fields."""
    step = STEPS[walk.view["step"]]
    fields = sorted((NARROW | FREE) & open_fields(step.form))
    if fields:
        right = walk.answers_to(step)
        for name in fields:
            for secret in PLANTED if name in NARROW else [SSN]:
                refused = walk.post(f"steps/{step}", right | {name: secret})
                assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), f"{step}: {name}"
    return fields


def traces(walk: Walk, tap: Wiretap, log: str) -> list[str]:
    """Where a copy of the sandbox holds a planted secret, or confirms it by guessing."""
    sandbox = walk.sandbox
    values = [(table, column, str(value)) for table, column, value in columns(sandbox)]
    at = [f"{table}.{column}: {secret}" for table, column, value in values for secret in found(value.encode(), PLANTED)]
    for file in (path for path in sandbox.folder.rglob("*") if path.is_file()):
        at += [f"{file.name}: {secret}" for secret in found(file.read_bytes(), PLANTED)]
    at += [f"the log: {secret}" for secret in found(log.encode(), PLANTED)]
    copy = Copy.of(sandbox, log)
    return at + [f"{secret}: {way}" for secret in PLANTED for way in copy.confirms(secret, tap.said)]


def test_no_secret_in_a_wrong_field_is_kept_or_confirmed(
    tmp_path: Path, database: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with running(tmp_path / "sandbox", database=database) as sandbox:
        tap = Wiretap()
        tap.listen(sandbox.http)
        for secret in PLANTED:
            assert sandbox.call("POST", "/v1/registrations", json={"npi": secret}).status_code == 422
            asked = {"category": "other", "message": "Call me.", "contact": secret}
            assert sandbox.call("POST", "/v1/support-requests", json=asked).status_code == 422
        walk = sandbox.start()
        mistaken: dict[str, list[str]] = {}
        left: dict[str, list[str]] = {}
        while walk.view["kind"] != "done":
            step = walk.view["step"]
            mistaken[step] = mistyped(walk)
            if mistaken[step]:
                left[step] = traces(walk, tap, caplog.text)
            walk.go_on()
        left["done"] = traces(walk, tap, caplog.text)
    assert {name for fields in mistaken.values() for name in fields} >= NARROW | FREE
    assert not {step: where for step, where in left.items() if where}


@pytest.mark.parametrize("secret", [SSN.replace("-", ""), PASSWORD])
def test_a_secret_that_a_field_took_is_gone_once_it_is_corrected(any_sandbox: RunningSandbox, secret: str) -> None:
    tap = Wiretap()
    tap.listen(any_sandbox.http)
    walk = any_sandbox.registration_at(Step.PRACTICE)
    right = walk.answers_to(Step.PRACTICE)
    walk.submit(Step.PRACTICE, **right | {"suite": secret})
    assert walk.back().status_code == 200
    walk.submit(Step.PRACTICE, **right)
    assert not Copy.of(any_sandbox, "").confirms(secret, tap.said)
    assert not [value for _, _, value in columns(any_sandbox) if secret in str(value)]
    walk.to(Step.DONE)
    assert not traces(walk, tap, "")


def test_a_copy_that_holds_one_is_noticed(sandbox: RunningSandbox) -> None:
    """So that the test above looks at something."""
    tap = Wiretap()
    tap.listen(sandbox.http)
    walk = sandbox.registration_at(Step.PHONE_MATCH)
    answers: dict[str, Any] = walk.answers_to(Step.PHONE_MATCH) | {"phone": SSN}
    walk.post("steps/phone_match", answers)
    what = sandbox.backend.key.digest("request", tap.said[-1][1])
    sandbox.backend.store.writing(
        lambda db: db.execute(text("UPDATE registrations SET memory = :new"), {"new": f'{{"a": "{SSN} {what}"}}'})
    )
    noticed = traces(walk, tap, "")
    assert any(where.startswith("registrations.memory") for where in noticed)
    assert any("digest of request" in where for where in noticed)


def test_a_forms_refusal_is_not_saved_and_its_key_is_good_for_another_answer(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.MFA_PHONE)
    before, revision = saved(any_sandbox, walk.id), walk.view["revision"]
    refused = [walk.post("steps/mfa_phone", {"phone": SSN}, revision=revision, key="once") for _ in range(2)]
    assert [answer.status_code for answer in refused] == [422, 422]
    assert refused[0].json() == refused[1].json()
    assert saved(any_sandbox, walk.id) == before
    right = walk.post("steps/mfa_phone", walk.answers_to(Step.MFA_PHONE), revision=revision, key="once")
    assert right.status_code == 200


@pytest.mark.parametrize("ending", ["the end", "starting over"])
def test_the_databases_log_is_emptied_with_the_saved_answers(sandbox: RunningSandbox, ending: str) -> None:
    walk = sandbox.registration_at(Step.CONSENT)
    log = sandbox.folder / "sandbox.db-wal"
    assert log.stat().st_size > 0
    if ending == "the end":
        walk.submit(Step.CONSENT, decision="allow")
    else:
        assert walk.back(Step.NPI).status_code == 200
    assert log.stat().st_size == 0


def test_the_log_of_a_sandbox_that_was_killed_is_emptied_when_it_starts(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.PERSONAL)
        for name in ("sandbox.db", "sandbox.db-wal", "server.key"):
            (tmp_path / "copy").mkdir(exist_ok=True)
            (tmp_path / "copy" / name).write_bytes((sandbox.folder / name).read_bytes())
    assert (tmp_path / "copy/sandbox.db-wal").stat().st_size > 0
    with running(tmp_path / "copy", clock=sandbox.clock) as again:
        assert (again.folder / "sandbox.db-wal").stat().st_size == 0
        assert again.call("GET", f"/v1/registrations/{walk.id}", token=walk.access).status_code == 200
