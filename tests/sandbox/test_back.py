"""Back: never blocked by what was typed, undoes what no longer holds, and leads nowhere else."""

from typing import Literal

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import IDME_PASSWORD, PASSWORD, RunningSandbox

CREATED = [
    (Step.CREDENTIALS, "accounts_intro"),
    (Step.PERSONAL, "credentials"),
    (Step.PRACTICE, "personal"),
    (Step.IDME_LAUNCH, "practice"),
    (Step.IDME_SIGN_UP, "idme_launch"),
    (Step.EMAIL_CONFIRMATION, "idme_sign_up"),
    (Step.EMAIL_CONFIRMED, "email_confirmation"),
    (Step.MFA_CHOICE, "email_confirmed"),
    (Step.MFA_PHONE, "mfa_choice"),
    (Step.MFA_CODE, "mfa_phone"),
    (Step.SELFIE, "document"),
    (Step.PHONE_MATCH, "selfie"),
    (Step.SSN, "phone_match"),
    (Step.ATTRIBUTES_REVIEW, "ssn"),
    (Step.PHONE_LINK, "attributes_review"),
    (Step.LICENSE_REVIEW, "npi_match"),
    (Step.CONSENT, "license_review"),
]


@pytest.mark.matrix
@pytest.mark.parametrize(("step", "before"), CREATED)
def test_back_leads_to_the_step_before_and_on_again(sandbox: RunningSandbox, step: Step, before: str) -> None:
    walk = sandbox.registration_at(step)
    assert walk.view["can_go_back"]
    assert walk.back().status_code == 200
    assert walk.view["step"] == before
    assert walk.to(step).view["step"] == step


@pytest.mark.parametrize("step", [Step.RECOVERY_CODE, Step.DOCUMENT, Step.NPI_MATCH, Step.DONE])
def test_there_is_no_way_back_from_what_is_settled(sandbox: RunningSandbox, step: Step) -> None:
    walk = sandbox.registration_at(step)
    assert not walk.view["can_go_back"]
    refused = walk.back()
    assert (refused.status_code, refused.json()["code"]) == (409, "no_way_back")
    assert walk.look()["step"] == step


@pytest.mark.matrix
@pytest.mark.parametrize("to", [step for step in Step if step is not Step.NPI])
def test_a_step_that_is_not_offered_is_not_gone_back_to(sandbox: RunningSandbox, to: Step) -> None:
    walk = sandbox.registration_at(Step.LICENSE_REVIEW)
    assert walk.back(to).status_code == 409
    assert walk.look()["step"] == "license_review"


def test_going_back_to_what_is_no_step_is_refused(sandbox: RunningSandbox) -> None:
    walk = sandbox.start()
    assert walk.post("back", {"to": "nonsense"}).json()["errors"] == {"to": "This is not a step."}


def test_what_was_given_is_there_again_and_secrets_are_not(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.IDME_LAUNCH)
    practice = walk.answers_to(Step.PRACTICE)
    walk.back()
    assert walk.view["prefill"] == practice
    walk.back()
    assert walk.view["prefill"] == walk.answers_to(Step.PERSONAL)
    walk.back()
    assert walk.view["prefill"] == {"username": walk.user}


def test_a_new_password_replaces_the_one_before(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PERSONAL)
    walk.back()
    other = "eleven amber kites in june"
    walk.submit(Step.CREDENTIALS, username="new.name", password=other, password_again=other)

    def status(username: str, password: str) -> int:
        body = {"username": username, "password": password}
        return sandbox.call("POST", "/v1/sessions", json=body).status_code

    assert (status("new.name", other), status("new.name", PASSWORD), status(walk.user, PASSWORD)) == (200, 401, 401)


