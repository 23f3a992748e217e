"""GET and HEAD change nothing, whoever sends them: previews of a link, scanners, whoever looks twice."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.server import create_app
from tests.backend import KEY, RunningSandbox, Walk, running
from tests.longer import few
from tests.sandbox.test_handoffs import hand_off, path_of, sent


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with running(tmp_path / "sandbox") as started:
        yield started


def kept(sandbox: RunningSandbox) -> dict[str, object]:
    """Return all that the sandbox has: each row of its database, and the bytes of each other file.

    The same rows stand elsewhere in the database's files once its log has been emptied, as happens by the clock.
    """
    files = (path for path in sandbox.folder.rglob("*") if path.is_file() and not path.name.startswith("sandbox.db"))
    found: dict[str, object] = {str(path): path.read_bytes() for path in files}
    with closing(sqlite3.connect(str(sandbox.backend.store.file))) as database:
        found["rows"] = list(database.iterdump())
    return found


def addresses(sandbox: RunningSandbox, walk: Walk, *more: str) -> list[str]:
    """Return the addresses of all routes, with each thing in them that there is, and what does not exist."""
    links = [urlsplit(message["link"]).path for message in sandbox.messages() if message.get("link")]
    if walk.view.get("url"):
        links.append(urlsplit(walk.view["url"]).path)
    names = {
        "registration_id": walk.id,
        "slot": "front",
        "message_id": sandbox.messages()[0]["id"] if sandbox.messages() else "none",
        "token": "NOTATOKEN",
        "code": "NOTACODE",
    }
    routes = [str(getattr(route, "path", "")).format(**names) for route in create_app(sandbox.backend).routes]
    return [*routes, *links, *(link.lower() for link in links), *more]


def look_everywhere(sandbox: RunningSandbox, walk: Walk, *more: str) -> list[str]:
    """GET and HEAD every address as a stranger and as the applicant; return the calls after which anything differs."""
    changed = []
    places = addresses(sandbox, walk, *more)
    known = {"Authorization": f"Bearer {walk.token()}", "Sandbox-Key": KEY}
    headers: list[dict[str, str]] = [{}, known, {**known, "Idempotency-Key": "looked", "Prefer": "wait=0"}]
    before = kept(sandbox)
    for place in places:
        for method in ("GET", "HEAD"):
            answers = [sandbox.http.request(method, place, headers=each).status_code for each in headers]
            after = kept(sandbox)
            if after != before or max(answers) >= 500:
                changed.append(f"{method} {place} {answers}")
            before = after
    return changed


@pytest.mark.parametrize("ways", few([{}, {"method": "app"}, {"account": "existing"}]), ids=["text", "app", "existing"])
def test_looking_changes_nothing_at_any_step(sandbox: RunningSandbox, ways: dict[str, str]) -> None:
    walk = sandbox.start(**ways)
    changed = {}
    while walk.view["kind"] != "done":
        walk.look()
        if found := look_everywhere(sandbox, walk):
            changed[walk.view["step"]] = found
        walk.go_on()
    changed["done"] = look_everywhere(sandbox, walk)
    assert not any(changed.values()), changed


def waiting(walk: Walk) -> None:
    hand_off(walk)


def begun(walk: Walk) -> None:
    sent(walk, path_of(hand_off(walk)), "front", kind="state_id")


def canceled(walk: Walk) -> None:
    sent(walk, path_of(hand_off(walk)), cancel="1")


def expired(walk: Walk) -> None:
    hand_off(walk)
    walk.sandbox.clock.advance(minutes=15)


def forgotten(walk: Walk) -> None:
    hand_off(walk)
    walk.sandbox.clock.advance(hours=11)


@pytest.mark.parametrize("come_to", [waiting, begun, canceled, expired, forgotten])
def test_looking_changes_nothing_of_a_phones_link(sandbox: RunningSandbox, come_to: Callable[[Walk], None]) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    come_to(walk)
    assert look_everywhere(sandbox, walk, path_of(walk.view)) == []


def test_a_preview_of_the_phones_link_does_not_open_it(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    view = hand_off(walk)
    assert sandbox.http.get(path_of(view)).status_code == 200
    assert walk.look() == view
    assert "Which ID" in sandbox.http.post(path_of(view), files={"opened": (None, "1")}).text
    assert (walk.look()["state"], walk.view["revision"]) == ("opened", view["revision"] + 1)


def code_expired(sandbox: RunningSandbox) -> Walk:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    sandbox.clock.advance(minutes=16)
    return walk


def locked(sandbox: RunningSandbox) -> Walk:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    while walk.view["kind"] != "locked":
        walk.answer(Step.EMAIL_CONFIRMATION, code="000000")
    return walk


def lock_over(sandbox: RunningSandbox) -> Walk:
    walk = locked(sandbox)
    sandbox.clock.advance(hours=2)
    return walk


@pytest.mark.parametrize("come_to", [code_expired, locked, lock_over])
def test_looking_changes_nothing_after_time_has_passed(
    sandbox: RunningSandbox, come_to: Callable[[RunningSandbox], Walk]
) -> None:
    walk = come_to(sandbox)
    assert look_everywhere(sandbox, walk) == []


def test_time_that_passes_is_a_new_revision_for_each_thing_that_it_changes(sandbox: RunningSandbox) -> None:
    """It is seen by those who wait for it, and answered upon, though looking has noted nothing."""
    walk = code_expired(sandbox)
    before = walk.view["revision"]
    assert walk.get(**{"If-None-Match": f'"{before}"'}).status_code == 200
    assert walk.look()["revision"] == walk.look()["revision"] == before + 1
    assert walk.get(**{"If-None-Match": f'"{before + 1}"'}).status_code == 304
    assert walk.post(f"steps/{Step.EMAIL_CONFIRMATION}", {"code": "000000"}, revision=before).status_code == 409
    assert walk.look()["revision"] == before + 1
    assert walk.answer(Step.EMAIL_CONFIRMATION, code="000000").status_code == 422
    assert walk.resend(Step.EMAIL_CONFIRMATION).status_code == 200


def test_a_recovery_code_is_the_same_however_often_it_is_looked_at(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.RECOVERY_CODE)
    code, revision = walk.recovery_code, walk.view["revision"]
    assert (walk.look()["reveal"]["recovery_code"], walk.view["revision"]) == (code, revision)
