"""Every persona ends as it is promised, in words that say what happened and what to do."""

from collections.abc import Callable

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import PERSONAS, SEED_ACCOUNTS
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.backend import Json, RunningSandbox, Walk

Story = Callable[[RunningSandbox, str], None]
STORIES: dict[str, Story] = {}


def story(*personas: str) -> Callable[[Story], Story]:
    def tell(function: Story) -> Story:
        STORIES.update(dict.fromkeys(personas, function))
        return function

    return tell


def test_every_persona_has_a_story() -> None:
    assert STORIES.keys() == {persona.key for persona in PERSONAS} == PERSONA_NPIS.keys()


@pytest.mark.parametrize("persona", [persona.key for persona in PERSONAS])
def test_ends_as_promised(sandbox: RunningSandbox, persona: str) -> None:
    STORIES[persona](sandbox, persona)


def registered(walk: Walk) -> None:
    assert walk.to(Step.DONE).view["kind"] == "done"


@story("happy", "happy_two")
def _registers(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.LICENSE_REVIEW, persona)
    assert len(walk.view["options"]["license_number"]) == (2 if persona == "happy_two" else 1)
    registered(walk)


REFUSALS = {
    "not_found": (422, "npi_not_found", "is not in the NPI registry"),
    "deactivated": (422, "npi_deactivated", "as deactivated"),
    "organization": (422, "npi_organization", "Use the individual NPI of the prescriber"),
    "not_a_prescriber": (422, "npi_not_a_prescriber", "which does not prescribe"),
    "already_registered": (409, "already_registered", "Sign in with the iPrescribe username and password"),
    "allow_never_pressed": (409, "already_registered", "Sign in with the iPrescribe username and password"),
}


def _refuses(sandbox: RunningSandbox, persona: str) -> None:
    answer = sandbox.call("POST", "/v1/registrations", json={"npi": PERSONA_NPIS[persona]})
    status, code, words = REFUSALS[persona]
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert words in problem["errors"]["npi"]


@story("not_found", "deactivated", "organization", "not_a_prescriber")
def _is_turned_away(sandbox: RunningSandbox, persona: str) -> None:
    _refuses(sandbox, persona)


@story("already_registered", "allow_never_pressed")
def _signs_in(sandbox: RunningSandbox, persona: str) -> None:
    _refuses(sandbox, persona)
    known = next(account for account in SEED_ACCOUNTS if account.npi == PERSONA_NPIS[persona])
    body = {"username": known.username, "password": known.password}
    answer = sandbox.call("POST", "/v1/sessions", json=body)
    assert answer.status_code == 200
    walk = Walk(sandbox, known.npi).entered(answer.json())
    assert walk.view["step"] == known.state
    if known.state == "consent":
        assert all(fact["value"] for fact in walk.view["facts"])
    registered(walk)
    assert walk.view["receipt"]["username"] == known.username


@story("registry_down")
def _tries_three_times(sandbox: RunningSandbox, persona: str) -> None:
    body, key = {"npi": PERSONA_NPIS[persona]}, "one-key-for-all-three-tries"
    for _ in range(2):
        answer = sandbox.call("POST", "/v1/registrations", json=body, key=key)
        assert (answer.status_code, answer.json()["code"]) == (503, "registry_unreachable")
        assert "Retry-After" in answer.headers
        assert "Nothing is lost" in answer.json()["detail"]
    answer = sandbox.call("POST", "/v1/registrations", json=body, key=key)
    assert answer.status_code == 201
    registered(Walk(sandbox, PERSONA_NPIS[persona]).entered(answer.json()))


def warned(view: Json, words: str) -> None:
    assert any(notice["level"] == "warning" and words in notice["text"] for notice in view["notices"]), view["notices"]


