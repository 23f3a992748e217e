"""Who may call what: every route of both applications, by everybody who could have something in hand."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.server import create_app, create_phone_app
from iprescribe_tui.sandbox.api.web import KEY_FIELD
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from iprescribe_tui.sandbox.store.tables import Registration
from tests.backend import KEY, PASSWORD, Json, RunningSandbox, Walk, digest, picture, running

ONE = "/v1/registrations/{registration_id}"
RESENT = ("email_confirmation", "idme_launch", "mfa_code", "phone_link", "phone_match")

ROUTES: Mapping[tuple[str, str], str] = {
    ("GET", "/v1/service"): "told",
    ("GET", "/v1/openapi.json"): "told",
    ("POST", "/v1/registrations"): "asked",
    ("POST", "/v1/sessions"): "asked",
    ("POST", "/v1/tokens"): "asked",
    ("POST", "/v1/support-requests"): "asked",
    ("DELETE", "/v1/sessions/current"): "signed out",
    ("GET", ONE): "looked at",
    ("POST", f"{ONE}/back"): "changed",
    **{("POST", f"{ONE}/steps/{step}"): "changed" for step in Step if step is not Step.DONE},
    **{("POST", f"{ONE}/steps/{step}/resend"): "changed" for step in RESENT},
    ("POST", f"{ONE}/handoffs"): "changed",
    ("PUT", f"{ONE}/evidence/{{slot}}"): "sent a photo",
    ("GET", "/v1/sandbox/outbox"): "opened with the key",
    ("POST", "/v1/sandbox/outbox/{message_id}/follow"): "followed with the key",
    ("GET", "/outbox"): "a page behind the key",
    ("GET", "/personas"): "a page behind the key",
    ("POST", "/outbox"): "given the key",
    ("POST", "/personas"): "given the key",
    ("GET", "/l/{token}"): "a link",
    ("POST", "/l/{token}"): "a link",
    ("GET", "/h/{token}"): "a handoff",
    ("POST", "/h/{token}"): "a handoff",
    ("GET", "/P/{code}"): "a phone's page",
    ("POST", "/P/{code}"): "a phone's page",
    ("GET", "/p/{code}"): "a phone's page",
    ("POST", "/p/{code}"): "a phone's page",
}
"""Each route, and what is done with it."""

TO_PHONES = {route for route, what in ROUTES.items() if what == "a phone's page"}

OVER = {"replaced": "401 session_replaced", "expired access": "401 token_expired"}

EXPECTED: Mapping[str, Mapping[str, str]] = {
    "told": {"": "200"},
    "asked": {"": "422 invalid"},  # of everybody the same, since nobody is signed in
    "signed out": {
        "": "401 unauthorized",
        **dict.fromkeys(("own", "of another", "locked", "ended", "done"), "204"),
        **OVER,
    },
    "looked at": {
        "": "401 unauthorized",
        **dict.fromkeys(("own", "locked", "ended", "done"), "200"),
        "of another": "404 not_found",
        **OVER,
    },
    "changed": {
        "": "401 unauthorized",
        **dict.fromkeys(("own", "ended", "done"), "409 wrong_step"),
        "locked": "429 locked",
        "of another": "404 not_found",
        **OVER,
    },
    "sent a photo": {
        "": "401 unauthorized",
        **dict.fromkeys(("own", "locked", "ended", "done"), "409 wrong_step"),
        "of another": "404 not_found",
        **OVER,
    },
    "opened with the key": {"": "403 sandbox_key", "key": "200"},
    "followed with the key": {"": "403 sandbox_key", "key": "404 not_found"},
    "a page behind the key": {"": "200 asks for the key", "cookie": "200"},
    "given the key": {"": "403 asks for the key", "key": "303"},
    "a link": {"": "410", "link": "200"},
    "a handoff": {"": "410"},
    "a phone's page": {"": "404", "phone": "200"},
}
"""What comes of it, by who does it; "" is everybody who is not named."""


WHERE_THEY_ARE: Mapping[tuple[str, str, str], str] = {
    **{("POST", f"{ONE}/back", who): "409 no_way_back" for who in ("own", "ended", "done")},
    ("POST", f"{ONE}/steps/practice", "own"): "422 invalid",
}
"""What differs by the step at which somebody is."""


@dataclass(frozen=True)
class Caller:
    """Somebody with something in hand; `id` is the registration that they try."""

    id: str
    token: str = ""
    revision: int = 1
    link: str = "made-up"
    code: str = "AAAAAAAAAAAAAAAA"
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def link_in(message: Json) -> str:
    found = re.search(r"/l/([\w-]+)", str(message))
    assert found
    return found[1]


def code_in(walk: Walk) -> str:
    return str(walk.view["url"]).rpartition("/")[2]


def tokens_of(walk: Walk) -> Json:
    """Another session of the same registration."""
    body = {"username": walk.user, "password": PASSWORD}
    answer = walk.sandbox.call("POST", "/v1/sessions", json=body)
    assert answer.status_code == 200, answer.text
    tokens: Json = answer.json()["tokens"]
    return tokens


def handed_off(walk: Walk) -> str:
    answer = walk.post("handoffs", {})
    assert answer.status_code == 200, answer.text
    walk.seen(answer.json())
    return code_in(walk)


def callers(sandbox: RunningSandbox) -> dict[str, Caller]:
    """Everybody, each prepared in one sandbox; what must be over by then is made first."""
    document = sandbox.registration_at(Step.DOCUMENT, "document_glare", name="phone", phone="217-555-0161")
    given_up, expired = handed_off(document), handed_off(document)
    linked = sandbox.registration_at(Step.EMAIL_CONFIRMATION, "no_license", name="linked")
    old_link, old_session = link_in(sandbox.newest(linked.email)), sandbox.start(PERSONA_NPIS["po_box_practice"])
    sandbox.clock.advance(hours=13)
    own = sandbox.registration_at(Step.PRACTICE, name="own")
    old_access = tokens_of(own)["access_token"]
    sandbox.clock.advance(minutes=11)
    document = Walk(sandbox, document.npi, name="phone").entered(
        sandbox.call("POST", "/v1/sessions", json={"username": "phone", "password": PASSWORD}).json()
    )
    other = sandbox.registration_at(Step.PRACTICE, "happy_two", name="another")
    locked = sandbox.registration_at(Step.PRACTICE, "locked", name="locked")
    locked.go_on()
    assert locked.view["kind"] == "locked"
    ended = sandbox.registration_at(Step.SELFIE, "ended", name="ended", phone="217-555-0162")
    ended.go_on()
    assert ended.view["kind"] == "ended"
    done = sandbox.registration_at(Step.DONE, "idme_verified", name="done", account="verified")
    closed = tokens_of(own)["access_token"]
    assert sandbox.call("DELETE", "/v1/sessions/current", token=closed).status_code == 204
    replaced = sandbox.start(PERSONA_NPIS["document_blurred"])
    sandbox.start(PERSONA_NPIS["document_blurred"])
    code = handed_off(document)
    fresh = sandbox.registration_at(Step.EMAIL_CONFIRMATION, "idme_existing", name="fresh")
    link = link_in(sandbox.newest(fresh.email))
    cookie = sandbox.http.post("/outbox", data={"key": KEY}).headers["set-cookie"].partition(";")[0]
    name = cookie.partition("=")[0]

    def of(walk: Walk, token: str | None = None, **more: str) -> Caller:
        shown = walk.token() if token is None else token
        return Caller(walk.id, shown, walk.view["revision"], **more)  # type: ignore[arg-type]

    return {
        "nobody": of(own, ""),
        "own": of(own),
        "of another": Caller(own.id, other.token(), own.view["revision"]),
        "of nobody": of(own, "made-up"),
        "refresh token": of(own, own.refresh),
        "closed": of(own, closed),
        "expired access": of(own, old_access),
        "expired session": of(old_session, old_session.access),
        "replaced": of(replaced, replaced.access),
        "locked": of(locked),
        "ended": of(ended),
        "done": of(done),
        "key": of(own, KEY, key=KEY),
        "wrong key": of(own, "", key=KEY[:-1]),
        "another key": of(own, "", key=KEY.upper()),
        "cookie": Caller(own.id, headers={"Cookie": cookie}),
        "made-up cookie": Caller(own.id, headers={"Cookie": f"{name}={KEY}"}),
        "phone": of(document, code, code=code, key=code),
        "expired phone": of(document, expired, code=expired),
        "given up phone": of(document, given_up, code=given_up),
        "link as phone": of(fresh, link, code=link),
        "link": of(fresh, link, link=link, key=link),
        "expired link": of(linked, old_link, link=old_link),
        "phone as link": of(document, code, link=code),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSandbox, dict[str, Caller]]]:
    """A sandbox, and everybody at its doors."""
    with running(tmp_path_factory.mktemp("routes") / "sandbox") as sandbox:
        yield sandbox, callers(sandbox)


CALLERS = (
    *("nobody", "own", "of another", "of nobody", "refresh token", "closed", "expired access", "expired session"),
    *("replaced", "locked", "ended", "done", "key", "wrong key", "another key", "cookie", "made-up cookie"),
    *("phone", "expired phone", "given up phone", "link as phone", "expired link", "phone as link", "link"),
)


IN_SHORT = ("nobody", "own", "of another", "refresh token", "link")


def call(sandbox: RunningSandbox, caller: Caller, method: str, path: str) -> httpx.Response:
    """Call a route with all that somebody has; with answers that change nothing where the call is allowed."""
    sandbox.http.cookies.clear()  # of whoever called before
    message = "made-up" if caller.key == KEY else sandbox.messages()[0]["id"]
    filled = path.format(
        registration_id=caller.id, slot="front", message_id=message, token=caller.link, code=caller.code
    )
    headers = {**caller.headers, "If-Match": f'"{caller.revision}"'}
    if caller.key:
        headers["Sandbox-Key"] = caller.key
    if method == "GET":
        return sandbox.call(method, filled, token=caller.token, headers=headers)
    if method == "PUT":
        photo = picture("front")
        headers |= {"Content-Digest": digest(photo), "Content-Type": "image/jpeg"}
        return sandbox.call(method, filled, token=caller.token, headers=headers, content=photo)
    if ROUTES[method, path] in ("given the key", "a link", "a handoff", "a phone's page"):
        typed = {"key": caller.key or "made-up", "decision": "allow"}
        return sandbox.call(method, filled, token=caller.token, headers=headers, data=typed)
    body = {"to": "consent"} if path.endswith("/back") else {}
    return sandbox.call(method, filled, token=caller.token, headers=headers, json=body)


def outcome(answer: httpx.Response) -> str:
    """A status, and the code of a problem or what a page asks for."""
    if "json" in answer.headers.get("content-type", "") and answer.status_code >= 400:
        return f"{answer.status_code} {answer.json()['code']}"
    asks = f'name="{KEY_FIELD}"' in answer.text
    return f"{answer.status_code} asks for the key" if asks else str(answer.status_code)


def test_every_route_is_in_the_table(sandbox: RunningSandbox) -> None:
    """Also of the application for phones, which has what is for them and nothing else."""
    for app, routes in (
        (create_app(sandbox.backend), set(ROUTES)),
        (create_phone_app(sandbox.backend), TO_PHONES),
    ):
        known = [route for route in app.routes if isinstance(route, APIRoute)]
        assert len(known) == len(app.routes)
        assert {(method, route.path) for route in known for method in route.methods or ()} == routes


@pytest.mark.parametrize(
    "who", [who if who in IN_SHORT else pytest.param(who, marks=pytest.mark.matrix) for who in CALLERS]
)
def test_nobody_gets_what_is_not_theirs(world: tuple[RunningSandbox, dict[str, Caller]], who: str) -> None:
    sandbox, everybody = world
    assert set(CALLERS) == set(everybody)
    caller = everybody[who]
    last = ("DELETE", "/v1/sessions/current")
    routes = [route for route in ROUTES if route != last] + [last]
    by_kind = {route: EXPECTED[ROUTES[route]] for route in routes}
    expected = {
        route: WHERE_THEY_ARE.get((*route, who), by_kind[route].get(who, by_kind[route][""])) for route in routes
    }
    got = {route: outcome(call(sandbox, caller, *route)) for route in routes}
    assert {route: (got[route], expected[route]) for route in routes if got[route] != expected[route]} == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_other_method_opens_anything(world: tuple[RunningSandbox, dict[str, Caller]], method: str) -> None:
    sandbox, everybody = world
    for path in {path for _, path in ROUTES}:
        if (method, path) not in ROUTES:
            filled = path.format(registration_id=everybody["own"].id, slot="front", message_id="a", token="a", code="A")
            assert sandbox.call(method, filled, token=everybody["own"].token).status_code == 405, (method, path)


# Links, each of which is for one thing.


def to_email(sandbox: RunningSandbox) -> tuple[Walk, str]:
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    return walk, link_in(sandbox.newest(walk.email))


def to_phone(sandbox: RunningSandbox) -> tuple[Walk, str]:
    walk = sandbox.registration_at(Step.PHONE_LINK)
    return walk, link_in(sandbox.newest(walk.phone))


def to_referee(sandbox: RunningSandbox) -> tuple[Walk, str]:
    walk = sandbox.registration_at(Step.PHONE_MATCH, "no_credit_file")
    walk.answer(Step.PHONE_MATCH, **walk.plain_answers(Step.PHONE_MATCH))
    walk.submit(Step.PHONE_MATCH, phone=walk.phone, method="referee", permission=True)
    return walk, link_in(sandbox.newest(walk.email))


@pytest.mark.parametrize(
    "sent", [to_phone, *(pytest.param(to, marks=pytest.mark.matrix) for to in (to_email, to_referee))]
)
def test_a_link_opens_its_own_page_alone(
    sandbox: RunningSandbox, sent: Callable[[RunningSandbox], tuple[Walk, str]]
) -> None:
    """Whoever gets a message learns nothing of the person from it, and cannot stand in for the provider."""
    walk, link = sent(sandbox)
    before = walk.look()
    for path in (f"/h/{link}", f"/P/{link}", f"/p/{link}"):
        page = sandbox.http.get(path)
        assert page.status_code in (404, 410)
        for own in ("Hartwell", walk.npi, walk.phone, "04/30/1975", "12 Elm St", "9871"):
            assert own not in page.text
        for decision in ("allow", "deny"):
            assert sandbox.http.post(path, data={"decision": decision}).status_code in (404, 410)
    assert walk.look() == before
    assert sandbox.http.get(f"/l/{link}").status_code == 200
    assert sandbox.http.post(f"/l/{link}").status_code == 200


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_no_other_link_stands_for_the_proof_of_an_identity(sandbox: RunningSandbox, decision: str) -> None:
    """The e-mail's link still lives at the launch, to which one can go back."""
    walk, link = to_email(sandbox)
    while walk.view["step"] != Step.IDME_LAUNCH:
        assert walk.back().status_code == 200
    assert sandbox.http.post(f"/h/{link}", data={"decision": decision}).status_code == 410
    assert (walk.look()["kind"], walk.view["step"]) == ("form", "idme_launch")


