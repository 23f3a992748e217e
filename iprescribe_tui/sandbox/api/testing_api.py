"""Calls and pages that only a sandbox has: outbox and personas, behind its key, and the pages behind links."""

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from iprescribe_tui.journey.views import OutboxMessage
from iprescribe_tui.sandbox.api import web
from iprescribe_tui.sandbox.api.idempotency import SavedResponse, once
from iprescribe_tui.sandbox.api.openapi import documented
from iprescribe_tui.sandbox.api.requests import backend_of, call_of, read_capped, written
from iprescribe_tui.sandbox.domain import outbox, transitions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, bad_request, not_found
from iprescribe_tui.sandbox.domain.steps.consent import shared
from iprescribe_tui.sandbox.domain.steps.idme import HANDOFF
from iprescribe_tui.sandbox.store.tables import Challenge, Registration, SentMessage

_OVER = (
    "This link opens nothing any more. It was used, another one was sent since, or its time is over. "
    "In the terminal you can have another one sent."
)


def add_testing_api(app: FastAPI) -> None:
    """Add the calls and pages to `app`, whose state holds the sandbox key."""
    messages = "/v1/sandbox/outbox"
    app.add_api_route(messages, read_outbox, methods=["GET"], **documented("outbox"))
    app.add_api_route(f"{messages}/{{message_id}}/follow", follow_message, methods=["POST"], **documented("follow"))
    for path, page in (("/outbox", show_outbox), ("/personas", show_personas), ("/l/{token}", show_link)):
        app.add_api_route(path, page, methods=["GET"], include_in_schema=False)
    app.add_api_route("/h/{token}", show_handoff, methods=["GET"], include_in_schema=False)
    for path in ("/outbox", "/personas"):
        app.add_api_route(path, take_key, methods=["POST"], include_in_schema=False)
    app.add_api_route("/l/{token}", confirm_link, methods=["POST"], include_in_schema=False)
    app.add_api_route("/h/{token}", decide, methods=["POST"], include_in_schema=False)


def _is_key(request: Request, value: str) -> bool:
    key: str = request.app.state.sandbox_key
    return hmac.compare_digest(value.encode("utf-8", "replace"), key.encode())


def _demand_key(request: Request) -> None:
    if not _is_key(request, request.headers.get("sandbox-key", "")):
        message = "Send the key that the sandbox printed when it started, as the header Sandbox-Key."
        raise ProblemError(Refusal(403, "sandbox_key", "The sandbox's key is missing", message))


async def read_outbox(request: Request) -> Response:
    """The messages that the sandbox sent."""
    _demand_key(request)
    messages = await run_in_threadpool(_messages, backend_of(request))
    return written(SavedResponse(200, outbox.Outbox(messages=messages)))


def _messages(backend: Backend) -> list[OutboxMessage]:
    with backend.store.reading() as db:
        return outbox.latest(backend, db)


async def follow_message(request: Request, message_id: str) -> Response:
    """Open the link of a message, as if on the phone."""
    _demand_key(request)
    backend = backend_of(request)

    def work(db: Db) -> SavedResponse:
        def open_it() -> SavedResponse:
            challenge_id = db.scalar(select(SentMessage.challenge_id).where(SentMessage.id == message_id))
            challenge = db.get(Challenge, challenge_id or "")
            if challenge is None:
                raise not_found()
            if not _confirmed(backend, db, challenge):
                raise ProblemError(Refusal(409, "link_over", "This link opens nothing any more", _OVER))
            return SavedResponse(204)

        if "idempotency-key" not in request.headers:  # a tester's script
            return open_it()
        return once(
            db, call_of(request).owned_by(request.url.path), backend.clock(), open_it, lambda _: SavedResponse(204)
        )

    return written(await backend.change(work))


def _confirmed(backend: Backend, db: Db, challenge: Challenge) -> bool:
    context = _context(backend, db, challenge)
    is_confirmed = transitions.confirm_link(context, challenge)
    transitions.bump_revision(context)
    return is_confirmed


def _context(backend: Backend, db: Db, challenge: Challenge) -> RequestContext:
    """Return the registration of a link, locked until the transaction ends."""
    row = db.get_one(Registration, challenge.registration_id, with_for_update=True, populate_existing=True)
    db.refresh(challenge)
    return RequestContext(backend, db, row, backend.clock())


# Pages.


def _page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(html, status, {**web.HEADERS, **(headers or {})}, "text/html; charset=utf-8")


def _cookie(request: Request) -> tuple[str, str]:
    """Return the name and value of the cookie that proves the key is known.

    Browsers send cookies to every port of a host. So the value is not the key, which opens more than these pages, and
    the name contains the port, so that sandboxes don't share a cookie.
    """
    key: str = request.app.state.sandbox_key
    _, port = request.scope.get("server") or ("", 0)
    return f"sandbox-{port}", hmac.digest(key.encode(), b"cookie of the pages", "sha256").hex()