def test_another_email_makes_the_first_link_void(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    first = sandbox.newest(walk.email)
    assert walk.back(Step.IDME_SIGN_UP).status_code == 200
    assert sandbox.follow(first).status_code == 409
    changed = walk.answers_to(Step.IDME_SIGN_UP) | {"email": "other@example.com"}
    walk.submit(Step.IDME_SIGN_UP, **changed)
    assert sandbox.follow(first).status_code == 409
    assert walk.answer(Step.EMAIL_CONFIRMATION, code=first["code"]).json()["code"] == "code_wrong"
    assert sandbox.follow(sandbox.newest("other@example.com")).status_code == 204
    # The account that was never confirmed does not stand in anybody's way.
    other = sandbox.registration_at(Step.IDME_SIGN_UP, "happy_two")
    taken = other.answers_to(Step.IDME_SIGN_UP) | {"email": walk.email}
    assert other.submit(Step.IDME_SIGN_UP, **taken)["step"] == "email_confirmation"


@pytest.mark.parametrize(
    ("way", "method"), [(Step.MFA_PHONE, "text"), (Step.MFA_CHOICE, "text"), (Step.MFA_TOTP, "app")]
)
def test_the_second_factor_can_be_changed_before_it_is_used(sandbox: RunningSandbox, way: Step, method: str) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE, method=method)
    secret = walk.totp_secret
    assert way in [offered["to"] for offered in walk.view["ways"]]
    assert walk.back(way).json()["step"] == way
    walk.phone = "217-555-0177"
    walk.to(Step.MFA_CODE)
    if method == "app":
        assert walk.totp_secret != secret
    else:
        assert walk.view["facts"][0]["value"] == "***-***-0177"
    assert walk.to(Step.RECOVERY_CODE)


@pytest.mark.parametrize(
    ("account", "step", "chosen"),
    [
        ("create", Step.IDME_SIGN_UP, "have"),
        ("existing", Step.IDME_SIGN_IN, "create"),
        ("verified", Step.IDME_SIGN_IN, "create"),
    ],
)
def test_the_other_idme_account_is_chosen_where_it_was_asked_for(
    sandbox: RunningSandbox, account: Literal["create", "existing", "verified"], step: Step, chosen: str
) -> None:
    walk = sandbox.registration_at(step, account=account)
    given = walk.answers_to(Step.IDME_LAUNCH)["account"]
    walk.back()
    assert walk.view["prefill"] == {"account": given}, "a plain Back shows what was answered"
    walk.to(step)
    walk.back(Step.IDME_LAUNCH)
    assert (walk.view["step"], walk.view["prefill"]) == ("idme_launch", {"account": chosen})
    other = {"have": "idme_sign_in", "create": "idme_sign_up"}[chosen]
    assert walk.submit(Step.IDME_LAUNCH, account=chosen)["step"] == other
    assert walk.back().json()["prefill"] == {"account": chosen}


def test_a_line_of_the_review_is_mended_without_the_others(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.ATTRIBUTES_REVIEW)
    facts = {fact["mend"]: fact["value"] for fact in walk.view["facts"]}
    assert facts == {"phone_match": walk.phone, "ssn": "***-**-9871"}
    walk.back(Step.PHONE_MATCH)
    walk.submit(Step.PHONE_MATCH, phone="217-555-0178", method="text", permission=True)
    assert walk.view["step"] == "attributes_review"
    walk.back(Step.SSN)
    walk.submit(Step.SSN, ssn="219-09-9873")
    facts = {fact["mend"]: fact["value"] for fact in walk.view["facts"]}
    assert facts == {"phone_match": "217-555-0178", "ssn": "***-**-9873"}
    walk.go_on()
    assert sandbox.newest("217-555-0178")["link"]


def test_a_wrong_number_at_the_link_is_reviewed_again(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PHONE_LINK)
    first = sandbox.newest(walk.phone)
    assert walk.back(Step.PHONE_MATCH).json()["step"] == "phone_match"
    assert sandbox.follow(first).status_code == 409
    walk.phone = "217-555-0179"
    assert walk.to(Step.ATTRIBUTES_REVIEW).to(Step.PHONE_LINK)
    assert sandbox.follow(first).status_code == 409
    assert walk.to(Step.NPI_MATCH)


