"""Tries, lockouts, lifetimes and cool-downs, by a clock that the tests move."""

import pyotp
import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from tests.backend import IDME_PASSWORD, PASSWORD, Json, RunningSandbox, Walk, picture

WRONG = "violet lantern over noisy harbor"


def sign_in(sandbox: RunningSandbox, username: str, password: str) -> tuple[int, Json]:
    answer = sandbox.call("POST", "/v1/sessions", json={"username": username, "password": password})
    return answer.status_code, answer.json()


def wrong_code(walk: Walk) -> str:
    return f"{(int(walk.code()) + 1) % 1_000_000:06d}"


CODES = [(Step.EMAIL_CONFIRMATION, "text"), (Step.MFA_CODE, "text"), (Step.MFA_CODE, "call"), (Step.MFA_CODE, "app")]


@pytest.mark.parametrize(("step", "method"), CODES)
def test_ten_wrong_codes_lock_for_ten_minutes(sandbox: RunningSandbox, step: Step, method: str) -> None:
    walk = sandbox.registration_at(step, method=method)
    for left in range(9, 0, -1):
        refused = walk.answer(step, code=wrong_code(walk))
        tries = "1 try is left." if left == 1 else f"{left} tries are left."
        assert refused.json()["errors"] == {"code": f"That code is not right. {tries}"}
        assert refused.json()["tries_left"] == refused.json()["current"]["tries_left"] == left
    locked = walk.answer(step, code=wrong_code(walk))
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "600")
    assert walk.view["kind"] == "locked"
    # The right code does not open what is locked, and neither do a new code or going back.
    assert walk.answer(step, code=walk.code() if method != "app" else "123456").status_code == 429
    assert walk.resend(step).status_code == walk.back().status_code == 429
    sandbox.clock.advance(minutes=10)
    assert (walk.look()["kind"], walk.view["step"]) == ("waiting" if step is Step.EMAIL_CONFIRMATION else "form", step)
    if method != "app" and step is Step.MFA_CODE:
        walk.resend(step)
    assert walk.submit(step, code=walk.code())["step"] != step


def test_a_right_code_makes_the_wrong_ones_forgotten(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE)
    walk.answer(Step.MFA_CODE, code=wrong_code(walk))
    walk.submit(Step.MFA_CODE, code=walk.code())
    walk.to(Step.RECOVERY_CODE)
    other = sandbox.registration_at(Step.MFA_CODE, "happy_two")
    assert other.answer(Step.MFA_CODE, code=wrong_code(other)).json()["tries_left"] == 9


def test_a_lock_holds_for_whoever_signs_in_to_the_same_account(sandbox: RunningSandbox) -> None:
    first = sandbox.registration_at(Step.MFA_CODE, "happy", account="existing")
    right = first.code()
    sandbox.clock.advance(seconds=10)
    second = sandbox.registration_at(Step.MFA_CODE, "happy_two", account="existing")
    for _ in range(10):
        second.answer(Step.MFA_CODE, code=wrong_code(second))
    assert second.view["kind"] == "locked"
    assert first.answer(Step.MFA_CODE, code=right).status_code == 429
    assert first.look()["kind"] == "locked"
    later = sandbox.registration_at(Step.IDME_SIGN_IN, "no_license", account="existing")
    later.go_on()
    assert (later.view["kind"], later.view["step"]) == ("locked", "mfa_code")