def _has_cookie(request: Request) -> bool:
    name, value = _cookie(request)
    return hmac.compare_digest(request.cookies.get(name, "").encode("utf-8", "replace"), value.encode())


async def show_outbox(request: Request) -> Response:
    """Return the messages as a page, or the page that asks for the key."""
    if not _has_cookie(request):
        return _page(web.key_page())
    return _page(web.outbox_page(await run_in_threadpool(_messages, backend_of(request))))


async def show_personas(request: Request) -> Response:
    """Return the personas as a page, or the page that asks for the key."""
    return _page(web.personas_page() if _has_cookie(request) else web.key_page())


async def _field(request: Request, name: str) -> str:
    try:
        form = parse_qs((await read_capped(request)).decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        raise bad_request("unreadable", "This form has more fields than any page of the sandbox.") from None
    return form.get(name, [""])[0]


async def take_key(request: Request) -> Response:
    """Set the cookie for the right key and redirect to the page; ask again (403) for a wrong one."""
    key = (await _field(request, web.KEY_FIELD)).strip()
    if not _is_key(request, key):
        return _page(web.key_page("This is not the key that this sandbox printed. Copy it again, whole."), 403)
    secure = "; Secure" if request.url.scheme == "https" else ""
    cookie = f"{'='.join(_cookie(request))}; HttpOnly; SameSite=Strict; Path=/{secure}"
    return Response(status_code=303, headers={**web.HEADERS, "Location": request.url.path, "Set-Cookie": cookie})


async def show_link(request: Request, token: str) -> Response:
    """Return the page that asks to confirm, since mail scanners open links too; 410 for a link that is over."""
    backend = backend_of(request)

    def alive() -> str:
        with backend.store.reading() as db:
            challenge = outbox.by_token(backend, db, token, _LINKS)
            over = challenge is None or challenge.void or challenge.expires_at <= backend.clock()
            return "" if over or challenge is None else challenge.purpose

    purpose = await run_in_threadpool(alive)
    if purpose not in _LINKS:
        return _page(web.message_page("This link is over", _OVER), 410)
    return _page(web.link_page(*_LINKS[purpose], action=f"/l/{token}"))


_LINKS: Mapping[str, tuple[str, str]] = {
    "email_confirmation": ("Confirm your e-mail", "Press the button to confirm that this e-mail address is yours."),
    "phone_link": ("Confirm your phone", "Press the button to confirm that this phone is yours."),
    "referee": (
        "Video call with a trusted referee",
        "In the sandbox nobody calls: the button stands for the call having taken place.",
    ),
}


async def confirm_link(request: Request, token: str) -> Response:
    """Confirm a link; 410 for one that is over."""
    backend = backend_of(request)

    def work(db: Db) -> bool:
        challenge = outbox.by_token(backend, db, token, transitions.LINKED)
        return challenge is not None and _confirmed(backend, db, challenge)

    if await backend.change(work):
        return _page(web.link_done_page("Done", "It is confirmed."))
    return _page(web.message_page("This link is over", _OVER), 410)


async def show_handoff(request: Request, token: str) -> Response:
    """Return the page that stands in for an identity provider."""
    return await run_in_threadpool(_handoff_page, backend_of(request), token)


def _handoff_page(backend: Backend, token: str) -> Response:
    with backend.store.reading() as db:
        challenge = outbox.by_token(backend, db, token, (HANDOFF,))
        if challenge is None or challenge.void or challenge.expires_at <= backend.clock():
            return _page(web.message_page("This link is over", _OVER), 410)
        row = db.get_one(Registration, challenge.registration_id)
        context = RequestContext(backend, db, row, backend.clock())
        name = context.provider.name
        return _page(web.handoff_page(f"/h/{token}", name=name, npi=row.npi, shared=shared(context)))


async def decide(request: Request, token: str) -> Response:
    """Take Allow or Deny from the page that stands in for an identity provider."""
    backend = backend_of(request)
    decision = await _field(request, web.DECISION_FIELD)
    if decision not in ("allow", "deny"):
        return await run_in_threadpool(_handoff_page, backend, token)

    def work(db: Db) -> bool:
        challenge = outbox.by_token(backend, db, token, (HANDOFF,))
        if challenge is None:
            return False
        context = _context(backend, db, challenge)
        done = transitions.finish_outside(context, challenge, allowed=decision == "allow")
        transitions.bump_revision(context)
        return done

    if not await backend.change(work):
        return _page(web.message_page("This link is over", _OVER), 410)
    texts = _ALLOWED if decision == "allow" else _DENIED
    return _page(web.link_done_page(*texts))


_ALLOWED = ("You pressed Allow", "Your proven identity was shared with iPrescribe.")
_DENIED = ("You pressed Deny", "Nothing was shared. The same link lets you press Allow after all, while it lives.")
