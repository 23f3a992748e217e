"""Pages that a phone opens to take a step's photos, and what happens to the forms that it sends."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import parse_options_header
from sqlalchemy.orm import Session as Db
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.api.phone import page
from iprescribe_tui.sandbox.api.phone.page import PhotosPageState
from iprescribe_tui.sandbox.api.requests import backend_of
from iprescribe_tui.sandbox.domain import evidence, handoffs, transitions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.evidence import ReceivedPhoto
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, bad_request
from iprescribe_tui.sandbox.store.tables import Handoff, Registration
from iprescribe_tui.system.wording import amount

_FORM_BYTES: Final = 64 * 1024
"""Bytes of a form besides its photos."""

_LONGEST_END: Final = 256
"""Bytes in which the end of a form lies: a boundary has at most 70 (RFC 2046 §5.1.1), and little comes after it."""

_PIECE: Final = 256 * 1024


def add_phone(app: FastAPI) -> None:
    """Add the pages to `app`: in uppercase, as in the QR code, and in lowercase, as people type."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # its warnings contain bytes of the request
    for path in ("/P/{code}", "/p/{code}"):
        app.add_api_route(path, show, methods=["GET"], include_in_schema=False)
        app.add_api_route(path, take, methods=["POST"], include_in_schema=False)


async def show(request: Request, code: str) -> Response:
    """Return the page with the photos received so far; link previews request it too, so nothing is noted."""
    backend = backend_of(request)

    def shown() -> str:
        with backend.store.reading() as db:
            found = _found(backend, db, code)
            return page.photos_page(_page_state(db, found[1])) if found else page.over_page()

    return _answered(await run_in_threadpool(shown))


async def take(request: Request, code: str) -> Response:
    """Take a form: page opened, kind of document, photos, photo to send anyway, or cancellation."""
    backend = backend_of(request)
    registration_id, slots = await run_in_threadpool(_slots, backend, code)
    if not slots:  # the body for a wrong code is not even read
        return _answered(page.over_page())
    try:
        form = await _form(request, sum(backend.service.photos.of(slot).max_bytes for slot in slots) + _FORM_BYTES)
    except ProblemError as problem:
        title = "This is too large" if problem.refusal.status == 413 else "This can't be read"
        return _answered(page.message_page(title, problem.refusal.detail))
    try:
        action = next((name for name in ("opened", "cancel") if name in form), "")
        sent = Sent({}, {}) if action else await _photos(backend, registration_id, form, slots)
    finally:
        await form.close()
    try:
        html = await backend.change(lambda db: _taken(backend, db, code, sent, action))
    except BaseException:
        sent.discard(backend)
        raise
    return _answered(html)


@dataclass(frozen=True)
class Sent:
    """Outcome of the photos in a form, by slot: `received` may stay, `errors` has the errors of the others.

    `kind` is the kind of document chosen; `despite` the slot of an earlier photo to send in spite of doubts, or "".
    """

    received: Mapping[str, ReceivedPhoto]
    errors: Mapping[str, str]
    kind: str = ""
    despite: str = ""

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """Return JPEG copies of the photos by slot, shown only to the phone that has just sent them."""
        return {slot: photo.picture for slot, photo in self.received.items() if photo.picture}

    def discard(self, backend: Backend) -> None:
        """Delete the files of the received photos."""
        for received in self.received.values():
            (evidence.folder_of(backend) / received.id).unlink(missing_ok=True)


def _answered(html: str) -> Response:
    """Return a page, with status 404 if it is the one for codes that open nothing."""
    status = 404 if html == page.over_page() else 200
    return Response(html, status, page.HEADERS, "text/html; charset=utf-8")


def failure_page(refusal: Refusal) -> Response:
    """Return the page that a phone shows for a failure."""
    html = page.message_page(refusal.title, refusal.detail)
    return Response(html, refusal.status, page.HEADERS, "text/html; charset=utf-8")


def _found(backend: Backend, db: Db, code: str, *, writing: bool = False) -> tuple[RequestContext, Handoff] | None:
    """Return what a code opens, or None; with `writing`, locked until the transaction ends."""
    row = handoffs.by_code(backend, db, code)
    if row is None:
        return None
    registration = db.get_one(Registration, row.registration_id, with_for_update=writing, populate_existing=writing)
    context = RequestContext(backend, db, registration, backend.clock(), session=handoffs.session_of(registration))
    again = handoffs.by_code(backend, db, code)  # it may have been canceled while this waited for the lock
    return (context, again) if again is not None and handoffs.is_open(context, again) else None


def _slots(backend: Backend, code: str) -> tuple[str, tuple[str, ...]]:
    """Return the registration that a code opens, and the slots that it asks for; none for a wrong code."""
    with backend.store.reading() as db:
        found = _found(backend, db, code)
        if found is None:
            return "", ()
        context, row = found
        return context.registration.id, tuple(slot for slot, step in evidence.SLOTS.items() if step.value == row.step)


