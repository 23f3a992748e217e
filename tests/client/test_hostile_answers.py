"""On every call: a redirect leads nowhere, and no body of the JSON collection ends in anything but a named error."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from iprescribe_tui.client import BackendError, Client, NotOurBackend, UnexpectedAnswer
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.forms import CredentialsForm, NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.views import FormView, Tokens
from tests.backend import picture
from tests.client.faulty import PLANTED, SERVICE, TOKENS, Memory, Request, answer, backend, client_of, refusal, view
from tests.client.test_faulty_backends import JSON_CORPUS, assert_is_for_people
from tests.client.test_trust import serving
from tests.tally import Tally

VIEW = FormView.model_validate(view("credentials"))
NPI = NpiForm(npi="1234567893")
SIGN_IN = SignInForm.check({"username": "a.person", "password": PLANTED})
CREDENTIALS = CredentialsForm.model_construct(
    username="a.person", password=SecretStr(PLANTED), password_again=SecretStr(PLANTED)
)
SUPPORT = SupportRequestForm.model_construct(category="photos", message=PLANTED, contact="a@example.com")

Call = Callable[[Client, Path], Awaitable[object]]
CALLS: Mapping[str, Call] = {
    "GET service": lambda client, photo: client.connect(),
    "GET registration": lambda client, photo: client.current(),
    "POST registration": lambda client, photo: client.start(NPI),
    "POST session": lambda client, photo: client.sign_in(SIGN_IN),
    "POST step": lambda client, photo: client.submit(VIEW, CREDENTIALS),
    "POST back": lambda client, photo: client.back(VIEW),
    "POST resend": lambda client, photo: client.resend(VIEW),
    "POST handoff": lambda client, photo: client.hand_off(),
    "POST support": lambda client, photo: client.request_support(SUPPORT),
    "GET outbox": lambda client, photo: client.outbox(),
    "PUT photo": lambda client, photo: client.upload("front", photo, PhotoPolicy(), lambda sent, total: None),
    "DELETE session": lambda client, photo: client.sign_out(),
}
"""Every call that the program makes, by its method; secrets and tokens go with most."""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture to send."""
    (tmp_path / "front.jpg").write_bytes(picture("front"))
    return tmp_path / "front.jpg"


@pytest.fixture
def tokens() -> Memory:
    """Those of a registration."""
    return Memory(r1=Tokens.model_validate(TOKENS))


@pytest.mark.parametrize("call", [*CALLS, "POST tokens"])
async def test_no_redirect_is_followed(call: str, photo: Path, tokens: Memory, tally: Tally) -> None:
    """To another origin, and from https to http: the other server hears nothing at all."""
    authority = trustme.CA()
    bundle = photo.with_name("ca.pem")
    authority.cert_pem.write_to_path(bundle)
    code = 301

    async with backend(lambda request: answer(SERVICE)) as other:

        def reply(request: Request) -> bytes:
            if call == "POST tokens" and not request.path.endswith("/tokens"):
                return refusal("expired", 401)
            return answer(b"", code, Location=f"{other.url}/v1/{PLANTED}")

        for tls in (None, serving(authority.issue_cert("localhost"))):
            async with (
                backend(reply, tls, "localhost" if tls else "127.0.0.1") as there,
                client_of(there.url, ca_bundle=bundle, tokens=tokens, key=PLANTED) as client,
            ):
                for code in (300, 301, 302, 303, 305, 307, 308):  # noqa: B007  # `reply` gives it
                    tokens.kept["r1"] = Tokens.model_validate(TOKENS)
                    await client.take_up("r1")
                    with pytest.raises(NotOurBackend) as caught:
                        await CALLS.get(call, CALLS["GET registration"])(client, photo)
                    assert_is_for_people(caught.value)
                    assert there.requests
                    tally("hostile", "redirects, each method and code", tried=1, named=1)
    assert not other.received


PROBLEM = "application/problem+json"
STATUSES = {200: "application/json", 404: PROBLEM, 422: PROBLEM, 500: "application/json", 503: PROBLEM}
READ_ALIKE = {"POST back", "POST resend", "POST handoff"}
"""Calls whose answers are read as that of a step."""


@pytest.mark.matrix
@pytest.mark.skipif(not JSON_CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("call", [call for call in CALLS if call not in READ_ALIKE])
async def test_every_body_on_every_call_has_a_name(call: str, photo: Path, tokens: Memory, tally: Tally) -> None:
    """As an answer and as an error."""
    body, status = b"", 200
    async with (
        backend(lambda request: answer(body, status, STATUSES[status])) as there,
        client_of(there.url, tokens=tokens) as client,
    ):
        for file in sorted(JSON_CORPUS.iterdir()):
            body = file.read_bytes()
            for status in STATUSES:
                tokens.kept["r1"] = Tokens.model_validate(TOKENS)
                await client.take_up("r1")
                if call == "DELETE session" and status < 300:  # whose answer is not read
                    await client.sign_out()
                    continue
                with pytest.raises(BackendError) as caught:
                    await CALLS[call](client, photo)
                assert_is_for_people(caught.value)
                tally("hostile", "JSON, each body on each call", tried=1, named=1)


@pytest.mark.parametrize("name", ["../../registrations/r1", "a?b=c", "a#b", "%2e%2e", ""])
async def test_the_id_of_a_message_leads_to_no_other_address(name: str) -> None:
    """A message of the outbox is followed under its id; one that is more than a name is refused as it is read."""
    message = {
        "id": name,
        "channel": "text",
        "to": "+1 212 555 0101",
        "subject": "Your link",
        "body": "Open it",
        "sent_at": "2026-01-05T12:00:00Z",
    }
    async with (
        backend(lambda request: answer(json.dumps({"messages": [message]}).encode())) as there,
        client_of(there.url, key=PLANTED) as client,
    ):
        with pytest.raises(UnexpectedAnswer, match="cannot be an address"):
            await client.outbox()
