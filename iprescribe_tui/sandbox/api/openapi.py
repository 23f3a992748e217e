"""OpenAPI 3.1 document of the wire; `python -m iprescribe_tui.sandbox.api.write_openapi` rewrites `openapi.json`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from iprescribe_tui.journey import forms, views
from iprescribe_tui.journey.service_document import LISTS, ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.limits import PHOTOS
from iprescribe_tui.sandbox.domain.message_limits import CODES, SUPPORT
from iprescribe_tui.sandbox.domain.outbox import Outbox

FILE: Final = Path(__file__).parent / "openapi.json"

_REFERENCE: Final = "#/components/schemas/{model}"
_VIEWS: Final = ("FormView", "WaitingView", "HandoffView", "LockedView", "EndedView", "DoneView")
_STEP_VIEW: Final = {
    "oneOf": [{"$ref": _REFERENCE.format(model=name)} for name in _VIEWS],
    "discriminator": {
        "propertyName": "kind",
        "mapping": {name.removesuffix("View").lower(): _REFERENCE.format(model=name) for name in _VIEWS},
    },
}
_MODELS: Final[tuple[type[BaseModel], ...]] = (
    *(step.form for step in Step),
    *(getattr(views, name) for name in _VIEWS),
    *(forms.SignInForm, forms.SupportRequestForm),
    *(views.Problem, views.Session, views.Tokens, views.TokenRequest, views.BackRequest),
    *(views.Evidence, views.SupportReceipt, ServiceDocument, Outbox),
)
_STATUS_TEXTS: Final = {
    200: "Done.",
    201: "It was made.",
    204: "Done; there is nothing to say.",
    400: "The request cannot be understood, or lacks a header.",
    401: (
        "There is no token, or it opens nothing any more; at a sign-in, username and password do not go together. With "
        "the code `session_replaced`, another terminal started with the same NPI before there was a username; with "
        "`session_changed`, another session set a password, second factor or recovery code; with "
        "`session_started_over`, it started the registration over; with `token_reused`, a refresh token was used twice."
    ),
    403: "The sandbox's key is missing or wrong.",
    404: "There is nothing here, or it is somebody else's.",
    409: "It is not the time for this: another step is due, or the view has changed meanwhile.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "The answers need another look; `errors` says which, and why.",
    428: "If-Match is missing.",
    429: (
        "Too early, or locked after too many tries; with the code `too_many_messages`, too much was sent to this "
        f"address or number, by this sender, or in all, and with `too_many_photos`, for one NPI more than "
        f"{PHOTOS.tries} photos in 10 minutes. {CODES}"
    ),
    500: "The sandbox failed, or whatever else went wrong.",
    503: "The NPI registry does not answer, or too many people sign in just now.",
    507: (
        "The backend cannot write: its disk is full or read-only. Nothing was changed. The code is "
        "`insufficient_storage`; any request may be answered so."
    ),
}


def _header(name: str, what: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": what, "schema": schema}


_REVISION: Final = {"type": "string", "pattern": '^"[0-9]{1,9}"$'}
_KEY: Final = _header(
    "Idempotency-Key",
    "Drawn from 128 random bits for what is meant once. The same key with the same body, secrets left aside, gets the "
    "first answer again for 24 hours, with another body it is refused (422); each session has its own keys. A sign-in "
    "is proven again each time. What is sent without a session counts each time under a key of fewer than 22 "
    "characters: a start, a sign-in, a request to support. A start that has moved on is not repeated.",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    required=True,
)
_IF_MATCH: Final = _header("If-Match", "The revision of the view that is answered.", _REVISION, required=True)
_IF_NONE_MATCH: Final = _header("If-None-Match", "The revision that the client has: 304 while it is this.", _REVISION)
_PREFER: Final = _header(
    "Prefer",
    "With If-None-Match, wait=N waits up to N seconds, at most 25, for another revision (RFC 7240).",
    {"type": "string", "examples": ["wait=25"]},
)
_DIGEST: Final = _header(
    "Content-Digest", "The photo's sha-256 (RFC 9530).", {"type": "string", "examples": ["sha-256=:…:"]}, required=True
)

_SANDBOX_KEY: Final = _header(
    "Sandbox-Key", "The key that the sandbox printed when it started.", {"type": "string"}, required=True
)

_OFTEN: Final = (400, 413, 415)


@dataclass(frozen=True)
class Operation:
    """One call: its texts, body, result, headers, and the statuses of its refusals."""

    summary: str
    status: int = 200
    body: str = ""
    result: str = ""
    headers: tuple[dict[str, Any], ...] = ()
    problems: tuple[int, ...] = ()
    open: bool = False
    description: str = ""


OPERATIONS: Final = {
    "service": Operation("What the backend says of itself", result="ServiceDocument", open=True),
    "start": Operation(
        "Begin a registration with an NPI", 201, "NpiForm", "Session", (_KEY,), (*_OFTEN, 409, 422, 503), open=True
    ),
    "look": Operation(
        "The view; with Prefer: wait, as soon as it is another one",
        result="StepView",
        headers=(_IF_NONE_MATCH, _PREFER),
        problems=(401, 404),
    ),
    "submit": Operation(
        "Answer", result="StepView", headers=(_KEY, _IF_MATCH), problems=(*_OFTEN, 401, 404, 409, 422, 428, 429, 503)
    ),
    "resend": Operation(
        "Have the code or link sent again:",
        result="StepView",
        headers=(_KEY,),
        problems=(*_OFTEN, 401, 404, 409, 422, 429),
    ),
    "back": Operation(
        "Go back one step, or to a step that the view offers, or to npi: start over",
        body="BackRequest",
        result="StepView",
        headers=(_KEY, _IF_MATCH),
        problems=(*_OFTEN, 401, 404, 409, 422, 428, 429),
    ),
    "put_evidence": Operation(
        "Send a photo, as it is",
        result="Evidence",
        headers=(_DIGEST,),
        problems=(400, 401, 404, 409, 413, 422, 429),
    ),
    "hand_off": Operation(
        "A short URL under which a phone takes the photos of this step; the one before opens nothing any more",
        result="StepView",
        headers=(_KEY,),
        problems=(*_OFTEN, 401, 404, 409, 422, 429),
    ),
    "sign_in": Operation(
        "Sign in, to go on where the registration is",
        body="SignInForm",
        result="Session",
        headers=(_KEY,),
        problems=(*_OFTEN, 401, 422, 429, 503),
        open=True,
    ),
    "sign_out": Operation("Sign out: the session's tokens open nothing any more", 204, problems=(401,)),
    "rotate": Operation(
        "A new pair of tokens for a refresh token, which is used up",
        body="TokenRequest",
        result="Tokens",
        headers=(_KEY,),
        problems=(*_OFTEN, 401, 422),
        open=True,
    ),
    "support": Operation(
        "Ask support",
        201,
        "SupportRequestForm",
        "SupportReceipt",
        (_KEY,),
        (*_OFTEN, 422, 429),
        open=True,
        description=SUPPORT,
    ),
    "outbox": Operation(
        "Only in a sandbox: the messages that it sent, newest first",
        result="Outbox",
        headers=(_SANDBOX_KEY,),
        problems=(403,),
        open=True,
    ),
    "follow": Operation(
        "Only in a sandbox: open the link of a message, as on a phone",
        204,
        headers=(_SANDBOX_KEY,),
        problems=(403, 404, 409),
        open=True,
    ),
}


def documented(name: str, step: Step | None = None) -> dict[str, Any]:
    """Return the arguments of `add_api_route` for an operation; with `step`, for an operation of one step."""
    operation = OPERATIONS[name]
    body = step.form.__name__ if step and name == "submit" else operation.body
    extra: dict[str, Any] = {"parameters": list(operation.headers)}
    if body:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": _schema(body)}}}
    if name == "put_evidence":
        binary = {"schema": {"type": "string", "format": "binary"}}
        extra["requestBody"] = {"required": True, "content": {"image/jpeg": binary, "image/png": binary}}
    if not operation.open:
        extra["security"] = [{"bearer": []}]
    return {
        "summary": f"{operation.summary} “{step.heading}”" if step else operation.summary,
        "description": operation.description or None,
        "operation_id": f"{name}_{step.value}" if step else name,
        "status_code": operation.status,
        "responses": dict(_responses(name, operation)),
        "openapi_extra": extra,
    }


def _schema(model: str) -> dict[str, Any]:
    return {"$ref": _REFERENCE.format(model=model)}


def _responses(name: str, operation: Operation) -> Iterator[tuple[int | str, dict[str, Any]]]:
    good: dict[str, Any] = {"description": _STATUS_TEXTS[operation.status]}
    if operation.result:
        good["content"] = {"application/json": {"schema": _schema(operation.result)}}
    revision = {"ETag": {"description": "The revision of the view.", "schema": _REVISION}}
    if operation.result in ("StepView", "Session"):
        good["headers"] = revision
    yield operation.status, good
    if name == "look":
        yield 304, {"description": "The client's revision is still the last one.", "headers": revision}
    for status in operation.problems:
        yield status, {"description": _STATUS_TEXTS[status]}
    yield 507, {"description": _STATUS_TEXTS[507]}
    yield "default", {"description": _STATUS_TEXTS[500]}


def _problem(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _STATUS_TEXTS[status],
        "content": {"application/problem+json": {"schema": _schema("Problem")}},
    }
    if status in (429, 503):
        wait = {"description": "Seconds until it is worth trying again.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": wait}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}}
    return response


def describe(app: FastAPI) -> str:
    """Return the document as JSON, built once per application."""
    if not hasattr(app.state, "document"):
        app.state.document = _described(app)
    document: str = app.state.document
    return document


def _described(app: FastAPI) -> str:
    document = app.openapi()
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    components["responses"] = {f"Problem{status}": _problem(status) for status in _STATUS_TEXTS if status >= 400}
    schemas = components.setdefault("schemas", {})
    _, defined = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REFERENCE)
    schemas.update(defined["$defs"])
    schemas["StepView"] = _STEP_VIEW
    lists = schemas["ServiceDocument"]["properties"]["lists"]
    lists["properties"] = {
        name: {**lists["additionalProperties"], "minItems": 1, "description": what} for name, what in LISTS.items()
    }
    lists["required"] = list(LISTS)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            _tidy(operation)
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _tidy(operation: dict[str, Any]) -> None:
    """Replace refusals by references, and remove responses that FastAPI adds and the sandbox never sends."""
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        del responses["422"]
    for status, response in responses.items():
        if status == "default" or int(status) >= 400:
            known = 500 if status == "default" else status
            responses[status] = {"$ref": f"#/components/responses/Problem{known}"}
        elif response.get("content", {}).get("application/json", {}).get("schema") == {}:
            del response["content"]
