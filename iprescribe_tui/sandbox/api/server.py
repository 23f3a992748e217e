"""HTTP application of the sandbox: routes, headers of every response, and failures."""

import gzip
import logging
import secrets
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iprescribe_tui.journey.service_document import CONTRACT, ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api import registrations, sessions_api
from iprescribe_tui.sandbox.api.hosts import KnownHosts
from iprescribe_tui.sandbox.api.openapi import describe, documented
from iprescribe_tui.sandbox.api.origins import OwnPages
from iprescribe_tui.sandbox.api.phone import add_phone, failure_page
from iprescribe_tui.sandbox.api.requests import backend_of, problem_response
from iprescribe_tui.sandbox.api.storage import trouble_of
from iprescribe_tui.sandbox.api.testing_api import add_testing_api
from iprescribe_tui.sandbox.domain import accounts, evidence
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.housekeeping import tidy
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, bad_request, not_found
from iprescribe_tui.sandbox.domain.steps import HANDLERS
from iprescribe_tui.sandbox.store.saved_responses import forget_former

_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")

_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class SecurityHeaders:
    """Middleware that adds the common headers to every response, and reveals nothing of a failure.

    A failure to write is named, since only people at the sandbox's machine can act on it.
    """

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app, self._backend = app, backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": _unquoted(scope["headers"])}
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in present)]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except ClientDisconnect:
            pass  # the client has gone, such as when a photo is stopped on its way
        except Exception as failed:
            refusal = self._logged(failed)
            if not started:
                await _failure(scope["path"], refusal)(scope, receive, with_headers)

    def _logged(self, failed: Exception) -> Refusal:
        """Log a failure; return the refusal for the client."""
        trouble = trouble_of(failed, self._backend.folder, self._backend.store.file)
        # An exception's message may hold what an applicant typed: only its type and place are logged.
        _LOG.error("A request failed: %s%s", f"{trouble} " if trouble else "", where(failed))
        if trouble:
            return trouble.refusal(names_folder=self._backend.names_folder)
        message = "The sandbox failed at this. Nothing was changed. Try again."
        return Refusal(500, "internal", "Something went wrong here", message)


def _unquoted(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return `headers` without quoted cookies, none of which are the sandbox's.

    FastAPI parses the cookies of every request, and Python before 3.12.5 takes seconds for some KB (CVE-2024-7592).
    """
    return [
        (name, b";".join(each for each in value.split(b";") if b'"' not in each) if name == b"cookie" else value)
        for name, value in headers
    ]


def _failure(path: str, refusal: Refusal) -> Response:
    """Return a failure as a page for a phone, or as a problem document."""
    if path.lower().startswith("/p/"):
        return failure_page(refusal)
    return problem_response(ProblemError(refusal))


def where(failed: BaseException) -> str:
    """Return the type of a failure and the lines it came through, without its message."""
    lines = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(failed.__traceback__)]
    return f"{type(failed).__name__} at {' < '.join(reversed(lines[-6:]))}"


def create_app(backend: Backend, sandbox_key: str | None = None) -> FastAPI:
    """Return the application; `sandbox_key` opens the outbox. Add missing seed accounts and tidy the database."""
    app = FastAPI(
        title="iPrescribe registration",
        version=str(CONTRACT),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.backend = backend
    app.state.sandbox_key = sandbox_key or secrets.token_urlsafe(24)
    app.state.service_document, app.state.service_written = None, {}
    hashes = accounts.seed_hashes()
    backend.transact(lambda db: _put_in_order(backend, db, hashes))
    _add_routes(app)
    add_testing_api(app)
    add_phone(app)
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    _add_middleware(app, backend)
    return app


def create_phone_app(backend: Backend) -> FastAPI:
    """Return an application with the pages for phones and nothing else."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.backend = backend
    add_phone(app)
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(HTTPException, _http)
    _add_middleware(app, backend)
    return app


def _add_middleware(app: FastAPI, backend: Backend) -> None:
    """Add the middleware; the last one added sees a request first."""
    urls = (backend.public_url, backend.phone_url)
    app.add_middleware(OwnPages, urls=urls)
    app.add_middleware(KnownHosts, urls=urls)
    app.add_middleware(SecurityHeaders, backend=backend)


def _put_in_order(backend: Backend, db: Session, hashes: Mapping[str, str]) -> None:
    """Insert what exists from the start, and delete what former versions and killed processes left."""
    forget_former(db)
    tidy(backend, db)
    accounts.seed(db, backend.registry, hashes, backend.clock())
    evidence.sweep(backend, db)


def _add_routes(app: FastAPI) -> None:
    one = "/v1/registrations/{registration_id}"
    app.add_api_route("/v1/service", service, methods=["GET"], **documented("service"))
    app.add_api_route("/v1/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    app.add_api_route("/v1/registrations", registrations.start, methods=["POST"], **documented("start"))
    app.add_api_route(one, registrations.look, methods=["GET"], **documented("look"))
    app.add_api_route(f"{one}/back", registrations.back, methods=["POST"], **documented("back"))
    app.add_api_route(
        f"{one}/evidence/{{slot}}", registrations.put_evidence, methods=["PUT"], **documented("put_evidence")
    )
    app.add_api_route(f"{one}/handoffs", registrations.hand_off, methods=["POST"], **documented("hand_off"))
    for step, handler in HANDLERS.items():
        if step is not Step.DONE:
            answering = registrations.submitting(step)
            app.add_api_route(f"{one}/steps/{step}", answering, methods=["POST"], **documented("submit", step))
        if handler.resend is not None:
            again = registrations.resending(step)
            app.add_api_route(f"{one}/steps/{step}/resend", again, methods=["POST"], **documented("resend", step))
    app.add_api_route("/v1/sessions", sessions_api.sign_in, methods=["POST"], **documented("sign_in"))
    app.add_api_route("/v1/sessions/current", sessions_api.sign_out, methods=["DELETE"], **documented("sign_out"))
    app.add_api_route("/v1/tokens", sessions_api.rotate, methods=["POST"], **documented("rotate"))
    app.add_api_route("/v1/support-requests", sessions_api.request_support, methods=["POST"], **documented("support"))


async def service(request: Request) -> Response:
    """What the backend says of itself."""
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    kept: dict[bool, bytes] = request.app.state.service_written
    document = backend_of(request).service
    if request.app.state.service_document is not document:
        request.app.state.service_document = document
        kept.clear()
    body = kept.get(is_packed) or kept.setdefault(is_packed, _written(document, is_packed=is_packed))
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"} if is_packed else {}
    return Response(body, headers=headers, media_type="application/json")


def _written(document: ServiceDocument, *, is_packed: bool) -> bytes:
    """Return the service document as JSON, which is the same for all clients."""
    body = document.model_dump_json().encode()
    # With all its lists it would take half a minute over a line of 2 KB/s. Nothing in it is secret.
    return gzip.compress(body, mtime=0) if is_packed else body


async def openapi(request: Request) -> Response:
    """Return the OpenAPI document of this API."""
    return Response(describe(request.app), media_type="application/json")


async def _refused(request: Request, failed: Exception) -> Response:
    if not isinstance(failed, ProblemError):
        raise failed
    return problem_response(failed)


async def _http(request: Request, failed: Exception) -> Response:
    status: Any = getattr(failed, "status_code", 500)
    if status == 405:
        return problem_response(bad_request("method_not_allowed", "This address takes another method.", 405))
    return problem_response(not_found())


async def _invalid(request: Request, failed: Exception) -> Response:
    return problem_response(bad_request("unreadable", "A part of the address cannot be read."))