def test_starting_over_does_not_begin_the_count_anew(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    for _ in range(10):
        walk.answer(Step.EMAIL_CONFIRMATION, code=wrong_code(walk))
    assert walk.view["kind"] == "locked"
    assert walk.back(Step.NPI).status_code == 200
    walk.to(Step.IDME_SIGN_UP).go_on()
    assert (walk.view["kind"], walk.view["step"]) == ("locked", "email_confirmation")


@pytest.mark.parametrize(("step", "minutes"), [(Step.EMAIL_CONFIRMATION, 15), (Step.MFA_CODE, 10)])
def test_a_code_expires(sandbox: RunningSandbox, step: Step, minutes: int) -> None:
    walk = sandbox.registration_at(step)
    code = walk.code()
    sandbox.clock.advance(minutes=minutes, seconds=-1)
    assert not walk.look()["notices"]
    sandbox.clock.advance(seconds=1)
    assert "expired" in walk.look()["notices"][0]["text"]
    refused = walk.answer(step, code=code)
    assert (refused.status_code, refused.json()["code"]) == (422, "code_expired")
    assert walk.resend(step).status_code == 200
    walk.submit(step, code=walk.code())


@pytest.mark.parametrize("step", [Step.EMAIL_CONFIRMATION, Step.PHONE_LINK])
def test_a_link_expires(sandbox: RunningSandbox, step: Step) -> None:
    walk = sandbox.registration_at(step)
    first = sandbox.newest()
    sandbox.clock.advance(minutes=15)
    assert sandbox.follow(first).status_code == 409
    assert walk.resend(step).status_code == 200
    assert sandbox.follow(first).status_code == 409
    assert sandbox.follow(sandbox.newest()).status_code == 204


@pytest.mark.parametrize(("step", "gap"), [(Step.EMAIL_CONFIRMATION, 300), (Step.MFA_CODE, 10), (Step.PHONE_LINK, 10)])
def test_only_the_newest_works_and_another_comes_after_a_pause(sandbox: RunningSandbox, step: Step, gap: int) -> None:
    walk = sandbox.registration_at(step)
    first = sandbox.newest()
    early = walk.resend(step)
    assert (early.status_code, early.json()["code"]) == (429, "too_early")
    assert int(early.headers["Retry-After"]) == gap
    sandbox.clock.advance(seconds=gap)
    before = walk.view
    assert walk.resend(step).status_code == 200
    assert walk.view["revision"] > before["revision"]
    assert walk.view["resend_at"] > before["resend_at"]
    if first["code"]:
        assert walk.answer(step, code=first["code"]).json()["code"] == "code_wrong"
    if first["link"]:
        assert sandbox.follow(first).status_code == 409
    assert walk.to(
        {"email_confirmation": Step.EMAIL_CONFIRMED, "mfa_code": Step.RECOVERY_CODE}.get(step, Step.NPI_MATCH)
    )


def test_eleven_codes_in_five_minutes_go_to_one_number(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE)
    for _ in range(10):
        sandbox.clock.advance(seconds=10)
        assert walk.resend(Step.MFA_CODE).status_code == 200
    sandbox.clock.advance(seconds=10)
    refused = walk.resend(Step.MFA_CODE)
    assert (refused.status_code, int(refused.headers["Retry-After"])) == (429, 300 - 110)
    assert len([message for message in sandbox.messages() if message["to"] == walk.phone]) == 11
    # Another registration gets no further with the same number.
    other = sandbox.registration_at(Step.MFA_CODE, "happy_two")
    assert "Nothing was sent" in other.view["notices"][0]["text"]
    sandbox.clock.advance(seconds=190)
    assert other.resend(Step.MFA_CODE).status_code == 200
    assert other.submit(Step.MFA_CODE, code=other.code())["step"] == "recovery_code"


def test_a_code_is_used_once(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE, method="app")
    code = walk.code()
    walk.submit(Step.MFA_CODE, code=code)
    sign_in_again = sandbox.registration_at(Step.IDME_SIGN_IN, "happy_two", account="existing", name="another")
    walk.submit(Step.RECOVERY_CODE, saved=True)
    sign_in_again.submit(Step.IDME_SIGN_IN, email=walk.email, password=IDME_PASSWORD)
    assert sign_in_again.view["facts"][0]["value"] == "your code-generator app"
    assert sign_in_again.answer(Step.MFA_CODE, code=code).json()["code"] == "code_wrong"
    sandbox.clock.advance(seconds=30)
    later = pyotp.TOTP(walk.totp_secret).at(sandbox.clock())
    assert sign_in_again.submit(Step.MFA_CODE, code=later)["step"] == "document"


@pytest.mark.parametrize("known", [True, False])
def test_three_wrong_passwords_lock_the_username(sandbox: RunningSandbox, known: bool) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    username = walk.user if known else "nobody.of.this.name"
    says = "Username and password do not go together."
    expected = [(401, {"": f"{says} 2 tries are left."}), (401, {"": f"{says} 1 try is left."}), (429, {})]
    for status, errors in expected:
        answered, problem = sign_in(sandbox, username.upper(), WRONG)
        assert (answered, problem["errors"]) == (status, errors)
    status, problem = sign_in(sandbox, username, PASSWORD)
    assert (status, problem["code"]) == (429, "locked")
    assert "three times" in problem["detail"]
    sandbox.clock.advance(minutes=5)
    assert sign_in(sandbox, username, PASSWORD)[0] == (200 if known else 401)


def test_the_owner_is_told_of_the_lock(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    for _ in range(3):
        sign_in(sandbox, walk.user, WRONG)
    assert "locked" in sandbox.newest(walk.email)["subject"]


def test_three_wrong_idme_passwords_lock(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.IDME_SIGN_IN, account="existing")
    given = {"email": SEED_IDME[0].email, "password": WRONG}
    for left in (2, 1):
        refused = walk.answer(Step.IDME_SIGN_IN, **given)
        assert (refused.status_code, refused.json()["tries_left"]) == (422, left)
    refused = walk.answer(Step.IDME_SIGN_IN, **given)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "300")
    other = sandbox.registration_at(Step.IDME_SIGN_IN, "happy_two", account="existing")
    assert other.answer(Step.IDME_SIGN_IN, **given | {"password": SEED_IDME[0].password}).status_code == 429
    sandbox.clock.advance(minutes=5)
    walk.look()
    assert walk.submit(Step.IDME_SIGN_IN, **given | {"password": SEED_IDME[0].password})["step"] == "mfa_code"


def test_an_unknown_idme_email_reads_like_a_wrong_password(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.IDME_SIGN_IN, account="existing")
    known = walk.answer(Step.IDME_SIGN_IN, email=SEED_IDME[0].email, password=WRONG).json()
    unknown = walk.answer(Step.IDME_SIGN_IN, email="nobody@example.com", password=WRONG).json()
    assert known["errors"] == unknown["errors"]


def test_five_documents_in_six_hours(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    for left in (4, 3, 2, 1):
        same = {"front": walk.evidence("front"), "back": upload_as(walk, "back", "front")}
        refused = walk.answer(Step.DOCUMENT, kind="state_id", **same)
        assert (refused.status_code, refused.json()["tries_left"]) == (422, left)
        assert "same picture" in refused.json()["errors"]["back"]
    same = {"front": walk.evidence("front"), "back": upload_as(walk, "back", "front")}
    refused = walk.answer(Step.DOCUMENT, kind="state_id", **same)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(6 * 3600))
    assert walk.view["kind"] == "locked"
    assert walk.upload("front").status_code == 409
    # Starting over leads to the same lock.
    walk.back(Step.NPI)
    walk.answers = {Step.IDME_SIGN_UP: {**walk.answers_to(Step.IDME_SIGN_UP), "email": "another@example.com"}}
    walk.to(Step.RECOVERY_CODE).go_on()
    assert (walk.view["kind"], walk.view["step"]) == ("locked", "document")
    sandbox.clock.advance(hours=6)
    assert walk.look()["kind"] == "form"


def upload_as(walk: Walk, slot: str, picture_of: str) -> str:
    return str(walk.upload(slot, picture(picture_of)).json()["id"])


def test_five_phones_in_six_hours_and_the_referee_stays(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PHONE_MATCH, "no_credit_file")
    given = {"phone": "217-555-0101", "method": "text", "permission": True}
    for left in (4, 3, 2, 1):
        assert walk.answer(Step.PHONE_MATCH, **given).json()["tries_left"] == left
    refused = walk.answer(Step.PHONE_MATCH, **given)
    assert (refused.status_code, refused.json()["code"]) == (429, "locked")
    assert "trusted referee" in refused.json()["detail"]
    assert walk.view["kind"] == "form"
    assert [option["value"] for option in walk.view["options"]["method"]] == ["referee"]
    assert walk.answer(Step.PHONE_MATCH, **given).status_code == 422
    assert walk.submit(Step.PHONE_MATCH, **given | {"method": "referee"})["kind"] == "waiting"


def test_a_hold_ends_by_itself_for_whoever_waits(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE, "locked")
    walk.go_on()
    revision = walk.view["revision"]
    assert walk.get(**{"If-None-Match": f'"{revision}"'}).status_code == 304
    sandbox.clock.advance(minutes=2)
    moved = walk.get(**{"If-None-Match": f'"{revision}"'})
    assert (moved.status_code, moved.json()["kind"]) == (200, "form")
