"""A sandbox that starts after another login has another key: what was sent before ends, and all go on from there."""

from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import IDME_PASSWORD, PASSWORD, RunningSandbox, TestClock, Walk, running


class Restarting:
    """A sandbox in a folder, and one in the same folder after it, in the same login or another."""

    def __init__(self, folder: Path, database: str | None, patch: pytest.MonkeyPatch) -> None:
        self.clock = TestClock()
        self.folder = folder
        self._patch = patch
        self._where: dict[str, Any] = {"folder": folder, "database": database, "clock": self.clock}

    def before(self) -> Any:
        """The first."""
        return running(**self._where)

    def after(self, *, login: str = "another") -> Any:
        """The one that is started later."""
        self.log_in(login)
        return running(**self._where)

    def log_in(self, login: str) -> None:
        """Let what is started from here on belong to this login."""
        runtime = self.folder.with_name(f"login-{login}")
        runtime.mkdir(mode=0o700, exist_ok=True)
        self._patch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture
def restarting(tmp_path: Path, database: str | None, monkeypatch: pytest.MonkeyPatch) -> Restarting:
    """A sandbox on SQLite, and on PostgreSQL."""
    found = Restarting(tmp_path / "sandbox", database, monkeypatch)
    found.log_in("one")
    return found


def gone_on(walk: Walk, sandbox: RunningSandbox) -> Walk:
    """The walk as its program goes on with it."""
    walk.sandbox = sandbox
    walk.look()
    return walk


@pytest.mark.parametrize("step", [Step.EMAIL_CONFIRMATION, Step.MFA_CODE, Step.PHONE_LINK])
def test_a_code_or_link_from_before_ends_and_another_is_sent(restarting: Restarting, step: Step) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(step)
        code, revision = walk.sandbox.newest()["code"], walk.view["revision"]
    with restarting.after() as sandbox:
        gone_on(walk, sandbox)
        assert walk.view["revision"] > revision
        assert "expired. Have another" in walk.view["notices"][0]["text"]
        if code:
            assert walk.answer(step, code=code).json()["code"] == "code_expired"
        restarting.clock.advance(seconds=11)
        assert walk.resend(step).status_code == 200
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_a_phones_link_from_before_ends_and_another_is_made(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        walk.seen(walk.post("handoffs", {}).json())
        assert walk.view["state"] == "waiting"
    with restarting.after() as sandbox:
        assert gone_on(walk, sandbox).view["state"] == "expired"
        assert walk.post("handoffs", {}).json()["state"] == "waiting"


@pytest.mark.parametrize("step", [Step.MFA_TOTP, Step.MFA_CODE])
def test_an_apps_key_from_before_is_replaced_and_that_is_said(restarting: Restarting, step: Step) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(step, method="app")
        key = walk.totp_secret
    with restarting.after() as sandbox:
        gone_on(walk, sandbox)
        assert walk.view["step"] == Step.MFA_TOTP
        assert walk.view["reveal"]["totp_secret"] != key
        assert "This key is new" in walk.view["notices"][0]["text"]
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_a_recovery_code_from_before_is_replaced_and_that_is_said(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.RECOVERY_CODE)
        code = walk.recovery_code
        walk.look()
        assert walk.recovery_code == code
    with restarting.after() as sandbox:
        gone_on(walk, sandbox)
        assert walk.recovery_code != code
        assert "replaces the one" in walk.view["notices"][0]["text"]
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_a_key_that_is_replaced_is_shown_to_whom_the_one_before_was_and_to_nobody_else(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.MFA_CODE, method="app")
        signed_in = sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": PASSWORD})
        other = Walk(sandbox, walk.npi).entered(signed_in.json())
        assert other.view["step"] == Step.MFA_CODE
    with restarting.after() as sandbox:
        other.sandbox = sandbox
        assert (other.get().status_code, other.get().json()["code"]) == (401, "session_changed")
        assert gone_on(walk, sandbox).view["step"] == Step.MFA_TOTP
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_an_account_whose_app_has_a_key_from_before_sets_up_another_second_factor(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT, method="app")
        walk.back(Step.NPI)
        walk.account = "existing"
        walk.answers = {Step.IDME_SIGN_IN: {"email": walk.email, "password": IDME_PASSWORD}}
        walk.to(Step.MFA_CODE)
    with restarting.after() as sandbox:
        gone_on(walk, sandbox)
        assert walk.view["step"] == Step.IDME_SIGN_IN
        walk.go_on()
        assert walk.view["step"] == Step.MFA_CHOICE
        walk.account = "create"
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_in_the_same_login_all_goes_on(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.MFA_CODE, method="app")
        revision, before = walk.view["revision"], walk.totp_secret
    with restarting.after(login="one") as sandbox:
        gone_on(walk, sandbox)
        assert (walk.view["revision"], walk.totp_secret) == (revision, before)
        signed_in = sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": PASSWORD})
        assert signed_in.status_code == 200
        assert walk.to(Step.DONE).view["kind"] == "done"


def test_two_sandboxes_of_one_folder_share_what_they_sent(restarting: Restarting) -> None:
    with restarting.before() as one:
        walk = one.registration_at(Step.MFA_CODE)
        with restarting.after(login="one") as other:
            assert other.newest()["code"] == one.newest()["code"]
            assert gone_on(walk, other).to(Step.DONE).view["kind"] == "done"


def test_what_another_login_sent_is_not_shown_as_something_else(restarting: Restarting) -> None:
    with restarting.before() as sandbox:
        sandbox.registration_at(Step.MFA_CODE)
    with restarting.after() as sandbox:
        message = sandbox.newest()
        assert (message["code"], message["link"]) == ("", "")
        assert "(ended when the sandbox started anew)" in message["body"]


def test_a_lost_answer_is_repeated_after_another_login(restarting: Restarting) -> None:
    """Its key tells whose it is: there is nothing then to compare the body with."""
    key = "9f4c1d7a2be860354ac9d81f76e2b053"
    with restarting.before() as sandbox:
        walk = sandbox.registration_at(Step.ACCOUNTS_INTRO)
        revision = walk.view["revision"]
        first = walk.post("steps/accounts_intro", {}, revision=revision, key=key)
        assert first.status_code == 200
    with restarting.after() as sandbox:
        walk.sandbox = sandbox
        again = walk.post("steps/accounts_intro", {}, revision=revision, key=key)
        assert (again.status_code, again.json()["step"]) == (200, first.json()["step"])
