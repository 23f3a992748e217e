"""Whole journeys over HTTP, on each way that leads to the end, on each kind of database."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import STEP_VIEW, DoneView
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from tests.backend import RunningSandbox, running
from tests.happy import way_of


@pytest.mark.parametrize(("method", "like"), [("text", "happy"), ("call", "happy"), ("app", "code_generator")])
def test_a_new_idme_account_leads_to_the_end(any_sandbox: RunningSandbox, method: str, like: str) -> None:
    walk = any_sandbox.registration_at(Step.DONE, method=method)
    assert [Step.NPI, *walk.steps] == way_of(like)
    view = STEP_VIEW.validate_python(walk.view)
    assert isinstance(view, DoneView)
    assert (view.receipt.username, view.receipt.npi) == (walk.user, walk.npi)
    assert any_sandbox.newest(walk.email)["subject"] == "You are registered for iPrescribe"


def test_an_idme_account_that_exists_is_asked_for_its_second_factor(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.DONE, "idme_existing", account="existing")
    assert [Step.NPI, *walk.steps] == way_of("idme_existing")


def test_an_idme_account_that_is_verified_goes_straight_to_the_npi(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.NPI_MATCH, "idme_verified", account="verified")
    assert not walk.view["can_go_back"]
    assert walk.to(Step.DONE).view["kind"] == "done"
    assert [Step.NPI, *walk.steps] == way_of("idme_verified")


def test_the_second_factor_of_another_is_not_changed_by_signing_in(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE, "idme_existing", account="existing")
    assert walk.view["facts"][0]["value"] == f"***-***-{SEED_IDME[0].mfa_phone[-4:]}"
    assert walk.view["ways"] == []
    for step in (Step.MFA_PHONE, Step.MFA_CHOICE):
        assert walk.back(step).status_code == 409


def test_somebody_elses_proven_identity_is_refused(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.IDME_SIGN_IN, "happy", account="verified")
    refused = walk.answer(Step.IDME_SIGN_IN, email=SEED_IDME[1].email, password=SEED_IDME[1].password)
    assert refused.status_code == 422
    assert "belongs to another person" in refused.json()["errors"]["email"]


@pytest.mark.parametrize("method", ["text", "call"])
def test_the_phone_is_confirmed_by_text_or_call(sandbox: RunningSandbox, method: str) -> None:
    answers = {Step.PHONE_MATCH: {"phone": "217-555-0156", "method": method, "permission": True}}
    walk = sandbox.registration_at(Step.PHONE_LINK, answers=answers)
    assert walk.view["kind"] == "waiting"
    sent = sandbox.newest("217-555-0156")
    assert sent["channel"] == method
    assert sandbox.follow(sent).status_code == 204
    assert walk.look()["step"] == "npi_match"


def test_the_link_in_the_email_does_as_well_as_the_code(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    assert sandbox.follow(sandbox.newest(walk.email)).status_code == 204
    assert walk.look()["step"] == "email_confirmed"


@pytest.mark.parametrize("role", ["clinical_staff", "front_desk_staff", "student", "non_clinical_staff"])
def test_a_role_that_does_not_prescribe_ends_with_the_account(sandbox: RunningSandbox, role: str) -> None:
    walk = sandbox.registration_at(Step.PERSONAL)
    personal = walk.answers_to(Step.PERSONAL) | {"role": role}
    walk.answers = {Step.PERSONAL: personal}
    (notice,) = walk.to(Step.PRACTICE).view["notices"]
    assert notice["level"] == "warning"
    assert "Your role does not prescribe: this is the last step" in notice["text"]
    walk.go_on()
    assert (walk.view["kind"], walk.view["heading"]) == ("ended", "Your iPrescribe account is made")
    refused = walk.answer(Step.IDME_LAUNCH, account="create")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_step")
    walk.answers = {}
    assert walk.back().json()["step"] == "practice"
    while walk.view["step"] != Step.PERSONAL:
        assert walk.back().status_code == 200
    assert walk.to(Step.PRACTICE).view["notices"] == []
    assert walk.to(Step.IDME_LAUNCH).view["kind"] == "form"


def test_stage_a_can_be_done_by_one_and_the_rest_by_another(sandbox: RunningSandbox) -> None:
    clinic = sandbox.registration_at(Step.IDME_LAUNCH)
    body = {"username": clinic.user, "password": "violet lantern over quiet harbor"}
    answer = sandbox.call("POST", "/v1/sessions", json=body)
    assert answer.status_code == 200
    prescriber = clinic.entered(answer.json())
    assert prescriber.view["step"] == "idme_launch"
    assert prescriber.to(Step.DONE).view["kind"] == "done"


def test_hosted_proofing_goes_on_at_the_provider(tmp_path: Path, database: str | None) -> None:
    with running(tmp_path / "sandbox", database=database, proofing="hosted") as sandbox:
        assert sandbox.call("GET", "/v1/service").json()["identity_proofing"] == "hosted"
        walk = sandbox.registration_at(Step.IDME_LAUNCH)
        assert walk.view["kind"] == "handoff"
        refused = walk.answer(Step.IDME_LAUNCH, account="create")
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_step")
        page = walk.view["url"]
        assert "Amelia Jane Hartwell" in httpx.get(page, trust_env=False).text
        assert httpx.post(page, data={"decision": "deny"}, trust_env=False).status_code == 200
        denied = walk.look()
        assert denied["kind"] == "handoff"
        assert "Deny" in denied["notices"][0]["text"]
        assert httpx.post(page, data={"decision": "allow"}, trust_env=False).status_code == 200
        assert walk.look()["kind"] == "done"
        assert httpx.post(page, data={"decision": "deny"}, trust_env=False).status_code == 410
        assert walk.look()["kind"] == "done"


def test_a_hosted_link_expires_and_another_one_can_be_had(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", proofing="hosted") as sandbox:
        walk = sandbox.registration_at(Step.IDME_LAUNCH)
        first = walk.view["url"]
        sandbox.clock.advance(minutes=16)
        assert "expired" in walk.look()["notices"][0]["text"]
        assert httpx.get(first, trust_env=False).status_code == 410
        assert httpx.post(first, data={"decision": "allow"}, trust_env=False).status_code == 410
        assert walk.resend(Step.IDME_LAUNCH).status_code == 200
        assert walk.view["url"] != first
        assert httpx.get(walk.view["url"], trust_env=False).status_code == 200


def test_each_prescriber_has_a_label_of_their_own_in_a_code_generator(sandbox: RunningSandbox) -> None:
    """Apps that keep one entry for a label would replace the first prescriber's by the second's."""
    labels = set()
    for persona in ("happy", "happy_two"):
        walk = sandbox.registration_at(Step.MFA_TOTP, persona, method="app")
        uri = urlsplit(walk.view["reveal"]["otpauth_uri"])
        labels.add(uri.path)
        assert walk.npi in uri.path
        assert len(uri.geturl()) < 79
        assert walk.back(Step.MFA_CHOICE).status_code == 200
        walk.to(Step.MFA_TOTP)  # another key, for the same entry
        labels.add(urlsplit(walk.view["reveal"]["otpauth_uri"]).path)
    assert len(labels) == 2
