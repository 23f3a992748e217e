"""The long poll: answers at once when something changes, with 304 when nothing does, and never holds up the end."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy.orm import Session

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api import registrations
from iprescribe_tui.sandbox.store.tables import Registration
from tests.backend import RunningSandbox, Walk, running, until


@contextmanager
def waiting(walk: Walk, seconds: int = 25) -> Iterator[Future[httpx.Response]]:
    """A call that waits for news, on a connection of its own, and has arrived at the sandbox."""
    headers = {
        "Authorization": f"Bearer {walk.token()}",
        "If-None-Match": f'"{walk.view["revision"]}"',
        "Prefer": f"wait={seconds}",
    }
    sent = threading.Event()

    def ask() -> httpx.Response:
        hooks = {"request": [lambda request: sent.set()]}
        with httpx.Client(base_url=walk.sandbox.url, trust_env=False, timeout=40, event_hooks=hooks) as client:
            return client.get(f"/v1/registrations/{walk.id}", headers=headers)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        assert sent.wait(10)
        yield asked


def test_news_arrives_while_one_waits(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PHONE_LINK)
    with waiting(walk) as asked:
        assert not asked.done()
        begun = time.monotonic()
        any_sandbox.follow(any_sandbox.newest())
        answer = asked.result(10)
        assert time.monotonic() - begun < 2
    assert answer.json()["step"] == "npi_match"
    assert answer.headers["Preference-Applied"] == "wait=25"


def is_waited_for(walk: Walk) -> bool:
    return walk.id in walk.sandbox.backend.changes._events


def test_a_change_wakes_all_who_wait_for_it_however_seldom_they_look(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrations, "_LOOK_EVERY", 600.0)
    walk = sandbox.registration_at(Step.PHONE_LINK)
    with waiting(walk) as asked, waiting(walk) as other:
        until(lambda: is_waited_for(walk), "nobody waits")
        sandbox.follow(sandbox.newest())
        assert [call.result(10).json()["step"] for call in (asked, other)] == ["npi_match"] * 2


def test_what_changes_by_itself_is_told_when_it_does(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrations, "_LOOK_EVERY", 600.0)
    walk = sandbox.registration_at(Step.PHONE_LINK)

    def end_soon(db: Session) -> None:
        db.get_one(Registration, walk.id).changes_at = sandbox.clock() + timedelta(seconds=1)

    sandbox.backend.transact(end_soon)
    with waiting(walk) as asked:
        until(lambda: is_waited_for(walk), "nobody waits")
        sandbox.clock.advance(seconds=2)
        assert asked.result(10).json()["revision"] > walk.view["revision"]


def test_news_arrives_from_another_process_on_the_same_database(tmp_path: Path, database: str | None) -> None:
    folder = tmp_path / "shared"
    with running(folder, database=database) as first, running(folder, database=database) as second:
        walk = first.registration_at(Step.PHONE_LINK)
        with waiting(walk) as asked:
            assert second.follow(second.newest()).status_code == 204
            assert asked.result(10).json()["step"] == "npi_match"


def test_no_news_is_told_when_the_wait_is_over(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    begun = time.monotonic()
    with waiting(walk, 1) as asked:
        answer = asked.result(10)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == f'"{walk.view["revision"]}"'
    assert 0.9 < time.monotonic() - begun < 5


def test_time_alone_is_news(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE, "locked")
    walk.go_on()
    with waiting(walk) as asked:
        sandbox.clock.advance(minutes=2)
        assert asked.result(10).json()["kind"] == "form"


def test_being_signed_out_ends_the_wait(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    with waiting(walk) as asked:
        sandbox.call("DELETE", "/v1/sessions/current", token=walk.access)
        assert asked.result(10).status_code == 401


def test_the_end_of_the_sandbox_ends_the_wait(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
        context = waiting(walk)
        asked = context.__enter__()
        time.sleep(0)
        assert not asked.done()
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    assert asked.exception(5) is None or isinstance(asked.exception(), httpx.TransportError)
    context.__exit__(None, None, None)


def test_many_who_wait_hold_up_nobody(sandbox: RunningSandbox) -> None:
    """More than the worker threads and the database's connections together."""
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    headers = {
        "Authorization": f"Bearer {walk.token()}",
        "If-None-Match": f'"{walk.view["revision"]}"',
        "Prefer": "wait=20",
    }

    def ask(_: int) -> int:
        with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=40) as client:
            return client.get(f"/v1/registrations/{walk.id}", headers=headers).status_code

    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(ask, number) for number in range(60)]
        begun = time.monotonic()
        assert sandbox.call("GET", "/v1/service").status_code == 200
        walk.submit(Step.EMAIL_CONFIRMATION, code=walk.code())
        assert {future.result(30) for future in asked} == {200}
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("prefer", ["", "wait=abc", "wait=-1", "respond-async", "wait=0"])
def test_who_does_not_want_to_wait_is_answered_at_once(sandbox: RunningSandbox, prefer: str) -> None:
    walk = sandbox.start()
    headers = {"If-None-Match": f'"{walk.view["revision"]}"', "Prefer": prefer}
    begun = time.monotonic()
    assert walk.get(**headers).status_code == 304
    assert time.monotonic() - begun < 2
    assert walk.get(**{"If-None-Match": '"999999"'}).status_code == 200
    assert walk.get(**{"If-None-Match": "garbage", "Prefer": "wait=20"}).status_code == 200


def test_the_recovery_code_is_not_worn_out_by_waiting(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.RECOVERY_CODE)
    code, revision = walk.recovery_code, walk.view["revision"]
    assert walk.get(**{"If-None-Match": f'"{revision}"'}).status_code == 304
    assert (walk.look()["reveal"]["recovery_code"], walk.view["revision"]) == (code, revision)
    walk.submit(Step.RECOVERY_CODE, saved=True)
