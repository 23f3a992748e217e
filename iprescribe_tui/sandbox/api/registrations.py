"""Calls on registrations: start, look, submit, go back, resend, hand off, send a photo."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session as Db

from iprescribe_tui.journey.forms import NpiForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import BackendView, BackRequest, Evidence, Session
from iprescribe_tui.sandbox.api.idempotency import IdempotentCall, SavedResponse, key_reused, once
from iprescribe_tui.sandbox.api.requests import (
    backend_of,
    bearer,
    call_of,
    etag,
    known_revision,
    matched_revision,
    preferred_wait,
    read_json,
    written,
)
from iprescribe_tui.sandbox.domain import evidence, id_scan, sessions, transitions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.checking import checked_ahead
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.current_view import view_of
from iprescribe_tui.sandbox.domain.message_limits import client_of
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, form_of, not_found, refused, wrong
from iprescribe_tui.sandbox.domain.slow import Known
from iprescribe_tui.sandbox.domain.steps import account
from iprescribe_tui.sandbox.store.saved_responses import forget_old
from iprescribe_tui.sandbox.store.tables import Registration, TokenFamily

_LOOK_EVERY = 1.0
"""Seconds between two looks of a waiting call: another process may make the change, or the session may end."""


def context_for(backend: Backend, db: Db, registration_id: str, token: str, *, writing: bool) -> RequestContext:
    """Return the registration that an access token opens.

    Raises ProblemError: no valid token (401), any other id (404).
    """
    now = backend.clock()
    family = sessions.family_of(db, token, now)
    if family.registration_id != registration_id:
        raise not_found()
    row = db.get(Registration, registration_id, with_for_update=writing, populate_existing=writing)
    if row is None:
        raise not_found()
    return RequestContext(backend, db, row, now, session=family.id)


def session_response(context: RequestContext, status: int, family_id: str = "") -> SavedResponse:
    """Return a view with tokens of a new session, or of session `family_id`.

    Raises ProblemError (401) if that is closed.
    """
    if family_id:
        _, tokens = sessions.reopen_session(context.db, family_id, context.now)
    else:
        family_id, tokens = sessions.open_session(context.db, context.registration.id, context.now)
    context.session = family_id
    transitions.show_secrets_anew(context)
    transitions.bump_revision(context)
    view = view_of(context)
    headers = {**etag(view.revision), "Location": f"/v1/registrations/{context.registration.id}"}
    return SavedResponse(status, Session(view=view, tokens=tokens), headers, family_id)


def view_response(view: BackendView) -> SavedResponse:
    """Return the response with a view and its revision."""
    return SavedResponse(200, view, etag(view.revision), view.registration)


async def start(request: Request) -> Response:
    """Begin a registration with an NPI."""
    backend = backend_of(request)
    answers = await read_json(request)
    call = call_of(request, NpiForm, answers)
    form = form_of(NpiForm, answers)

    def work(db: Db) -> SavedResponse:
        now = backend.clock()
        forget_old(db, now)
        sessions.forget_expired(db, now)

        def begin() -> SavedResponse:
            context = transitions.open_registration(backend, db, form, now)
            response = session_response(context, 201)
            return replace(response, subject=f"{response.subject} {context.registration.revision}")

        def again(subject: str) -> SavedResponse:
            family_id, revision = subject.split()
            family = db.get(TokenFamily, family_id)
            row = db.get(Registration, family.registration_id) if family else None
            if row is None:
                raise not_found()
            if row.username_key is not None:
                # An NPI is no secret, so repeating the request must not open what has become an applicant's account.
                raise account.already_registered(row.npi)
            if row.revision != int(revision):
                # The first response has arrived, so a repetition need not come from the client that got it.
                raise key_reused("The registration that was begun with this Idempotency-Key has moved on.")
            return replace(session_response(RequestContext(backend, db, row, now), 201, family_id), subject=subject)

        return once(db, call, now, begin, again)

    return written(await backend.change(work))


async def look(request: Request, registration_id: str) -> Response:
    """The view; with `If-None-Match` and `Prefer: wait`, as soon as it is another one."""
    backend, token = backend_of(request), bearer(request)
    known, wait = known_revision(request), preferred_wait(request)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    applied = {"Preference-Applied": f"wait={wait}"} if wait else {}
    while True:
        changed = backend.changes.next(registration_id)
        found = await backend.look(lambda db: _look(backend, db, registration_id, token, known))
        if not isinstance(found, float):
            response = view_response(found)
            return written(SavedResponse(200, response.body, {**response.headers, **applied}))
        if loop.time() >= deadline or backend.changes.is_over or await request.is_disconnected():
            return written(SavedResponse(304, None, {**etag(known or 0), **applied}))
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), min(found, deadline - loop.time()))


def _look(backend: Backend, db: Db, registration_id: str, token: str, known: int | None) -> BackendView | float:
    """Return the view, or if the client has it, the seconds until the next look."""
    context = context_for(backend, db, registration_id, token, writing=False)
    transitions.expire(context)
    row = context.registration
    if row.revision != known:
        return view_of(context)
    return min(_LOOK_EVERY, (row.changes_at - context.now).total_seconds()) if row.changes_at else _LOOK_EVERY


async def change(
    request: Request,
    registration_id: str,
    effect: Callable[[RequestContext, dict[str, Any]], None],
    *,
    matching: bool,
    form: type[BaseModel] | None = None,
    ahead: Callable[[Backend, Mapping[str, Any]], Known] | None = None,
) -> Response:
    """Apply `effect` to a registration once; with `matching`, only to the revision in If-Match. Raises ProblemError.

    `form` tells which of the answers are secret; `ahead` does what can be done before the transaction.
    """
    backend, token = backend_of(request), bearer(request)
    revision = matched_revision(request) if matching else None
    answers = await read_json(request)
    call = call_of(request, form, answers)
    known = await run_in_threadpool(ahead, backend, answers) if ahead else None

    def work(db: Db) -> SavedResponse:
        context = context_for(backend, db, registration_id, token, writing=True)
        context.client = client_of(request)
        own = call.owned_by(f"{registration_id} {context.session}")
        try:
            return _changed(context, own, revision, lambda: effect(context, answers))
        except ProblemError as problem:
            transitions.bump_revision(context)
            if problem.with_current or context.dirty:
                problem.current = view_of(context)
            raise

    return written(await backend.change(work, known))


def _changed(
    context: RequestContext, call: IdempotentCall, revision: int | None, effect: Callable[[], None]
) -> SavedResponse:
    def work() -> SavedResponse:
        is_newer = transitions.expire(context)
        if revision is not None and revision != context.registration.revision:
            message = "Something happened here meanwhile. What you see now is where you are."
            raise refused(409, "stale", "This has changed meanwhile", detail=message)
        try:
            effect()
        except ProblemError as problem:  # repeated to a client that missed it, it shows the current view as well
            problem.with_current = problem.with_current or is_newer or context.dirty
            raise
        transitions.bump_revision(context)
        return view_response(view_of(context))

    return once(context.db, call, context.now, work, lambda _: view_response(view_of(context)))


def submitting(step: Step) -> Callable[[Request, str], Any]:
    """Return the handler that answers `step`."""

    async def submit(request: Request, registration_id: str) -> Response:
        def effect(context: RequestContext, answers: dict[str, Any]) -> None:
            transitions.submit(context, step, answers)

        def ahead(backend: Backend, answers: Mapping[str, Any]) -> Known:
            return checked_ahead(backend, step, answers)

        return await change(request, registration_id, effect, matching=True, form=step.form, ahead=ahead)

    return submit


def resending(step: Step) -> Callable[[Request, str], Any]:
    """Return the handler that resends the code or link of `step`, at any revision: it may have just expired."""

    async def resend(request: Request, registration_id: str) -> Response:
        def effect(context: RequestContext, answers: dict[str, Any]) -> None:
            transitions.resend(context, step)

        return await change(request, registration_id, effect, matching=False)

    return resend


async def back(request: Request, registration_id: str) -> Response:
    """Go back: one step, or to a step that the view offers."""

    def effect(context: RequestContext, answers: dict[str, Any]) -> None:
        try:
            asked = BackRequest.model_validate(answers)
        except ValidationError:
            raise wrong("invalid", {"to": "This is not a step."}) from None
        transitions.back(context, asked.to)

    return await change(request, registration_id, effect, matching=True, form=BackRequest)


async def hand_off(request: Request, registration_id: str) -> Response:
    """Make a link under which a phone takes the photos of this step; the one before it opens nothing any more."""
    return await change(
        request, registration_id, lambda context, answers: transitions.hand_off(context), matching=False
    )


async def put_evidence(request: Request, registration_id: str, slot: str) -> Response:
    """Take in a photo for the step at which the registration is."""
    backend, token = backend_of(request), bearer(request)
    if slot not in evidence.SLOTS:
        raise not_found()

    def allowed() -> None:
        with backend.store.reading() as db:
            context = context_for(backend, db, registration_id, token, writing=False)
            _may_send(context, slot)
            evidence.refuse_many(backend, db, context.registration.npi)

    await run_in_threadpool(allowed)
    announced = evidence.digest_of(request.headers.get("content-digest"))
    folder = evidence.folder_of(backend)
    received = await evidence.receive(request.stream(), slot, announced, backend.service.photos.of(slot), folder)

    def work(db: Db) -> Evidence:
        context = context_for(backend, db, registration_id, token, writing=True)
        _may_send(context, slot)
        if kept := evidence.kept_already(db, registration_id, slot, photo.digest):
            return kept
        id_scan.remember(context, slot, photo)
        return evidence.keep(backend, db, registration_id, slot, photo)

    try:
        photo = await evidence.examine(backend, registration_id, slot, received)
        kept = await backend.change(work)
    except BaseException:
        (folder / received.id).unlink(missing_ok=True)
        raise
    if kept.id != received.id:
        (folder / received.id).unlink(missing_ok=True)
    return written(SavedResponse(200, kept))


def _may_send(context: RequestContext, slot: str) -> None:
    row = context.registration
    if row.step != evidence.SLOTS[slot] or row.lock_at(context.now) or context.state.failed:
        message = "This photo is not asked for now. Go on with the step that is shown."
        raise ProblemError(Refusal(409, "wrong_step", "This photo is not asked for now", message))
