"""Tokens are short-lived or used once; sign-in opens a registration wherever it stands; who is bare is replaced."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from iprescribe_tui.journey.service_document import SessionPolicy
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import PASSWORD, Json, RunningSandbox, Walk, picture
from tests.photos.backs import back, barcode_text, jpeg

ONE_KEY = "one-sign-in-that-is-sent-twice"
WRONG = "violet lantern over noisy harbor"


def rotate(sandbox: RunningSandbox, refresh: str, key: str = "") -> tuple[int, Json]:
    answer = sandbox.call("POST", "/v1/tokens", json={"refresh_token": refresh}, key=key)
    return answer.status_code, answer.json()


def opens(walk: Walk, token: str) -> int:
    return walk.sandbox.call("GET", f"/v1/registrations/{walk.id}", token=token).status_code


def test_an_access_token_is_short_lived(sandbox: RunningSandbox) -> None:
    walk = sandbox.start()
    sandbox.clock.advance(minutes=10, seconds=-1)
    assert opens(walk, walk.access) == 200
    sandbox.clock.advance(seconds=1)
    answer = sandbox.call("GET", f"/v1/registrations/{walk.id}", token=walk.access)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_a_refresh_token_gives_a_new_pair_once(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.start()
    status, first = rotate(any_sandbox, walk.refresh)
    assert status == 200
    assert opens(walk, first["access_token"]) == 200
    # Whoever uses the old one again may have stolen it: nothing of this family opens anything any more.
    status, problem = rotate(any_sandbox, walk.refresh)
    assert (status, problem["code"]) == (401, "token_reused")
    assert opens(walk, walk.access) == opens(walk, first["access_token"]) == 401
    assert rotate(any_sandbox, first["refresh_token"])[0] == 401


def test_a_rotation_whose_answer_was_lost_can_be_repeated(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.start()
    rotate(any_sandbox, walk.refresh, key="one-rotation")
    status, again = rotate(any_sandbox, walk.refresh, key="one-rotation")
    assert status == 200
    assert opens(walk, again["access_token"]) == 200
    assert rotate(any_sandbox, again["refresh_token"])[0] == 200


@pytest.mark.parametrize("refresh", ["", "nonsense", "\ud800"])
def test_a_made_up_refresh_token_opens_nothing(sandbox: RunningSandbox, refresh: str) -> None:
    body = b'{"refresh_token": "\\ud800"}' if refresh == "\ud800" else b'{"refresh_token": "%s"}' % refresh.encode()
    headers = {"Content-Type": "application/json"}
    answer = sandbox.call("POST", "/v1/tokens", content=body, headers=headers)
    assert answer.status_code in (401, 422)


def test_signing_out_closes_this_session_and_no_other(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    other = sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": PASSWORD}).json()
    assert sandbox.call("DELETE", "/v1/sessions/current", token=walk.access).status_code == 204
    assert opens(walk, walk.access) == rotate(sandbox, walk.refresh)[0] == 401
    assert opens(walk, other["tokens"]["access_token"]) == 200
    assert sandbox.call("DELETE", "/v1/sessions/current").status_code == 401


@pytest.mark.matrix
@pytest.mark.parametrize(
    "step", [step for step in Step if step not in (Step.NPI, Step.ACCOUNTS_INTRO, Step.CREDENTIALS)]
)
def test_signing_in_leads_to_where_one_was(sandbox: RunningSandbox, step: Step) -> None:
    ways = {Step.IDME_SIGN_IN: {"account": "existing"}, Step.MFA_TOTP: {"method": "app"}}
    walk = sandbox.registration_at(step, **ways.get(step, {}))
    before, code = walk.view, walk.recovery_code
    answer = sandbox.call("POST", "/v1/sessions", json={"username": walk.user.upper(), "password": PASSWORD})
    assert answer.status_code == 200
    after = answer.json()["view"]
    if step is Step.MFA_TOTP:
        assert after["reveal"] != before["reveal"]
        return
    if step is Step.RECOVERY_CODE:
        # What was shown once is not shown again: there is a new one.
        assert after["reveal"]["recovery_code"] != code
        assert after["revision"] > before["revision"]
        assert not before["notices"]
        assert "replaces the one" in after["notices"][0]["text"]
        return
    if step in (
        Step.SELFIE,
        Step.ATTRIBUTES_REVIEW,
        Step.PHONE_LINK,
        Step.CONSENT,
    ):  # all but what is covered, of which below
        after = after | {name: before[name] for name in ("facts", "notices", "waiting_for") if name in before}
    assert after == before


def sign_in(walk: Walk, password: str = PASSWORD, key: str = ONE_KEY) -> tuple[int, Json]:
    body = {"username": walk.user, "password": password}
    answer = walk.sandbox.call("POST", "/v1/sessions", json=body, key=key)
    return answer.status_code, answer.json()


def test_a_sign_in_whose_answer_was_lost_can_be_repeated(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PRACTICE)
    sessions = [sign_in(walk) for _ in range(3)]
    assert [status for status, _ in sessions] == [200] * 3
    assert {opens(walk, session["tokens"]["access_token"]) for _, session in sessions} == {200}
    assert rotate(any_sandbox, sessions[-1][1]["tokens"]["refresh_token"])[0] == 200


@pytest.mark.parametrize("elsewhere", [False, True], ids=["at the step", "after starting over"])
def test_a_repeated_sign_in_needs_the_password_of_now(any_sandbox: RunningSandbox, elsewhere: bool) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    assert sign_in(walk)[0] == 200
    assert walk.back(Step.NPI if elsewhere else None).status_code == 200
    walk.to(Step.CREDENTIALS)
    walk.submit(Step.CREDENTIALS, username=walk.user, password=WRONG, password_again=WRONG)
    status, problem = sign_in(walk)
    assert (status, problem["code"]) == (401, "bad_credentials")
    assert sign_in(walk, WRONG, key="another")[0] == 200


def test_a_repeated_sign_in_is_locked_like_others(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PRACTICE)
    assert sign_in(walk)[0] == 200
    for number in range(3):
        sign_in(walk, WRONG, key=f"wrong-{number}")
    for key in (ONE_KEY, "wrong-0", "new"):
        status, problem = sign_in(walk, key=key)
        assert (status, problem["code"]) == (429, "locked"), key
    any_sandbox.clock.advance(minutes=5)
    assert sign_in(walk)[0] == sign_in(walk, key="wrong-2")[0] == sign_in(walk, key="new")[0] == 200


def test_guesses_under_the_key_of_a_sign_in_are_counted(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PRACTICE)
    assert sign_in(walk)[0] == 200
    assert [sign_in(walk, f"{WRONG} {number}")[0] for number in range(4)] == [401, 401, 429, 429]


@pytest.mark.parametrize("key", [ONE_KEY, "1", "sign-in"])
def test_a_wrong_sign_in_keeps_nobody_with_the_right_password_out(any_sandbox: RunningSandbox, key: str) -> None:
    """Under whatever key a stranger was there before, and each of the stranger's guesses is counted."""
    walk = any_sandbox.registration_at(Step.PRACTICE)
    guesses = [sign_in(walk, f"{WRONG} {number}", key=key) for number in range(2)]
    assert [(status, problem["tries_left"]) for status, problem in guesses] == [(401, 2), (401, 1)]
    assert sign_in(walk, key=key)[0] == 200