def test_a_handoff_to_a_provider_opens_no_other_page(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", proofing="hosted") as sandbox:
        walk = sandbox.registration_at(Step.IDME_LAUNCH)
        link = str(walk.view["url"]).rpartition("/")[2]
        for path in (f"/l/{link}", f"/p/{link}"):
            assert sandbox.http.get(path).status_code in (404, 410)
            assert sandbox.http.post(path, data={"decision": "allow"}).status_code in (404, 410)
        assert walk.look()["step"] == "idme_launch"
        assert sandbox.http.get(f"/h/{link}").status_code == 200
        assert sandbox.http.post(f"/h/{link}", data={"decision": "allow"}).status_code == 200
        assert walk.look()["step"] != "idme_launch"
        assert sandbox.http.get(f"/h/{link}").status_code == 410


def test_a_registration_on_hold_is_not_finished_at_the_provider(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", proofing="hosted") as sandbox:
        walk = sandbox.registration_at(Step.IDME_LAUNCH)
        link = str(walk.view["url"]).rpartition("/")[2]

        def hold(db: Session) -> None:
            row = db.get_one(Registration, walk.id)
            row.locked_until = row.changes_at = sandbox.clock() + timedelta(minutes=2)

        sandbox.backend.transact(hold)
        assert sandbox.http.post(f"/h/{link}", data={"decision": "allow"}).status_code == 410
        sandbox.clock.advance(minutes=2)
        assert sandbox.http.post(f"/h/{link}", data={"decision": "allow"}).status_code == 200
