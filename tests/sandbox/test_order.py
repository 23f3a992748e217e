"""The order is the sandbox's: what comes out of turn, twice, from somebody else, or made up, is refused."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Position
from iprescribe_tui.sandbox.domain import policy
from tests.backend import RunningSandbox, Walk
from tests.happy import way_of

WALKED = [step for step in Step if step not in (Step.NPI, Step.DONE)]
WAYS = {
    Step.IDME_SIGN_IN: {"persona": "idme_existing", "account": "existing"},
    Step.MFA_TOTP: {"method": "app"},
}


def at(sandbox: RunningSandbox, step: Step) -> Walk:
    return sandbox.registration_at(step, **WAYS.get(step, {}))


def good_answers(walk: Walk, step: Step) -> dict[str, object]:
    """Answers that are well formed, whatever step the walk is at."""
    if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
        return {"code": "123456"}
    if step is Step.DOCUMENT:
        return {"kind": "passport", "front": "0" * 32}
    if step is Step.SELFIE:
        return {"photo": "0" * 32}
    if step is Step.LICENSE_REVIEW:
        shown = {"license_number": "SB1", "issuing_state": "IL", "specialty": "Family Medicine Physician"}
        return {"npi": walk.npi, **shown}
    return walk.answers_to(step)


@pytest.mark.matrix
@pytest.mark.parametrize("here", [*WALKED, Step.DONE])
def test_no_other_step_can_be_answered(sandbox: RunningSandbox, here: Step) -> None:
    walk = at(sandbox, here)
    before = walk.look()
    for other in Step:
        if other in (here, Step.DONE):
            continue
        refused = walk.post(f"steps/{other}", good_answers(walk, other), revision=before["revision"])
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_step"), other
        assert refused.json()["current"]["step"] == here
    assert walk.look()["step"] == here


@pytest.mark.matrix
@pytest.mark.parametrize("here", [step for step in WALKED if step is not Step.PHONE_LINK])
def test_the_same_answer_again_has_no_second_effect(sandbox: RunningSandbox, here: Step) -> None:
    walk = at(sandbox, here)
    answers, revision = walk.answers_to(here), walk.view["revision"]
    first = walk.submit(here, **answers)
    again = walk.post(f"steps/{here}", answers, revision=revision)
    assert (again.status_code, again.json()["code"]) == (409, "stale")
    assert again.json()["current"]["step"] == first["step"]
    later = walk.post(f"steps/{here}", answers, revision=again.json()["current"]["revision"])
    assert (later.status_code, later.json()["code"]) == (409, "wrong_step")
    assert walk.look()["step"] == first["step"]


@pytest.mark.matrix
@pytest.mark.parametrize("here", [*WALKED, Step.DONE])
def test_another_registrations_token_opens_nothing(sandbox: RunningSandbox, here: Step) -> None:
    mine, theirs = at(sandbox, here), sandbox.start("1000000020", name="somebody.else")
    before = mine.look()
    unknown = "0" * 32
    calls = [("GET", ""), ("POST", "/back"), ("POST", f"/steps/{here if here is not Step.DONE else Step.CONSENT}")]
    for method, path in [*calls, ("POST", "/steps/mfa_code/resend"), ("PUT", "/evidence/front")]:
        answers = [
            sandbox.call(
                method,
                f"/v1/registrations/{ident}{path}",
                token=theirs.access,
                headers={"If-Match": f'"{before["revision"]}"'},
                json={},
            )
            for ident in (mine.id, unknown)
        ]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert answers[0].json() == answers[1].json()
    after = mine.look()
    assert after["step"] == before["step"]


@pytest.mark.parametrize("token", ["", "nonsense", "\u00e9", "a" * 5000])
def test_no_token_and_a_made_up_one_open_nothing(sandbox: RunningSandbox, token: str) -> None:
    walk = sandbox.start()
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")} if token else {}
    answer = sandbox.http.get(f"/v1/registrations/{walk.id}", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    refresh = sandbox.call("GET", f"/v1/registrations/{walk.id}", token=walk.refresh)
    assert refresh.status_code == 401


@pytest.mark.parametrize("step", ["nonsense", "done", "NPI", "npi%00"])
def test_a_step_that_there_is_not_is_not_found(sandbox: RunningSandbox, step: str) -> None:
    walk = sandbox.start()
    answer = walk.post(f"steps/{step}", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("header", ["7", '"-1"', "*", 'W/"2"', '"2", "3"', '""', "x" * 300])
def test_a_revision_that_is_none_is_refused(sandbox: RunningSandbox, header: str) -> None:
    walk = sandbox.start()
    path = f"/v1/registrations/{walk.id}/steps/accounts_intro"
    answer = sandbox.call("POST", path, token=walk.access, json={}, headers={"If-Match": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "revision_unreadable")


def test_a_step_without_a_revision_is_refused(sandbox: RunningSandbox) -> None:
    walk = sandbox.start()
    for path in ("steps/accounts_intro", "back"):
        answer = sandbox.call("POST", f"/v1/registrations/{walk.id}/{path}", token=walk.access, json={})
        assert (answer.status_code, answer.json()["code"]) == (428, "revision_missing")


def test_a_made_up_field_is_refused_by_name(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.CONSENT)
    refused = walk.answer(Step.CONSENT, decision="allow", verified=True)
    assert refused.json()["errors"] == {"verified": "This step does not ask for this."}


@pytest.mark.parametrize(
    ("given", "field"),
    [({"npi": "1000000020"}, "npi"), ({"npi": "1234567898"}, "npi"), ({}, "npi"), ({"npi": 1000000012}, "npi")],
)
def test_the_npi_must_be_that_of_the_registration(
    sandbox: RunningSandbox, given: dict[str, object], field: str
) -> None:
    walk = sandbox.registration_at(Step.NPI_MATCH)
    refused = walk.answer(Step.NPI_MATCH, **given)
    assert refused.status_code == 422
    assert refused.json()["errors"]["npi"]


def test_the_table_has_a_rule_for_every_step() -> None:
    assert policy.RULES.keys() == set(Step)


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.NPI])
def test_nothing_but_the_npi_is_allowed_to_somebody_new(step: Step) -> None:
    assert not policy.may_submit(policy.JourneyState(step=step), step)


def test_nobody_goes_back_to_where_they_have_not_been() -> None:
    """Not even where a step offers it: what stands there was never given."""
    history = (Step.MFA_CHOICE, Step.MFA_PHONE)
    state = policy.JourneyState(step=Step.MFA_CODE, history=history, completed=frozenset({*history, Step.NPI}))
    offered = frozenset({Step.MFA_PHONE, Step.MFA_TOTP, Step.NPI})
    assert policy.may_return(state, Step.MFA_PHONE, offered)
    assert not policy.may_return(state, Step.MFA_TOTP, offered), "offered, but not gone through"
    assert not policy.may_return(state, Step.MFA_CHOICE, offered), "gone through, but not offered"
    assert policy.may_return(state, Step.NPI, frozenset()), "one can always start over"


def part(first: Step, last: Step, name: str = "happy") -> list[Step]:
    """The steps from `first` to `last` on the way of a scenario."""
    way = way_of(name)
    return way[way.index(first) : way.index(last) + 1]


ACCOUNT = part(Step.NPI, Step.IDME_LAUNCH)
CREATED = part(Step.IDME_SIGN_UP, Step.EMAIL_CONFIRMED)
FACTOR = part(Step.MFA_CHOICE, Step.RECOVERY_CODE)
APP = part(Step.MFA_CHOICE, Step.RECOVERY_CODE, "code_generator")
PHOTOS = [Step.DOCUMENT, Step.SELFIE]
PROOFING = part(Step.DOCUMENT, Step.PHONE_LINK)
CONSENT = part(Step.NPI_MATCH, Step.DONE)
Answers = Mapping[str, Mapping[str, object]]
COURSES: Mapping[str, tuple[list[Step], Answers]] = {
    "a new account": ([*CREATED, *FACTOR, *PROOFING], {}),
    "a code generator": ([*CREATED, *APP, *PROOFING], {Step.MFA_CHOICE: {"method": "app"}}),
    "an account without a second factor": ([Step.IDME_SIGN_IN, *FACTOR, *PROOFING], {Step.IDME_SIGN_IN: {}}),
    "an account with one": (
        [Step.IDME_SIGN_IN, Step.MFA_CODE, *PROOFING],
        {Step.IDME_SIGN_IN: {"second_factor": True}},
    ),
    "an account that is verified": (
        [Step.IDME_SIGN_IN, Step.MFA_CODE],
        {Step.IDME_SIGN_IN: {"second_factor": True, "verified": True}},
    ),
    "one that is verified, without a second factor": (
        [Step.IDME_SIGN_IN, *FACTOR],
        {Step.IDME_SIGN_IN: {"verified": True}},
    ),
}
SETTLED = {Step.NPI, Step.RECOVERY_CODE, Step.DOCUMENT, Step.NPI_MATCH, Step.DONE}


def walked(answers: Answers) -> list[policy.JourneyState]:
    """How far somebody has come at each step, by the table alone."""
    account = "have" if Step.IDME_SIGN_IN in answers else "create"
    role, launch = {"role": "doctor_or_dentist"}, {"account": account}
    given: Answers = {Step.PERSONAL: role, Step.IDME_LAUNCH: launch, **answers}
    course = [policy.JourneyState(answers=given)]
    while course[-1].step is not Step.DONE:
        course.append(policy.advance(course[-1]))
    return course


@pytest.mark.parametrize("which", COURSES)
def test_each_course_has_its_steps_in_order_and_its_way_back(which: str) -> None:
    steps, answers = COURSES[which]
    course = walked(answers)
    assert [state.step for state in course] == [*ACCOUNT, *steps, *CONSENT]
    for before, state in pairwise(course):
        assert [step for step in Step if policy.may_submit(state, step)] == [state.step][: state.step != "done"]
        assert policy.can_go_back(state) is (state.step not in SETTLED)
        if policy.can_go_back(state):
            back = policy.go_back(state)
            assert back.step is before.step
            assert policy.advance(back).step is state.step
    for now, after in pairwise([Position.of(state.step) for state in course][:-1]):
        assert (after.number > now.number) if after.stage == now.stage else after.number == 1
        assert after.number <= after.total


ALL_ALONG = {Step.NPI, Step.CREDENTIALS, Step.PERSONAL, Step.PRACTICE}
PROVING = {*ALL_ALONG, Step.EMAIL_CONFIRMATION, Step.MFA_CODE}
NEEDS = {
    Step.ACCOUNTS_INTRO: {Step.NPI},
    Step.CREDENTIALS: {Step.NPI},
    Step.PERSONAL: {Step.NPI, Step.CREDENTIALS},
    Step.PRACTICE: {Step.NPI, Step.CREDENTIALS, Step.PERSONAL},
    Step.IDME_LAUNCH: ALL_ALONG,
    Step.IDME_SIGN_UP: ALL_ALONG,
    Step.EMAIL_CONFIRMATION: {Step.IDME_SIGN_UP},
    Step.EMAIL_CONFIRMED: {*ALL_ALONG, Step.EMAIL_CONFIRMATION},
    Step.MFA_CHOICE: {*ALL_ALONG, Step.EMAIL_CONFIRMATION},
    Step.MFA_PHONE: {*ALL_ALONG, Step.EMAIL_CONFIRMATION, Step.MFA_CHOICE},
    Step.MFA_CODE: {*ALL_ALONG, Step.EMAIL_CONFIRMATION, Step.MFA_CHOICE},
    Step.RECOVERY_CODE: {Step.MFA_CODE},
    Step.DOCUMENT: PROVING,
    Step.SELFIE: {*PROVING, Step.DOCUMENT},
    Step.PHONE_MATCH: {*PROVING, *PHOTOS},
    Step.SSN: {*PROVING, *PHOTOS, Step.PHONE_MATCH},
    Step.ATTRIBUTES_REVIEW: {*PROVING, *PHOTOS, Step.PHONE_MATCH, Step.SSN},
    Step.PHONE_LINK: {*PROVING, *PHOTOS, Step.PHONE_MATCH, Step.SSN, Step.ATTRIBUTES_REVIEW},
    Step.NPI_MATCH: {*ALL_ALONG, Step.PHONE_LINK},
    Step.LICENSE_REVIEW: {*ALL_ALONG, Step.PHONE_LINK, Step.NPI_MATCH},
    Step.CONSENT: {*ALL_ALONG, Step.PHONE_LINK, Step.NPI_MATCH, Step.LICENSE_REVIEW},
}


@pytest.mark.parametrize("step", NEEDS)
def test_a_step_is_not_answered_before_what_it_needs(step: Step) -> None:
    state = next(each for each in walked({}) if each.step is step)
    assert policy.may_submit(state, step)
    without = {held: replace(state, completed=state.completed - {held}) for held in state.completed}
    assert {held for held, less in without.items() if not policy.may_submit(less, step)} == NEEDS[step]


def test_who_does_not_prescribe_or_could_not_be_proven_is_at_the_end() -> None:
    course = walked({})
    at_launch = next(each for each in course if each.step is Step.IDME_LAUNCH)
    student = replace(at_launch, answers={Step.PERSONAL: {"role": "student"}})
    at_selfie = next(each for each in course if each.step is Step.SELFIE)
    failed = replace(at_selfie, failed=True)
    assert [policy.is_terminal(each) for each in (at_launch, student, at_selfie, failed)] == [False, True, False, True]
    assert not policy.may_submit(student, Step.IDME_LAUNCH)
    assert policy.can_go_back(student)
    assert not policy.may_submit(failed, Step.SELFIE)
    assert not policy.can_go_back(failed)
    assert not policy.may_return(failed, Step.NPI, frozenset())
    assert not policy.is_terminal(replace(course[-1], failed=True)), "who is registered stays so"
    hosted = replace(at_launch, hosted=True)
    assert not policy.may_submit(hosted, Step.IDME_LAUNCH)
    assert policy.mark_verified(hosted, allowed=True).step is Step.DONE
    assert policy.go_back(hosted, Step.NPI) == policy.JourneyState(hosted=True)


def test_a_table_that_leads_astray_is_noticed() -> None:
    forged = policy.JourneyState(step=Step.SELFIE, history=(Step.DOCUMENT,))
    with pytest.raises(ValueError, match="does not allow"):
        policy.advance(forged)