@pytest.mark.parametrize("key", ["1", "sign-in", "0" * 128])
def test_a_guessed_key_of_a_sign_in_leads_into_nobodys_session(any_sandbox: RunningSandbox, key: str) -> None:
    """Not even for somebody who knows the password, and signs out to close it."""
    walk = any_sandbox.registration_at(Step.PRACTICE)
    theirs, mine = (sign_in(walk, key=key)[1]["tokens"]["access_token"] for _ in range(2))
    assert any_sandbox.call("DELETE", "/v1/sessions/current", token=theirs).status_code == 204
    assert opens(walk, mine) == sign_in(walk, key=key)[0] == 200


def test_a_refusal_of_what_is_no_refresh_token_spoils_no_key(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.start()
    assert rotate(any_sandbox, walk.access, key="1")[0] == 401
    assert rotate(any_sandbox, walk.refresh, key="1")[0] == 200


def test_a_repeated_sign_in_opens_no_session_that_was_closed(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PRACTICE)
    first, second = (sign_in(walk)[1]["tokens"] for _ in range(2))
    assert any_sandbox.call("DELETE", "/v1/sessions/current", token=second["access_token"]).status_code == 204
    status, problem = sign_in(walk)
    assert (status, problem["code"]) == (401, "unauthorized")
    assert opens(walk, first["access_token"]) == 401
    assert sign_in(walk, key="another")[0] == 200


def test_a_repeated_sign_in_makes_no_session_longer(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PRACTICE)
    assert sign_in(walk)[0] == 200
    any_sandbox.clock.advance(seconds=SessionPolicy().longest - 60)
    status, session = sign_in(walk)
    assert (status, session["tokens"]["expires_in"]) == (200, 60)
    any_sandbox.clock.advance(seconds=60)
    assert sign_in(walk)[0] == 401


def test_twelve_hours_are_all_however_often_tokens_are_renewed(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    for _ in range(11):
        sandbox.clock.advance(hours=1)
        assert walk.look()["step"] == "practice"
    sandbox.clock.advance(minutes=59, seconds=59)
    status, pair = rotate(sandbox, walk.refresh)
    assert (status, pair["expires_in"]) == (200, 1)
    assert opens(walk, pair["access_token"]) == 200
    sandbox.clock.advance(seconds=1)
    assert (rotate(sandbox, pair["refresh_token"])[0], opens(walk, pair["access_token"])) == (401, 401)
    assert sign_in(walk)[0] == 200


def test_a_start_that_is_repeated_opens_no_session_that_was_closed(any_sandbox: RunningSandbox) -> None:
    body, key = {"npi": PERSONA_NPIS["happy"]}, uuid4().hex
    tokens = any_sandbox.call("POST", "/v1/registrations", json=body, key=key).json()["tokens"]
    assert any_sandbox.call("DELETE", "/v1/sessions/current", token=tokens["access_token"]).status_code == 204
    assert any_sandbox.call("POST", "/v1/registrations", json=body, key=key).status_code == 401


def test_a_password_may_be_typed_on_another_keyboard(sandbox: RunningSandbox) -> None:
    composed, decomposed = "caf\u00e9 lantern by the sea", "cafe\u0301 lantern by the sea"
    twice = {"password": composed, "password_again": composed}
    walk = sandbox.registration_at(Step.CREDENTIALS)
    walk.submit(Step.CREDENTIALS, username="dr.cafe", **twice)
    answer = sandbox.call("POST", "/v1/sessions", json={"username": "dr.cafe", "password": decomposed})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("password", "refusal"),
    [("x" * 1024, (401, "bad_credentials")), ("\x00", (401, "bad_credentials")), ("\ud83d", (422, "invalid"))],
)
def test_a_strange_password_is_just_wrong(sandbox: RunningSandbox, password: str, refusal: tuple[int, str]) -> None:
    import json

    body = json.dumps({"username": "somebody", "password": password}).encode()
    answer = sandbox.call("POST", "/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == refusal


@pytest.mark.usefixtures("dear_passwords")
def test_sign_in_costs_as_much_whether_the_username_exists(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = sandbox.registration_at(Step.PERSONAL)
    costs: list[str] = []
    verify = PasswordHasher.verify

    def noting(self: PasswordHasher, hashed: str, password: bytes) -> bool:
        costs.append(hashed.rsplit("$", 2)[0])
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    answers = [
        sandbox.call("POST", "/v1/sessions", json={"username": username, "password": WRONG})
        for username in (walk.user, "nobody.of.this.name")
    ]
    assert answers[0].json() == answers[1].json()
    assert costs[0] == costs[1] == "$argon2id$v=19$m=65536,t=3,p=4"


def test_starting_anew_replaces_a_registration_without_credentials(any_sandbox: RunningSandbox) -> None:
    first = any_sandbox.registration_at(Step.CREDENTIALS)
    second = any_sandbox.start()
    assert second.id != first.id
    assert opens(first, first.access) == 401
    assert second.view["step"] == "accounts_intro"


def test_starting_anew_is_refused_once_there_are_credentials(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    answer = any_sandbox.call("POST", "/v1/registrations", json={"npi": walk.npi})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_registered")
    assert opens(walk, walk.access) == 200


def test_a_username_that_is_taken_comes_with_others_that_are_free(sandbox: RunningSandbox) -> None:
    sandbox.registration_at(Step.PERSONAL, name="amelia")
    walk = sandbox.registration_at(Step.CREDENTIALS, "happy_two")
    twice = {"password": PASSWORD, "password_again": PASSWORD}
    for username in ("AMELIA", "Taken"):
        refused = walk.answer(Step.CREDENTIALS, username=username, **twice)
        assert (refused.status_code, refused.json()["code"]) == (422, "username_taken")
        suggestions = refused.json()["suggestions"]
        assert len(suggestions) == 3
    walk.submit(Step.CREDENTIALS, username=suggestions[0], **twice)


def test_an_email_is_used_for_one_registration(sandbox: RunningSandbox) -> None:
    first = sandbox.registration_at(Step.PRACTICE)
    walk = sandbox.registration_at(Step.PERSONAL, "happy_two")
    for email in (first.email.upper(), "taken@example.com"):
        refused = walk.answer(Step.PERSONAL, **walk.answers_to(Step.PERSONAL) | {"email": email})
        assert (refused.status_code, refused.json()["code"]) == (422, "email_taken")
        assert "used by another registration" in refused.json()["errors"]["email"]


@pytest.mark.parametrize("email", ["idme.taken@example.com", "IDME.EXISTING@example.com"])
def test_an_email_with_an_idme_account_is_told_to_sign_in(sandbox: RunningSandbox, email: str) -> None:
    walk = sandbox.registration_at(Step.IDME_SIGN_UP)
    refused = walk.answer(Step.IDME_SIGN_UP, **walk.answers_to(Step.IDME_SIGN_UP) | {"email": email})
    assert (refused.status_code, refused.json()["code"]) == (422, "idme_email_taken")
    assert "sign in" in refused.json()["errors"]["email"]


CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "/v1/registrations/{id}", None),
    ("POST", "/v1/registrations/{id}/steps/accounts_intro", {}),
    ("POST", "/v1/registrations/{id}/back", {}),
    ("POST", "/v1/registrations/{id}/handoffs", {}),
    ("PUT", "/v1/registrations/{id}/evidence/front", None),
    ("DELETE", "/v1/sessions/current", None),
]


def started_again(walk: Walk) -> Walk:
    return walk.sandbox.start(walk.npi)


def changed_to_the_npi(walk: Walk) -> Walk:
    other = walk.sandbox.start(PERSONA_NPIS["happy_two"])
    assert other.back(Step.NPI).status_code == 200
    other.submit(Step.NPI, npi=walk.npi)
    return other


@pytest.mark.parametrize("replace", [started_again, changed_to_the_npi])
@pytest.mark.parametrize("step", [Step.ACCOUNTS_INTRO, Step.CREDENTIALS])
def test_one_that_is_replaced_before_it_has_a_username_is_told_so(
    any_sandbox: RunningSandbox, step: Step, replace: Callable[[Walk], Walk]
) -> None:
    first = any_sandbox.registration_at(step)
    second = replace(first)
    for method, path, body in CALLS:
        headers = {"If-Match": '"1"', "Prefer": "wait=1", "If-None-Match": f'"{first.view["revision"]}"'}
        answer = any_sandbox.call(method, path.format(id=first.id), token=first.access, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_replaced"), (method, path)
        assert "Another terminal started with this NPI" in answer.json()["detail"]
    for key in ("one", "one", "two"):
        status, problem = rotate(any_sandbox, first.refresh, key=key)
        assert (status, problem["code"]) == (401, "session_replaced")
    assert opens(second, second.access) == 200
    third = any_sandbox.start(first.npi)  # and so is the one that replaced it
    assert rotate(any_sandbox, second.refresh)[1]["code"] == "session_replaced"
    assert any_sandbox.call("GET", f"/v1/registrations/{first.id}", token="made-up").json()["code"] == "unauthorized"
    third.to(Step.PERSONAL)
    again = any_sandbox.call("POST", "/v1/registrations", json={"npi": first.npi})
    assert (again.status_code, again.json()["code"]) == (409, "already_registered")
    assert opens(third, third.access) == 200


def test_one_that_was_signed_out_before_is_not_told_of_another(sandbox: RunningSandbox) -> None:
    first = sandbox.start()
    assert sandbox.call("DELETE", "/v1/sessions/current", token=first.access).status_code == 204
    sandbox.start(first.npi)
    assert rotate(sandbox, first.refresh)[1]["code"] == "unauthorized"


# A refresh token that was used.


def test_a_lost_answer_is_repeated_once_and_within_seconds(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.start()
    pairs = [rotate(any_sandbox, walk.refresh, key="one-rotation")[1] for _ in range(2)]
    assert [opens(walk, pair["access_token"]) for pair in pairs] == [200, 200]
    status, problem = rotate(any_sandbox, walk.refresh, key="one-rotation")
    assert (status, problem["code"]) == (401, "token_reused")
    for pair in pairs:
        assert opens(walk, pair["access_token"]) == rotate(any_sandbox, pair["refresh_token"])[0] == 401


@pytest.mark.parametrize("seconds", [45, 60, 600, 11 * 3600])
def test_a_repetition_that_comes_late_closes_the_session_and_tells_its_owner(
    any_sandbox: RunningSandbox, seconds: int
) -> None:
    walk = any_sandbox.start()
    _, owner = rotate(any_sandbox, walk.refresh, key="one-rotation")
    any_sandbox.clock.advance(seconds=seconds)
    assert rotate(any_sandbox, walk.refresh, key="one-rotation")[1]["code"] == "token_reused"
    status, problem = rotate(any_sandbox, owner["refresh_token"])
    assert (status, problem["code"]) == (401, "token_reused")
    assert "used twice" in problem["detail"]


def test_a_repetition_after_its_answer_was_used_closes_the_session(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.start()
    _, owner = rotate(any_sandbox, walk.refresh, key="one-rotation")
    _, next_pair = rotate(any_sandbox, owner["refresh_token"], key="next-rotation")
    assert rotate(any_sandbox, walk.refresh, key="one-rotation")[1]["code"] == "token_reused"
    answer = any_sandbox.call("GET", f"/v1/registrations/{walk.id}", token=next_pair["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (401, "token_reused")


# Who chooses how one gets in closes the sessions of whoever got in before.


def signed_in_elsewhere(walk: Walk) -> Walk:
    """Another session of the same registration."""
    status, session = sign_in(walk, key=str(uuid4()))
    assert status == 200
    other = Walk(walk.sandbox, walk.npi, account=walk.account, method=walk.method)
    return other.entered(session)


GUARDED: dict[Step, dict[str, Any]] = {
    Step.IDME_SIGN_IN: {"account": "existing"},
    Step.IDME_SIGN_UP: {},
    Step.MFA_CHOICE: {},
    Step.MFA_PHONE: {},
    Step.MFA_TOTP: {"method": "app"},
    Step.MFA_CODE: {},
    Step.RECOVERY_CODE: {},
}


@pytest.mark.parametrize(("step", "ways"), GUARDED.items(), ids=list(GUARDED))
def test_a_guard_that_is_set_closes_every_other_session(
    any_sandbox: RunningSandbox, step: Step, ways: dict[str, Any]
) -> None:
    first = any_sandbox.registration_at(step, **ways)
    others = [first, signed_in_elsewhere(first)]
    walk = signed_in_elsewhere(first)
    walk.go_on()
    assert opens(walk, walk.access) == 200
    for other in others:
        answer = other.get()
        assert (answer.status_code, answer.json()["code"]) == (401, "session_changed")
        assert "set in another session" in answer.json()["detail"]
        assert rotate(any_sandbox, other.refresh)[1]["code"] == "session_changed"


def test_a_password_that_somebody_else_chose_opens_nothing_once_it_is_changed(any_sandbox: RunningSandbox) -> None:
    staff = any_sandbox.registration_at(Step.PERSONAL)
    prescriber = signed_in_elsewhere(staff)
    assert prescriber.back().status_code == 200
    prescriber.submit(Step.CREDENTIALS, username="their.own", password=WRONG, password_again=WRONG)
    assert staff.get().json()["code"] == "session_changed"
    assert rotate(any_sandbox, staff.refresh)[1]["code"] == "session_changed"
    assert sign_in(staff)[0] == 401
    assert prescriber.to(Step.DONE).view["kind"] == "done"


def test_other_steps_leave_other_sessions_alone(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.PERSONAL)
    other = signed_in_elsewhere(walk)
    walk.to(Step.IDME_LAUNCH)
    assert opens(walk, other.access) == 200


# A key or code that is made to be shown is shown in the session for which it was made, and in no other.


def told(walk: Walk) -> Json:
    """What a session gets that another one has closed, at each call."""
    answers = [walk.get(), walk.back(), walk.post("steps/mfa_totp", {}), walk.post("steps/recovery_code", {})]
    problems = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert len({problem["code"] for problem in problems}) == 1
    assert rotate(walk.sandbox, walk.refresh)[1]["code"] == problems[0]["code"]
    return dict(problems[0])


@pytest.mark.parametrize("step", [Step.MFA_TOTP, Step.RECOVERY_CODE])
def test_what_is_made_for_whoever_signs_in_is_shown_to_nobody_else(any_sandbox: RunningSandbox, step: Step) -> None:
    older = any_sandbox.registration_at(step, method="app")
    newer = signed_in_elsewhere(older)
    reveal = newer.view["reveal"]
    assert reveal.keys() == older.view["reveal"].keys()
    assert not set(reveal.values()) & set(older.view["reveal"].values())
    assert newer.view["notices"][0]["text"].startswith(("This key is new", "This code replaces"))
    assert told(older)["code"] == "session_changed"
    assert newer.look()["reveal"] == reveal
    again = signed_in_elsewhere(older)  # and so on, whoever it is
    assert told(newer)["code"] == "session_changed"
    assert again.to(Step.DONE).view["kind"] == "done"


@pytest.mark.parametrize("to", [None, Step.MFA_TOTP], ids=["one step back", "show the key again"])
def test_a_key_that_is_made_on_going_back_is_shown_to_nobody_else(any_sandbox: RunningSandbox, to: Step | None) -> None:
    older = any_sandbox.registration_at(Step.MFA_CODE, method="app")
    newer = signed_in_elsewhere(older)
    assert newer.view["step"] == "mfa_code"
    assert older.get().status_code == 200  # neither of the two is shown a secret there
    assert newer.back(to).status_code == 200
    assert newer.totp_secret not in ("", older.totp_secret)
    assert told(older)["code"] == "session_changed"
    assert newer.to(Step.DONE).view["kind"] == "done"


def test_a_sign_in_that_is_repeated_keeps_its_own_session(any_sandbox: RunningSandbox) -> None:
    older = any_sandbox.registration_at(Step.MFA_TOTP, method="app")
    key = str(uuid4())
    for _ in range(2):
        status, session = sign_in(older, key=key)
        assert status == 200
    newer = Walk(any_sandbox, older.npi, method="app").entered(session)
    assert told(older)["code"] == "session_changed"
    assert newer.to(Step.DONE).view["kind"] == "done"


# Starting over erases the registration for its other sessions too.


@pytest.mark.parametrize("step", [Step.PERSONAL, Step.EMAIL_CONFIRMED, Step.DOCUMENT, Step.CONSENT])
def test_starting_over_closes_every_other_session_and_tells_it_why(any_sandbox: RunningSandbox, step: Step) -> None:
    older = any_sandbox.registration_at(step)
    newer = signed_in_elsewhere(older)
    assert newer.back(Step.NPI).status_code == 200
    problem = told(older)
    assert problem["code"] == "session_started_over"
    assert "started over in another session" in problem["detail"]
    assert "enter the NPI" in problem["detail"]
    newer.to(Step.PRACTICE)
    assert told(older)["code"] == "session_started_over"


def test_who_was_closed_by_starting_over_is_told_of_another_that_begins_then(any_sandbox: RunningSandbox) -> None:
    older = any_sandbox.registration_at(Step.PERSONAL)
    newer = signed_in_elsewhere(older)
    assert newer.back(Step.NPI).status_code == 200
    any_sandbox.start(older.npi)
    for walk in (older, newer):
        assert walk.get().json()["code"] == rotate(any_sandbox, walk.refresh)[1]["code"] == "session_replaced"


PRIVATE = ("217-555-0155", "04/30/1975", "1975-04-30", "12 Elm St", "-9871", "IL 62701")


@pytest.mark.parametrize(
    "step",
    [
        *(Step.MFA_CODE, Step.RECOVERY_CODE, Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH, Step.SSN),
        *(Step.ATTRIBUTES_REVIEW, Step.PHONE_LINK, Step.NPI_MATCH, Step.LICENSE_REVIEW, Step.CONSENT),
    ],
)
def test_what_another_session_gave_is_covered(any_sandbox: RunningSandbox, step: Step) -> None:
    walk = any_sandbox.registration_at(step)
    seen = signed_in_elsewhere(walk).get().text
    assert not [value for value in PRIVATE if value in seen]


BACK = jpeg(back(barcode_text()))
ON_THE_ID = ("04/30/1975", "12 ELM ST", "APT 4", "SPRINGFIELD", "JANE", "2099")
"""What the barcode says, and nothing else does."""


def by_phone(walk: Walk, **photos: bytes) -> str:
    """Send photos with a phone, under a link that this session has made."""
    answer = walk.post("handoffs", {})
    assert answer.status_code == 200, answer.text
    path = urlsplit(walk.seen(answer.json())["url"]).path
    files = {slot: (f"{slot}.jpg", photo, "image/jpeg") for slot, photo in photos.items()}
    page = walk.sandbox.http.post(path, files=files, data={"kind": "drivers_license"})
    assert page.status_code == 200
    return path


def on_the_way(walk: Walk, to: Step) -> list[str]:
    """What of the ID this session is shown on its way to a step."""
    seen = [walk.get().text]
    while walk.look()["step"] != to:
        walk.go_on()
        seen.append(walk.get().text)
    return [value for value in ON_THE_ID if any(value in text for text in seen)]


def test_photos_that_a_phone_sent_for_another_session_do_not_count(any_sandbox: RunningSandbox) -> None:
    first = any_sandbox.registration_at(Step.DOCUMENT)
    path = by_phone(first, back=BACK)
    other = signed_in_elsewhere(first)
    assert (other.view["kind"], other.view["step"]) == ("form", "document")  # nor is the link of the other shown
    by_phone(other, front=picture("front"))
    arrived = {slot["slot"]: slot["received"] for slot in other.look()["slots"]}
    assert arrived == {"front": True, "back": False}
    assert any_sandbox.http.get(path).status_code == 404
    assert first.look()["kind"] == "form"
    by_phone(other, back=BACK)
    assert other.look()["step"] == "selfie"
    assert on_the_way(other, Step.ATTRIBUTES_REVIEW) == list(ON_THE_ID)
    assert on_the_way(signed_in_elsewhere(first), Step.ATTRIBUTES_REVIEW) == []


def test_an_id_that_is_sent_under_the_link_of_another_session_is_covered(any_sandbox: RunningSandbox) -> None:
    first = any_sandbox.registration_at(Step.DOCUMENT)
    other = signed_in_elsewhere(first)
    by_phone(first, front=picture("front"), back=BACK)
    assert other.look()["step"] == "selfie"
    assert "came from another session" in other.view["notices"][0]["text"]
    assert on_the_way(other, Step.ATTRIBUTES_REVIEW) == []
    assert "covered" in other.view["notices"][0]["text"]
    assert on_the_way(first, Step.ATTRIBUTES_REVIEW) == [*ON_THE_ID[:4]]
    assert other.to(Step.DONE).view["kind"] == "done"


@pytest.mark.parametrize("sent", ["sent", "sent and answered"])
def test_what_was_read_from_a_file_of_another_session_is_covered(any_sandbox: RunningSandbox, sent: str) -> None:
    """Also where this one answers the step with a photo that is not its own."""
    first = any_sandbox.registration_at(Step.DOCUMENT)
    other = signed_in_elsewhere(first)
    ids = {"front": first.evidence("front"), "back": first.upload("back", BACK).json()["id"]}
    walk = first if sent == "sent and answered" else other
    walk.look()
    walk.submit(Step.DOCUMENT, kind="drivers_license", **ids)
    other.look()
    assert on_the_way(other, Step.ATTRIBUTES_REVIEW) == []


def test_an_id_that_another_session_sent_is_refused_all_the_same(any_sandbox: RunningSandbox) -> None:
    first = any_sandbox.registration_at(Step.DOCUMENT)
    other = signed_in_elsewhere(first)
    expired = jpeg(back(barcode_text(expires=date(2021, 3, 2))))
    ids = {"front": first.evidence("front"), "back": first.upload("back", expired).json()["id"]}
    assert other.answer(Step.DOCUMENT, kind="drivers_license", **ids).json()["code"] == "document_expired"


def test_what_one_gave_oneself_is_shown(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.CONSENT)
    seen = walk.get().text
    assert [value for value in PRIVATE if value in seen] == [
        "217-555-0155",
        "04/30/1975",
        "12 Elm St",
        "-9871",
        "IL 62701",
    ]


def test_who_signed_in_anew_goes_on_to_the_end(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.ATTRIBUTES_REVIEW)
    other = signed_in_elsewhere(walk)
    assert "covered" in other.view["notices"][0]["text"]
    assert other.to(Step.DONE).view["kind"] == "done"
