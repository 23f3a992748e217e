"""The same request twice has one effect, whether one after the other or both at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox, Walk

SUPPORT = {"category": "other", "message": "Where do I find my NPI?", "contact": "217-555-0134"}


@pytest.mark.parametrize(
    "path", ["/v1/registrations", "/v1/sessions", "/v1/tokens", "/v1/support-requests", "…/back", "…/steps/practice"]
)
@pytest.mark.parametrize(("key", "code"), [("", "missing"), ("has a space", "unreadable"), ("x" * 129, "unreadable")])
def test_every_post_needs_a_key(sandbox: RunningSandbox, path: str, key: str, code: str) -> None:
    walk = sandbox.start()
    url = path.replace("…", f"/v1/registrations/{walk.id}")
    headers = {"If-Match": '"2"', "Authorization": f"Bearer {walk.access}", "Idempotency-Key": key}
    answer = sandbox.http.post(url, json={"npi": "1000000020"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, f"idempotency_key_{code}")


def test_a_step_is_answered_once(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    answers, revision = walk.answers_to(Step.PERSONAL), walk.view["revision"]
    first = walk.post("steps/personal", answers, revision=revision, key="once")
    again = walk.post("steps/personal", answers, revision=revision, key="once")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()


def test_a_key_that_comes_with_something_else_is_refused(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    answers, revision = walk.answers_to(Step.PERSONAL), walk.view["revision"]
    walk.post("steps/personal", answers, revision=revision, key="once")
    for path, body in (("steps/personal", answers | {"role": "student"}), ("back", {"to": None})):
        other = walk.post(path, body, revision=revision, key="once")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert walk.look()["step"] == "practice"


def test_a_refusal_is_repeated_and_counted_once(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    revision = walk.view["revision"]
    tries = [walk.post("steps/email_confirmation", {"code": "000000"}, revision=revision, key="k") for _ in range(3)]
    assert [answer.json()["tries_left"] for answer in tries] == [9, 9, 9]
    assert [answer.json()["errors"] for answer in tries[1:]] == [tries[0].json()["errors"]] * 2


def test_a_key_counts_for_a_day(sandbox: RunningSandbox) -> None:
    key = uuid4().hex
    first = sandbox.call("POST", "/v1/support-requests", json=SUPPORT, key=key).json()
    assert sandbox.call("POST", "/v1/support-requests", json=SUPPORT, key=key).json() == first
    sandbox.clock.advance(hours=25)
    sandbox.start()  # which tidies up
    assert sandbox.call("POST", "/v1/support-requests", json=SUPPORT, key=key).json() != first


@pytest.mark.parametrize("key", ["1", "support-1", "0" * 128])
def test_a_guessed_key_of_a_request_to_support_is_nothing_to_another(any_sandbox: RunningSandbox, key: str) -> None:
    """With or without a session, each gets a number of their own; a session's own repetition gets the same."""
    walks = [any_sandbox.start(npi) for npi in ("1000000012", "1000000020")]
    askers = ["", "", *(walk.access for walk in walks)]

    def ask(token: str, message: str = SUPPORT["message"]) -> httpx.Response:
        body = {**SUPPORT, "message": message}
        return any_sandbox.call("POST", "/v1/support-requests", json=body, key=key, token=token)

    answers = [ask(token) for token in askers]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["reference"] for answer in answers}) == 4
    assert ask("", "Something else").status_code == 201
    assert ask(walks[0].access).json() == answers[2].json()
    assert ask(walks[0].access, "Something else").json()["code"] == "idempotency_key_reused"


def test_one_sessions_key_is_nothing_to_another_of_the_same_registration(any_sandbox: RunningSandbox) -> None:
    """So that a refusal of one is not what the other one's answer gets."""
    staff = any_sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    body = {"username": staff.user, "password": PASSWORD}
    own = Walk(any_sandbox, staff.npi).entered(any_sandbox.call("POST", "/v1/sessions", json=body).json())
    code = {"code": own.code()}
    refused = staff.post("steps/email_confirmation", {"code": "000000"}, key="1")
    assert (refused.status_code, refused.json()["tries_left"]) == (422, 9)
    own.look()
    assert own.post("steps/email_confirmation", code, key="1").json()["step"] == "email_confirmed"


def test_one_applicants_key_is_nothing_to_another(sandbox: RunningSandbox) -> None:
    walks = [sandbox.start(npi, name=f"user.{npi}") for npi in ("1000000012", "1000000020")]
    for walk in walks:
        assert walk.post("steps/accounts_intro", {}, key="same").status_code == 200


def test_starting_twice_with_one_key_is_one_registration(any_sandbox: RunningSandbox) -> None:
    body = {"npi": "1000000012"}
    key = uuid4().hex
    sessions = [any_sandbox.call("POST", "/v1/registrations", json=body, key=key) for _ in range(2)]
    assert [answer.status_code for answer in sessions] == [201, 201]
    ids = {answer.json()["view"]["registration"] for answer in sessions}
    assert len(ids) == 1
    # Whichever answer arrived, its tokens open the registration.
    for answer in sessions:
        token = answer.json()["tokens"]["access_token"]
        assert any_sandbox.call("GET", f"/v1/registrations/{ids.copy().pop()}", token=token).status_code == 200