def _page_state(db: Db, row: Handoff, pictures: Mapping[str, bytes] | None = None) -> PhotosPageState:
    return PhotosPageState(
        step=STEPS[row.step],
        kind=row.document,
        received=handoffs.arrived(db, row),
        missing=tuple(handoffs.missing(db, row)),
        errors=row.errors,
        doubts=handoffs.doubted(db, row),
        pictures=pictures or {},
    )


async def _form(request: Request, most: int) -> FormData:
    """Return the form, its files spooled to unnamed ones. Raises ProblemError (400, 413)."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        return FormData()
    # A form is in UTF-8 (RFC 7578 §5.1.2). Of Python's other codecs, some fail on most text, and some are slow.
    if options.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise _unreadable()
    end = b"--" + options.get(b"boundary", b"") + b"--"

    async def capped() -> AsyncGenerator[bytes, None]:
        size, tail = 0, b""
        async for chunk in request.stream():
            size += len(chunk)
            tail = (tail + chunk)[-_LONGEST_END:]
            if size > most:
                raise bad_request("too_large", f"At most {amount(most)} can be sent at once.", 413)
            yield chunk
        if end not in tail:  # the parser closes its files if this fails, but not that of an unfinished photo
            raise _unreadable()

    try:
        return await MultiPartParser(request.headers, capped(), max_files=3, max_fields=6).parse()
    except MultiPartException:
        raise _unreadable() from None


def _unreadable() -> ProblemError:
    return bad_request("unreadable", "What was sent cannot be read. Go back and send it again.")


async def _photos(backend: Backend, registration_id: str, form: FormData, slots: tuple[str, ...]) -> Sent:
    """Check the photos as if they came from a terminal, with the same messages."""
    received: dict[str, ReceivedPhoto] = {}
    errors: dict[str, str] = {}
    folder, policies = evidence.folder_of(backend), backend.service.photos
    for slot in slots:
        file = form.get(slot)
        if not isinstance(file, UploadFile) or not file.filename:
            continue
        digest = await _digest(file)
        try:
            photo = await evidence.receive(_pieces(file), slot, digest, policies.of(slot), folder)
            received[slot] = await evidence.examine(backend, registration_id, slot, photo)
        except ProblemError as problem:
            errors[slot] = problem.refusal.errors.get(slot, problem.refusal.detail)
        except (Exception, asyncio.CancelledError):
            Sent(received, errors).discard(backend)
            raise
    return Sent(received, errors, _text(form, "kind"), _text(form, "despite"))


def _text(form: FormData, name: str) -> str:
    """Return a field's text, "" if it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while piece := await file.read(_PIECE):
        yield piece


async def _digest(file: UploadFile) -> bytes:
    running = hashlib.sha256()
    async for piece in _pieces(file):
        running.update(piece)
    return running.digest()


def _taken(backend: Backend, db: Db, code: str, sent: Sent, action: str) -> str:
    """Store what was sent, submit the step once complete, and return the next page.

    `action` is "opened" for a page that was only opened, "cancel" for a cancellation, else "".
    """
    found = _found(backend, db, code, writing=True)
    if found is None:
        sent.discard(backend)
        return page.over_page()
    context, row = found
    handoffs.opened(context, row)
    if action == "opened":
        html = page.photos_page(_page_state(db, row))
    elif action == "cancel":
        handoffs.canceled(context, row)
        html = page.message_page("Canceled", "Nothing was kept. You can go back to your terminal.")
    else:
        handoffs.bring(context, row, _known(row, sent.kind), sent.received, sent.errors)
        if sent.despite not in (*sent.received, *sent.errors):  # a photo sent just now has not been seen on the page
            handoffs.send_despite(context, row, sent.despite)
        is_open = handoffs.missing(db, row) or sent.errors
        html = page.photos_page(_page_state(db, row, sent.pictures)) if is_open else _finished(context, row)
    transitions.bump_revision(context)
    return html


def _known(row: Handoff, kind: str) -> str:
    """Return the kind of document that was chosen; "" for an unknown one."""
    return kind if row.step == Step.DOCUMENT and kind in page.KINDS else ""


def _finished(context: RequestContext, row: Handoff) -> str:
    """Submit the step with the phone's photos; return the last page, or one that asks again."""
    step = STEPS[row.step]
    answers = {**row.received, **({"kind": row.document} if step is Step.DOCUMENT else {})}
    try:
        transitions.submit(context, step, answers)
    except ProblemError as problem:
        if context.registration.locked_until:
            handoffs.close(context)
            return page.message_page(problem.refusal.title, f"{problem.refusal.detail} Your terminal says until when.")
        handoffs.refuse(context, row, problem.refusal.errors or {"": problem.refusal.detail})
        return page.photos_page(_page_state(context.db, row))
    return page.done_page()
