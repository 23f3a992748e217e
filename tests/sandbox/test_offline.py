"""A copy of the sandbox's state folder confirms no guess of a secret, at any step and after the end."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from iprescribe_tui.journey.steps import STEPS, Step
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, RunningSandbox, TestClock, Walk, running, until
from tests.secrets.offline import Copy, Wiretap, columns
from tests.tally import Tally

WRONG = "maple lantern over noisy harbor"
HASTY = "violet-lantern-over-quiet-pond"
"""A password that was typed as a username."""
OTHER_SSN = "000-12-3456"
MISTYPED = "417362"
WAYS: dict[str, dict[str, Any]] = {
    "code by text": {},
    "code by app": {"method": "app"},
    "account that exists": {"account": "existing"},
}


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def watched(
    request: pytest.FixtureRequest, tmp_path: Path, database: str | None, caplog: pytest.LogCaptureFixture
) -> Iterator[tuple[Walk, Wiretap]]:
    """A walk that begins, and all that is sent."""
    caplog.set_level(logging.DEBUG)
    with running(tmp_path / "sandbox", database=database) as sandbox:
        tap = Wiretap()
        tap.listen(sandbox.http)
        yield sandbox.start(**request.param), tap


def secrets_of(walk: Walk) -> set[str]:
    """All secrets of a walk that there are by now."""
    messages = walk.sandbox.messages()
    codes = {message["code"] for message in messages}
    links = {message["link"].rpartition("/")[2] for message in messages}
    shown = {walk.access, walk.refresh, walk.totp_secret, walk.recovery_code}
    return {PASSWORD, IDME_PASSWORD, WRONG, HASTY, SSN, OTHER_SSN, MISTYPED, *shown, *codes} - {"", *links}


def confirmed(walk: Walk, tap: Wiretap, log: str) -> list[str]:
    """Which secrets a copy confirms now, and how."""
    copy = Copy.of(walk.sandbox, log)
    ways = [f"{secret}: {way}" for secret in secrets_of(walk) for way in copy.confirms(secret, tap.said)]
    ways += [f"{secret}: derived from what is kept" for secret in secrets_of(walk) & copy.derived()]
    return ways


def mistake(walk: Walk) -> None:
    """Answer wrongly where a secret is asked for."""
    step = STEPS[walk.view["step"]]
    if step is Step.SSN:
        walk.answer(step, ssn=OTHER_SSN)
    elif step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
        walk.answer(step, code=MISTYPED)
    elif step is Step.IDME_SIGN_IN:
        walk.answer(step, email="idme.existing@example.com", password=WRONG)
    elif step is Step.IDME_SIGN_UP:
        walk.answer(step, **walk.answers_to(step) | {"password_again": WRONG})


def test_no_secret_is_confirmed_by_a_copy(
    watched: tuple[Walk, Wiretap], caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    walk, tap = watched
    found: dict[str, list[str]] = {}
    while walk.view["kind"] != "done":
        step = walk.view["step"]
        mistake(walk)
        found[step] = confirmed(walk, tap, caplog.text)
        walk.go_on()
        if step == Step.CREDENTIALS:
            for password in (PASSWORD, WRONG):
                walk.sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": password})
            walk.sandbox.call("POST", "/v1/sessions", json={"username": HASTY, "password": walk.user})
    found["done"] = confirmed(walk, tap, caplog.text)
    hits = {step: ways for step, ways in found.items() if ways}
    tally("canaries", "a copy of the sandbox, by guessing", searches=len(found), hits=len(hits))
    assert len(found) > 15
    assert not hits


def test_a_copy_of_what_is_digested_confirms_it(sandbox: RunningSandbox) -> None:
    """So that the test above looks at something."""
    tap = Wiretap()
    tap.listen(sandbox.http)
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    walk.answer(Step.EMAIL_CONFIRMATION, code=MISTYPED)
    assert Copy.of(sandbox, "").confirms(f"email:{walk.email}", [])  # under which wrong codes are counted
    assert Copy.of(sandbox, "0d5a2a26b2ba4b5a7f7dd3eb1a2f1d9c").digests >= {"0d5a2a26b2ba4b5a"}


def saved(sandbox: RunningSandbox, registration: str = "") -> int:
    """How many answers are saved, to the sessions of a registration or in all."""
    return sum(
        table == "saved_answers" and column == "scope" and value.startswith(registration)
        for table, column, value in columns(sandbox)
    )


def test_saved_answers_go_at_the_end(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.CONSENT)
    assert saved(any_sandbox, walk.id) > 10
    revision = walk.view["revision"]
    ends = [walk.post("steps/consent", {"decision": "allow"}, revision=revision, key="last") for _ in range(2)]
    assert [(end.status_code, end.json()["kind"]) for end in ends] == [(200, "done")] * 2
    assert saved(any_sandbox, walk.id) == 1, "the last one alone, whose answer may have got lost"


def test_saved_answers_go_on_starting_over(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.SSN)
    assert saved(any_sandbox, walk.id) > 10
    assert walk.back(Step.NPI).status_code == 200
    assert saved(any_sandbox, walk.id) == 1


def test_saved_answers_go_with_a_registration_that_is_replaced(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.CREDENTIALS)
    assert saved(any_sandbox, walk.id) == 1
    any_sandbox.start(walk.npi)
    assert saved(any_sandbox, walk.id) == 0


def test_saved_answers_go_after_a_day_though_nobody_comes(any_sandbox: RunningSandbox) -> None:
    any_sandbox.registration_at(Step.SSN)
    any_sandbox.clock.advance(hours=23)
    assert saved(any_sandbox) > 10
    any_sandbox.clock.advance(hours=1, minutes=11)
    until(lambda: saved(any_sandbox) == 0, "an end to saved answers")


def test_saved_answers_of_a_sandbox_that_was_not_running_go_when_it_starts(
    tmp_path: Path, database: str | None
) -> None:
    clock = TestClock()
    with running(tmp_path / "sandbox", database=database, clock=clock) as sandbox:
        sandbox.registration_at(Step.SSN)
    clock.advance(hours=25)
    with running(tmp_path / "sandbox", database=database, clock=clock) as sandbox:
        assert saved(sandbox) == 0


def test_digests_of_a_former_version_go_when_the_sandbox_starts(tmp_path: Path, database: str | None) -> None:
    """Secrets could be guessed from them; the rest of the database is kept."""
    with running(tmp_path / "sandbox", database=database) as sandbox:
        walk = sandbox.registration_at(Step.PERSONAL)
        former = "UPDATE saved_answers SET body_digest = substr(body_digest, 3) WHERE number % 2 = 0"
        before = saved(sandbox)
        sandbox.backend.store.writing(lambda db: db.execute(text(former)))
    with running(tmp_path / "sandbox", database=database, clock=sandbox.clock) as sandbox:
        assert 0 < saved(sandbox) <= before / 2 + 1
        assert sandbox.backend.notice == ""
        signed_in = sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": PASSWORD})
        assert signed_in.json()["view"]["step"] == "personal"