def test_a_start_cannot_be_repeated_into_somebodys_account(sandbox: RunningSandbox) -> None:
    body, key = {"npi": "1000000012"}, uuid4().hex
    session = sandbox.call("POST", "/v1/registrations", json=body, key=key).json()
    Walk(sandbox).entered(session).to(Step.PERSONAL)
    again = sandbox.call("POST", "/v1/registrations", json=body, key=key)
    assert (again.status_code, again.json()["code"]) == (409, "already_registered")


@pytest.mark.parametrize(
    "key",
    ["1", "start", "npi-1000000012", "0" * 128, "abc" * 12, "x" * 21, "11111111-1111-4111-8111-111111111111"],
)
def test_a_guessed_key_opens_nobodys_registration(any_sandbox: RunningSandbox, key: str) -> None:
    body = {"npi": "1000000012"}
    mine = any_sandbox.call("POST", "/v1/registrations", json=body, key=key).json()
    theirs = any_sandbox.call("POST", "/v1/registrations", json=body, key=key)
    assert theirs.status_code == 201, "an NPI without a username is anybody's to begin with"
    assert theirs.json()["view"]["registration"] != mine["view"]["registration"]
    other = any_sandbox.call("POST", "/v1/registrations", json={"npi": "1000000020"}, key=key)
    assert other.status_code == 201, "nobody keeps others from a key"


def test_a_key_gives_no_session_once_its_registration_has_moved_on(any_sandbox: RunningSandbox) -> None:
    body, key = {"npi": "1000000012"}, uuid4().hex
    session = any_sandbox.call("POST", "/v1/registrations", json=body, key=key).json()
    walk = Walk(any_sandbox).entered(session).to(Step.CREDENTIALS)
    again = any_sandbox.call("POST", "/v1/registrations", json=body, key=key)
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    walk.to(Step.PERSONAL)


def test_a_rotation_is_its_own_sessions(any_sandbox: RunningSandbox) -> None:
    walks = [any_sandbox.start(npi, name=f"user.{npi}") for npi in ("1000000012", "1000000020")]
    for walk in walks:
        rotated = any_sandbox.call("POST", "/v1/tokens", json={"refresh_token": walk.refresh}, key="same").json()
        seen = any_sandbox.call("GET", f"/v1/registrations/{walk.id}", token=rotated["access_token"])
        assert (seen.status_code, seen.json()["registration"]) == (200, walk.id)
    made_up = any_sandbox.call("POST", "/v1/tokens", json={"refresh_token": "made-up"}, key="same")
    assert made_up.status_code == 401


def test_a_sign_in_is_its_own_accounts(any_sandbox: RunningSandbox) -> None:
    walks = [any_sandbox.start(npi, name=f"user.{npi}").to(Step.PERSONAL) for npi in ("1000000012", "1000000020")]
    for walk in walks:
        body = {"username": walk.user, "password": PASSWORD}
        entered = any_sandbox.call("POST", "/v1/sessions", json=body, key="same")
        assert (entered.status_code, entered.json()["view"]["registration"]) == (200, walk.id)


def at_once(sandbox: RunningSandbox, requests: list[dict[str, Any]]) -> list[httpx.Response]:
    """Send requests at the same time, each on a connection of its own."""

    def send(request: dict[str, Any]) -> httpx.Response:
        with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=30) as client:
            return client.post(**request)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def request_to(walk: Walk, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {walk.access}",
        "If-Match": f'"{walk.view["revision"]}"',
        "Idempotency-Key": key,
    }
    return {"url": f"/v1/registrations/{walk.id}/{path}", "json": body, "headers": headers}


def test_one_request_sent_many_times_at_once_has_one_effect(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    request = request_to(walk, "steps/email_confirmation", {"code": "000000"}, "one-key")
    answers = at_once(any_sandbox, [request] * 8)
    assert [answer.status_code for answer in answers] == [422] * 8
    assert {answer.json()["tries_left"] for answer in answers} == {9}


def test_many_answers_at_once_on_one_revision_have_one_effect(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    body = walk.answers_to(Step.PERSONAL)
    answers = at_once(any_sandbox, [request_to(walk, "steps/personal", body, f"key-{n}") for n in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"stale"}
    assert walk.look()["step"] == "practice"


def test_one_username_goes_to_one_of_many_who_ask_at_once(any_sandbox: RunningSandbox) -> None:
    npis = ("1000000012", "1000000020", "1000000095")
    walks = [any_sandbox.start(npi).to(Step.CREDENTIALS) for npi in npis]
    body = {"username": "the.same", "password": PASSWORD, "password_again": PASSWORD}
    answers = at_once(any_sandbox, [request_to(walk, "steps/credentials", body, f"k-{walk.npi}") for walk in walks])
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]


def test_many_who_start_with_one_npi_at_once_leave_one_registration(any_sandbox: RunningSandbox) -> None:
    requests = [
        {"url": "/v1/registrations", "json": {"npi": "1000000012"}, "headers": {"Idempotency-Key": f"key-{n}"}}
        for n in range(6)
    ]
    answers = at_once(any_sandbox, requests)
    assert {answer.status_code for answer in answers} == {201}
    opened = [
        any_sandbox.call(
            "GET",
            f"/v1/registrations/{answer.json()['view']['registration']}",
            token=answer.json()["tokens"]["access_token"],
        ).status_code
        for answer in answers
    ]
    assert sorted(opened) == [200, *[401] * 5]