@story("no_license")
def _is_warned_of_no_license(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.start(PERSONA_NPIS[persona])
    warned(walk.view, "no state license")
    assert "license_number" not in walk.to(Step.LICENSE_REVIEW).view["prefill"]
    registered(walk)


@story("po_box_practice")
def _is_warned_of_the_po_box(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.start(PERSONA_NPIS[persona])
    warned(walk.view, "not a street")
    view = walk.to(Step.PRACTICE).view
    assert (view["on_file"], view["on_file_label"]) == ({}, "")
    says = '"PO Box 1187" is a PO Box. Give the street address of the place instead.'
    warned(view, f"The address that the NPI registry has cannot be used here. {says}")
    refused = walk.answer(Step.PRACTICE, **walk.answers_to(Step.PRACTICE) | {"street": "PO Box 1187"})
    assert (refused.status_code, refused.json()["errors"]) == (422, {"street": says})
    registered(walk)


@story("idme_existing")
def _has_an_account(sandbox: RunningSandbox, persona: str) -> None:
    registered(sandbox.start(PERSONA_NPIS[persona], account="existing"))


@story("idme_verified")
def _is_verified(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.start(PERSONA_NPIS[persona], account="verified")
    registered(walk)
    assert not {"document", "selfie", "phone_match", "ssn"} & set(walk.steps)


@story("phone_refused")
def _gives_two_numbers(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.MFA_PHONE, persona)
    refused = walk.answer(Step.MFA_PHONE, phone="217-555-0188")
    assert "Codes cannot be sent to 217-555-0188" in refused.json()["errors"]["phone"]
    registered(walk)


DOCUMENTS = {
    "document_blurred": ("front", "blurred"),
    "document_glare": ("front", "Light is reflected"),
    "document_cut_off": ("front", "cut off"),
    "document_expired": ("front", "expired"),
    "document_wrong_kind": ("kind", "another kind of ID"),
    "document_unreadable": ("front", "cannot be read"),
}


@story(*DOCUMENTS)
def _photographs_the_id_again(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT, persona)
    sent = walk.answers_to(Step.DOCUMENT)
    refused = walk.answer(Step.DOCUMENT, **sent)
    name, words = DOCUMENTS[persona]
    assert (refused.status_code, refused.json()["tries_left"]) == (422, 4)
    assert words in refused.json()["errors"][name]
    # The side that was fine need not be sent again.
    again = sent | ({"front": walk.evidence("front")} if name == "front" else {})
    assert walk.submit(Step.DOCUMENT, **again)["step"] == "selfie"
    registered(walk)


SELFIES = {
    "selfie_no_face": "no face",
    "selfie_several_faces": "more than one face",
    "selfie_no_match": "not that of your ID",
}


@story(*SELFIES)
def _photographs_the_face_again(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.SELFIE, persona)
    refused = walk.answer(Step.SELFIE, photo=walk.evidence("photo"))
    assert SELFIES[persona] in refused.json()["errors"]["photo"]
    registered(walk)


def phone(number: str, method: str) -> Json:
    return {"phone": number, "method": method, "permission": True}


@story("phone_no_match")
def _gives_another_phone(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PHONE_MATCH, persona)
    for left in (4, 3):
        refused = walk.answer(Step.PHONE_MATCH, **phone("217-555-0101", "text"))
        assert "does not match your credit profile" in refused.json()["errors"]["phone"]
        assert refused.json()["tries_left"] == left
    assert "referee" in [option["value"] for option in walk.view["options"]["method"]]
    walk.submit(Step.PHONE_MATCH, **phone("217-555-0102", "text"))
    registered(walk)


@story("credit_frozen")
def _takes_the_call(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PHONE_MATCH, persona)
    refused = walk.answer(Step.PHONE_MATCH, **phone("217-555-0101", "text"))
    assert "frozen" in refused.json()["errors"]["method"]
    walk.submit(Step.PHONE_MATCH, **phone("217-555-0101", "call"))
    registered(walk)


@story("no_credit_file")
def _meets_the_referee(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PHONE_MATCH, persona)
    early = walk.answer(Step.PHONE_MATCH, **phone("217-555-0101", "referee"))
    assert early.json()["errors"] == {"method": "This is not in the list. Choose one that is."}
    for method in ("text", "call"):
        refused = walk.answer(Step.PHONE_MATCH, **phone("217-555-0101", method))
        assert "no credit file" in refused.json()["errors"]["method"]
    walk.submit(Step.PHONE_MATCH, **phone("217-555-0101", "referee"))
    assert (walk.view["kind"], walk.view["waiting_for"]) == ("waiting", "the video call with a trusted referee")
    assert sandbox.follow(sandbox.newest(walk.email)).status_code == 204
    assert walk.look()["step"] == "npi_match"
    registered(walk)


@story("ssn_refused_once")
def _types_the_ssn_again(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.SSN, persona)
    refused = walk.answer(Step.SSN, ssn="219-09-9872")
    assert "does not match" in refused.json()["errors"]["ssn"]
    assert refused.json()["tries_left"] == 9
    registered(walk)


@story("ssn_locked")
def _is_locked_at_the_ssn(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.SSN, persona)
    for left in range(9, 0, -1):
        assert walk.answer(Step.SSN, ssn="219-09-9872").json()["tries_left"] == left
    refused = walk.answer(Step.SSN, ssn="219-09-9872")
    assert (refused.status_code, refused.json()["code"]) == (429, "locked")
    assert int(refused.headers["Retry-After"]) == 3600
    assert refused.json()["current"]["kind"] == walk.look()["kind"] == "locked"
    assert "ten times" in walk.view["reason"]
    sandbox.clock.advance(minutes=61)
    assert (walk.look()["kind"], walk.view["step"]) == ("form", "ssn")


@story("phone_link_expired")
def _has_another_link_sent(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PHONE_LINK, persona)
    warned(walk.view, "The link has expired")
    assert sandbox.follow(sandbox.newest()).status_code == 409
    sandbox.clock.advance(seconds=10)
    assert walk.resend(Step.PHONE_LINK).status_code == 200
    assert walk.view["notices"] == []
    registered(walk)


@story("id_other_name")
def _is_warned_of_the_name(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT, persona)
    photo = write_sample_photos(sandbox.folder / "samples")["drivers_license_back"].read_bytes()
    sides = {"front": walk.evidence("front"), "back": walk.upload("back", photo).json()["id"]}
    warned(walk.submit(Step.DOCUMENT, kind="drivers_license", **sides), 'The ID says "ALEX JORDAN SAMPLE"')
    registered(walk)


@story("license_other_state")
def _is_warned_of_the_state(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PRACTICE, persona)
    practice = {"practice_name": "Borderman Family Practice"} | walk.view["on_file"]
    walk.submit(Step.PRACTICE, **practice)
    warned(walk.to(Step.LICENSE_REVIEW).view, "your practice is in")
    registered(walk)


@story("locked")
def _waits_two_minutes(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.PRACTICE, persona)
    walk.go_on()
    assert (walk.view["kind"], walk.view["step"]) == ("locked", "idme_launch")
    refused = walk.answer(Step.IDME_LAUNCH, account="create")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "120")
    sandbox.clock.advance(minutes=2)
    assert walk.look()["kind"] == "form"
    registered(walk)


@story("ended")
def _ends_after_the_selfie(sandbox: RunningSandbox, persona: str) -> None:
    walk = sandbox.registration_at(Step.SELFIE, persona)
    walk.go_on()
    assert (walk.view["kind"], walk.view["heading"]) == ("ended", "Your identity could not be proven")
    assert walk.view["reference"]
    assert "support" in walk.view["reason"]
    assert walk.back().status_code == walk.back(Step.NPI).status_code == 409
    assert walk.answer(Step.SELFIE, photo="x").status_code == 409
    assert not list((sandbox.folder / "evidence").iterdir())
