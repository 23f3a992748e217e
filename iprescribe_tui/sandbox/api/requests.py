"""Reading of requests and writing of responses: bodies with a cap, headers of the contract, problem documents."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel

from iprescribe_tui.journey.form import open_fields
from iprescribe_tui.sandbox.api.idempotency import IdempotentCall, SavedResponse, is_unguessable
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.problems import ProblemError, bad_request, unauthorized
from iprescribe_tui.sandbox.store.saved_responses import DIGEST_MARK

MOST_JSON: Final = 8 * 1024
"""Bytes of a body: a form takes a few hundred, or thousands if a name has many combining marks."""
MOST_MESSAGE: Final = 16 * 1024
"""Bytes of a body with a message to support, which has up to 2,000 characters of up to four bytes."""
LONGEST_WAIT: Final = 25

_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
_REVISION: Final = re.compile(r'"(\d{1,9})"')
_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:[,;]|$)", re.IGNORECASE)


def backend_of(request: Request) -> Backend:
    """Return the backend that the application works with."""
    backend: Backend = request.app.state.backend
    return backend


async def read_capped(request: Request, most: int = MOST_JSON) -> bytes:
    """Return the body. Raises ProblemError (413) once it exceeds `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise bad_request("too_large", f"A request holds at most {most // 1024} KiB.", 413)
    return bytes(body)


async def read_json(request: Request, most: int = MOST_JSON) -> dict[str, Any]:
    """Return the body as a JSON object; {} for an empty body. Raises ProblemError (400, 413, 415)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_capped(request, most)
    if not body:
        return {}
    if kind != "application/json":
        raise bad_request("not_json", "Send JSON, with Content-Type: application/json.", 415)
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("unreadable", "The body cannot be read as JSON.") from None
    if not isinstance(parsed, dict):
        raise bad_request("unreadable", "The body must be a JSON object.")
    return parsed


def call_of(
    request: Request, form: type[BaseModel] | None = None, answers: Mapping[str, object] | None = None
) -> IdempotentCall:
    """Return the request as an idempotent call, not yet a session's. Raises ProblemError (400) without a valid key.

    Its digest cannot confirm guessed secrets: of `answers`, only fields of `form` that are not secret count, and it is
    made with the key in memory. The key is digested too, since it may open the response again.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise bad_request(
            "idempotency_key_missing", "Every POST needs an Idempotency-Key: any unique text, say a UUID."
        )
    if not _KEY.fullmatch(key):
        raise bad_request("idempotency_key_unreadable", "An Idempotency-Key is 1 to 128 ASCII characters, no spaces.")
    named = open_fields(form) if form else frozenset()
    open_values = {name: _value_for_digest(value) for name, value in (answers or {}).items() if name in named}
    what = json.dumps([request.url.path, open_values], sort_keys=True).encode()
    backend = backend_of(request)
    with_memory = backend.memory_key.digest
    return IdempotentCall(
        request.url.path,
        backend.key.digest("request key", key.encode()),
        f"{DIGEST_MARK}{with_memory('key of requests', b'')}:{with_memory('request', what)}",
        is_anyones=not is_unguessable(key),
    )


def _value_for_digest(value: object) -> object:
    """Return a value as it counts for a digest: only the type of a list or object, which could hold anything."""
    return value if value is None or isinstance(value, str | int | float) else type(value).__name__


def bearer(request: Request) -> str:
    """Return the access token. Raises ProblemError (401) if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized()
    return token.strip()


def matched_revision(request: Request) -> int:
    """Return the revision in `If-Match`. Raises ProblemError: missing (428), malformed (400)."""
    header = request.headers.get("if-match")
    if header is None:
        raise bad_request("revision_missing", 'If-Match must give the revision of the view, such as "7".', 428)
    found = _REVISION.fullmatch(header.strip())
    if found is None:
        raise bad_request("revision_unreadable", 'If-Match must be the revision of the view in quotes, such as "7".')
    return int(found[1])


def known_revision(request: Request) -> int | None:
    """Return the revision in `If-None-Match`; None if it is missing or malformed."""
    found = _REVISION.fullmatch(request.headers.get("if-none-match", "").strip().removeprefix("W/"))
    return int(found[1]) if found else None


def preferred_wait(request: Request) -> int:
    """Return the seconds that the client would wait for a change (`Prefer: wait=25`, RFC 7240), at most 25."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(found[1]), LONGEST_WAIT) if found else 0


def written(response: SavedResponse) -> Response:
    """Return a response of the API as one of HTTP."""
    body = response.body.model_dump_json().encode() if response.body is not None else b""
    media_type = "application/json" if response.body is not None else None
    return Response(body, response.status, dict(response.headers), media_type)


def problem_response(refused: ProblemError) -> Response:
    """Return a refusal as an HTTP response (RFC 9457)."""
    refusal = refused.refusal
    headers: dict[str, str] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.current is not None:
        headers |= etag(refused.current.revision)
    body = refusal.problem(refused.current).model_dump_json().encode()
    return Response(body, refusal.status, headers, "application/problem+json")


def etag(revision: int) -> Mapping[str, str]:
    """Return the header that names a revision."""
    return {"ETag": f'"{revision}"'}
