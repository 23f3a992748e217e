"""Whatever goes wrong is answered with a problem document that says so and echoes nothing."""

import json
import time

import pytest

from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.forms import PracticeForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Problem
from tests.backend import PASSWORD, SSN, RunningSandbox

BODIES = {
    b"": 422,
    b"{": 400,
    b"[]": 400,
    b"null": 400,
    b'"text"': 400,
    b"\xff\xfe": 400,
    b"[" * 8_000: 400,
    b'{"npi": ' + b"9" * 5000 + b"}": 400,
    b'{"npi": {"npi": "1000000012"}}': 422,
    b'{"npi": null}': 422,
    b'{"npi": true}': 422,
    b'{"npi": "\\ud800"}': 422,
    b'{"npi": "\\u0000"}': 422,
    b'{"npi": "1000000012", "\\u0007": 1}': 422,
    b"{}" + b" " * (8 * 1024): 413,
}


@pytest.mark.parametrize(("body", "status"), BODIES.items(), ids=lambda value: str(value)[:24])
def test_a_body_that_is_no_answer(sandbox: RunningSandbox, body: bytes, status: int) -> None:
    answer = sandbox.call("POST", "/v1/registrations", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert problem.status == status
    assert problem.title
    assert "\x07" not in answer.text


def test_what_is_no_json_is_refused(sandbox: RunningSandbox) -> None:
    answer = sandbox.call("POST", "/v1/registrations", data={"npi": "1000000012"})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/nonsense", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("DELETE", "/v1/service", 405, "method_not_allowed"),
        ("PUT", "/v1/registrations", 405, "method_not_allowed"),
    ],
)
def test_an_address_that_there_is_not(sandbox: RunningSandbox, method: str, path: str, status: int, code: str) -> None:
    answer = sandbox.call(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_is_kept_by_nobody(sandbox: RunningSandbox) -> None:
    for path in ("/v1/service", "/v1/openapi.json", "/v1/nonsense", "/outbox", "/l/nonsense"):
        headers = sandbox.call("GET", path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("step", "answers", "secret"),
    [
        (Step.CREDENTIALS, {"username": "x", "password": PASSWORD, "password_again": PASSWORD + "!"}, PASSWORD),
        (Step.CREDENTIALS, {"username": [PASSWORD], "password": {"a": PASSWORD}, PASSWORD: 1}, None),
        (Step.SSN, {"ssn": "000-12-3456"}, "3456"),
        (Step.SSN, {"ssn": [SSN]}, "9871"),
        (Step.EMAIL_CONFIRMATION, {"code": "98765x"}, "98765"),
    ],
)
def test_a_refusal_does_not_echo_secrets(
    sandbox: RunningSandbox, step: Step, answers: dict[str, object], secret: str | None
) -> None:
    walk = sandbox.registration_at(step)
    refused = walk.post(f"steps/{step}", answers)
    assert refused.status_code == 422
    assert refused.json()["errors"]
    if secret:
        assert secret not in json.dumps(refused.json())


def test_the_words_are_those_of_the_form(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    answers = walk.answers_to(Step.PRACTICE) | {"street": "PO Box 12", "zip_code": "10001", "phone": "12"}
    refused = walk.answer(Step.PRACTICE, **answers)
    with pytest.raises(FormRejected) as here:
        PracticeForm.check(answers)
    assert refused.json()["errors"] == here.value.errors
    assert refused.json()["errors"].keys() == {"street", "zip_code", "phone"}


@pytest.mark.parametrize("step", [Step.PRACTICE, Step.ATTRIBUTES_REVIEW])
@pytest.mark.parametrize(
    ("city", "words"),
    [
        ("62701", '"62701" is a ZIP Code. Enter only the city here'),
        ("Springfield, IL 62701-1234", '"62701-1234" is a ZIP Code. Enter only the city here'),
        ("-", '"-" has no letters. Enter the name of the city.'),
    ],
)
def test_a_zip_code_or_a_number_in_place_of_the_city_is_refused(
    sandbox: RunningSandbox, step: Step, city: str, words: str
) -> None:
    walk = sandbox.registration_at(step)
    refused = walk.answer(step, **walk.answers_to(step) | {"city": city})
    assert refused.status_code == 422
    assert refused.json()["errors"].keys() == {"city"}
    assert words in refused.json()["errors"]["city"]


def test_a_support_request_gets_a_reference(sandbox: RunningSandbox) -> None:
    form = {"category": "photos", "message": "My ID is not read.", "contact": "me@example.com"}
    walk = sandbox.start()
    for token in ("", walk.access, "expired"):
        answer = sandbox.call("POST", "/v1/support-requests", json=form, token=token)
        assert answer.status_code == 201
        reference = answer.json()["reference"]
        assert reference in sandbox.newest("me@example.com")["body"]
    refused = sandbox.call("POST", "/v1/support-requests", json=form | {"category": "nonsense", "message": " "})
    assert refused.json()["errors"].keys() == {"category", "message"}


def test_a_support_request_says_how_to_answer_it(sandbox: RunningSandbox) -> None:
    form = {"category": "photos", "message": "My ID is not read.", "contact": "x"}
    with pytest.raises(FormRejected) as here:
        SupportRequestForm.check(form)
    refused = sandbox.call("POST", "/v1/support-requests", json=form)
    assert refused.status_code == 422
    assert refused.json()["errors"] == here.value.errors
    assert here.value.errors["contact"].startswith('"x" is not an e-mail address or a US phone number.')
    taken = sandbox.call("POST", "/v1/support-requests", json=form | {"contact": " Me <me@Example.com> "})
    assert taken.json()["reference"] in sandbox.newest("me@example.com")["body"]


def test_a_body_with_many_unknown_fields_is_refused_within_the_contract(sandbox: RunningSandbox) -> None:
    unknown = {f"field{number}": "x" for number in range(300)}
    answer = sandbox.call("POST", "/v1/registrations", json={"npi": "1000000013x", **unknown})
    assert answer.status_code == 422
    problem = Problem.model_validate_json(answer.content)
    assert "npi" in problem.errors


LONG: dict[str, tuple[Step, str]] = {
    "PO BOX ": (Step.PRACTICE, "street"),
    "BOX 5 ": (Step.PRACTICE, "suite"),
    "DR AND ": (Step.PRACTICE, "suite"),
    "- ": (Step.PRACTICE, "zip_code"),
    " ": (Step.PRACTICE, "city"),
    "a@": (Step.PERSONAL, "email"),
    "\u0301\u0316": (Step.PRACTICE, "practice_name"),
    "0": (Step.PRACTICE, "phone"),
    "(": (Step.PRACTICE, "fax"),
    "p\u0301\u0316": (Step.CREDENTIALS, "password"),
    "\u200b": (Step.PERSONAL, "role"),
}


@pytest.mark.parametrize("piece", LONG)
def test_a_long_answer_is_refused_by_name_and_at_once(sandbox: RunningSandbox, piece: str) -> None:
    """The time is that of the whole process: of client and sandbox."""
    step, name = LONG[piece]
    walk = sandbox.registration_at(step)
    answers = walk.answers_to(step)
    for characters in (5000, 7000, 20_000, 56_000):
        took = []
        for _ in range(3):
            began = time.process_time()
            answer = walk.answer(step, **answers | {name: (piece * characters)[:characters]})
            took.append(time.process_time() - began)
        if answer.status_code == 413:
            assert answer.json()["code"] == "too_large"
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
            assert "long" in answer.json()["errors"][name]
            assert piece * 6 not in answer.text
        assert min(took) < 0.05, characters
    assert answer.status_code == 413
    assert walk.submit(step, **answers)["step"] != step


def test_the_longest_message_to_support_fits(sandbox: RunningSandbox) -> None:
    form = {"category": "other", "message": "\U0001f4e6" * 2000, "contact": "217-555-0134"}
    assert sandbox.call("POST", "/v1/support-requests", json=form).status_code == 201
    for more in (1, 2500):
        refused = sandbox.call("POST", "/v1/support-requests", json=form | {"message": "\U0001f4e6" * (2000 + more)})
        assert refused.status_code in (413, 422)
        assert "too_large" in refused.text or "2,000" in refused.json()["errors"]["message"]


@pytest.mark.parametrize("path", ["/outbox", "/personas", "/h/made-up"])
def test_a_page_takes_no_form_of_many_fields(sandbox: RunningSandbox, path: str) -> None:
    answer = sandbox.http.post(path, content="&".join(f"a{number}=1" for number in range(50)))
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


HEADERS = {
    "Cookie": ['sandbox-1="' + "\\\\" * 30_000 + '"', "a=1;" * 15_000, "sandbox-1=" * 6_000, '"' * 60_000],
    "Prefer": ["wait=" * 12_000, "wait ," * 10_000, "," + " " * 60_000 + "!", "wait=1" + " " * 60_000 + "!"],
    "If-None-Match": ['"' * 60_000, 'W/"' * 20_000, '"1"' + " " * 60_000 + "!", "1" * 60_000],
    "Authorization": ["Bearer " * 9_000, "Bearer " + "a" * 60_000, " " * 60_000 + "Bearer a", "=" * 60_000],
    "Accept-Encoding": ["gzip;q=" * 9_000, "," * 60_000, "identity," * 7_000, "*" * 60_000],
    "Content-Type": [
        "application/json;" * 4_000,
        ";" * 60_000,
        "multipart/form-data; boundary=" + "a" * 60_000,
        '"' * 60_000,
    ],
    "Origin": ["http://" * 9_000, "http://[" + ":" * 60_000, "a." * 30_000, "\\" * 60_000],
    "Idempotency-Key": ["a" * 60_000, "\\" * 60_000, "a-" * 30_000, "!" * 60_000],
    "Sandbox-Key": ["a" * 60_000, "=" * 60_000, "a=" * 30_000, "\\" * 60_000],
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_long_header_is_read_at_once(sandbox: RunningSandbox, name: str) -> None:
    """The time is that of the whole process: of client and sandbox."""
    walk = sandbox.start()
    calls = (
        ("GET", "/outbox"),
        ("GET", "/v1/service"),
        ("GET", f"/v1/registrations/{walk.id}"),
        ("POST", "/v1/tokens"),
    )
    for value in HEADERS[name]:
        for method, path in (
            *calls,
            ("GET", "/v1/sandbox/outbox"),
            ("PUT", f"/v1/registrations/{walk.id}/evidence/front"),
        ):
            headers = {"Authorization": f"Bearer {walk.access}", "Idempotency-Key": "a-key", name: value.strip()}
            took = []
            for _ in range(3):
                began = time.process_time()
                answer = sandbox.http.request(method, path, headers=headers)
                took.append(time.process_time() - began)
                if took[-1] < 0.05:
                    break
            assert answer.status_code < 500
            assert min(took) < 0.05, (method, path, value[:20])


@pytest.mark.parametrize(
    "path", ["/v1/registrations/{}", "/l/{}", "/h/{}", "/p/{}", "/v1/sandbox/outbox/{}/follow", "/x{}", "/?{}"]
)
def test_a_long_path_is_read_at_once(sandbox: RunningSandbox, path: str) -> None:
    for piece in ("a", "%", "%25", "../", "/", "%C3%9F", "a=1&", "%00", "%F0%9F%93%A6"):
        took = []
        for _ in range(3):
            began = time.process_time()
            answer = sandbox.http.request("GET", path.format(piece * (50_000 // len(piece))))
            took.append(time.process_time() - began)
            if took[-1] < 0.1:
                break
        assert answer.status_code < 500
        assert min(took) < 0.1, piece