def test_the_referee_can_be_sent_away_again(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PHONE_MATCH, "credit_frozen")
    given = {"phone": "217-555-0101", "method": "text", "permission": True}
    walk.answer(Step.PHONE_MATCH, **given)
    walk.submit(Step.PHONE_MATCH, **given | {"method": "referee"})
    invitation = sandbox.newest(walk.email)
    assert walk.back(Step.PHONE_MATCH).json()["kind"] == "form"
    assert sandbox.follow(invitation).status_code == 409
    assert walk.submit(Step.PHONE_MATCH, **given | {"method": "call"})["step"] == "ssn"


@pytest.mark.parametrize("step", [Step.PERSONAL, Step.MFA_CODE, Step.SELFIE, Step.PHONE_LINK, Step.CONSENT])
def test_starting_over_undoes_everything(sandbox: RunningSandbox, step: Step) -> None:
    walk = sandbox.registration_at(step)
    sent = next((message for message in sandbox.messages() if message["link"]), None)
    assert walk.back(Step.NPI).status_code == 200
    assert (walk.view["step"], walk.view["can_go_back"]) == ("npi", False)
    if sent:
        assert sandbox.follow(sent).status_code == 409
    folder = sandbox.folder / "evidence"
    assert not folder.exists() or not list(folder.iterdir())
    answer = sandbox.call("POST", "/v1/sessions", json={"username": walk.user, "password": PASSWORD})
    assert answer.status_code == 401
    # The same registration goes on with another NPI.
    walk.submit(Step.NPI, npi="1000000020")
    assert "Quintana" in walk.view["facts"][0]["value"]
    walk.npi, walk.account = "1000000020", "create"
    walk.to(Step.PERSONAL)
    assert walk.view["prefill"].keys() == {"specialty"}


def test_an_idme_account_that_is_finished_outlives_starting_over(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    walk.back(Step.NPI)
    walk.answers = {
        Step.IDME_LAUNCH: {"account": "have"},
        Step.IDME_SIGN_IN: {"email": walk.email, "password": IDME_PASSWORD},
    }
    walk.to(Step.MFA_CODE).go_on()
    assert walk.view["step"] == "document"


def test_another_npi_that_is_registered_is_refused_after_starting_over(sandbox: RunningSandbox) -> None:
    sandbox.registration_at(Step.PERSONAL, "happy_two")
    walk = sandbox.start()
    walk.back()
    refused = walk.answer(Step.NPI, npi="1000000020")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_registered")
    assert walk.submit(Step.NPI, npi="1000000012")["step"] == "accounts_intro"


def test_an_address_that_was_never_confirmed_is_nobodys(sandbox: RunningSandbox) -> None:
    sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    walk = sandbox.registration_at(Step.IDME_SIGN_UP, "happy_two")
    same = walk.answers_to(Step.IDME_SIGN_UP) | {"email": "user1000000012@example.com"}
    assert walk.submit(Step.IDME_SIGN_UP, **same)["step"] == "email_confirmation"
    assert walk.to(Step.DONE)


def test_the_review_shows_what_was_typed(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PHONE_LINK)
    walk.back()
    typed = {name: value for name, value in walk.answers_to(Step.ATTRIBUTES_REVIEW).items() if name != "accept"}
    assert walk.view["prefill"] == typed


def test_deny_can_be_taken_back(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.CONSENT)
    denied = walk.submit(Step.CONSENT, decision="deny")
    assert denied["step"] == "consent"
    assert "nobody can log in" in denied["notices"][0]["text"]
    assert walk.look()["notices"] == denied["notices"]
    assert walk.submit(Step.CONSENT, decision="allow")["kind"] == "done"
