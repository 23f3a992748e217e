"""Calls besides those on registrations: sign in, rotate tokens, sign out, ask support."""

from dataclasses import replace
from datetime import datetime

from fastapi import Request, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session as Db

from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import SupportReceipt, TokenRequest
from iprescribe_tui.sandbox.api.idempotency import SavedResponse, once
from iprescribe_tui.sandbox.api.registrations import session_response
from iprescribe_tui.sandbox.api.requests import MOST_MESSAGE, backend_of, bearer, call_of, read_json, written
from iprescribe_tui.sandbox.domain import accounts, limits, message_limits, outbox, sessions, transitions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, form_of, locked, unauthorized, wrong
from iprescribe_tui.sandbox.domain.slow import Kind
from iprescribe_tui.sandbox.domain.steps.codes import tries
from iprescribe_tui.sandbox.store.saved_responses import forget_old
from iprescribe_tui.sandbox.store.tables import Registration, SupportRequest, TokenFamily

_TOO_MANY = "The password was wrong three times. Wait until then; after that, sign in as usual."


async def sign_in(request: Request) -> Response:
    """Open the registration of a username and password, wherever it stands."""
    backend = backend_of(request)
    answers = await read_json(request)
    call = call_of(request)  # the username is added to the scope below
    form = form_of(SignInForm, answers)

    def work(db: Db) -> SavedResponse:
        now = backend.clock()
        forget_old(db, now)
        _refuse_locked(db, _subject(backend, form), now)
        return once(
            db,
            replace(call, scope=f"{call.scope} {_subject(backend, form)}"),
            now,
            lambda: _signed_in(backend, db, form),
            lambda family_id: _signed_in(backend, db, form, family_id),
            passes=lambda refusal: refusal.status >= 429,  # a lock ends
        )

    with backend.turns.sign_in():
        return written(await backend.change(work))


def _subject(backend: Backend, form: SignInForm) -> str:
    # A password may be typed as a username, so a copy of the database must not confirm it.
    return backend.memory_key.digest("limit", f"iprescribe:{accounts.key_of(form.username)}".encode())


def _refuse_locked(db: Db, subject: str, now: datetime) -> None:
    if until := limits.locked_until(db, limits.WRONG_PASSWORD, subject, now):
        raise _locked(until, now)


def _signed_in(backend: Backend, db: Db, form: SignInForm, family_id: str = "") -> SavedResponse:
    """Check username and password, with the same cost if the username is unknown; return a session.

    A repeated request is checked again and continues session `family_id`.
    Raises ProblemError: wrong (401), locked (429).
    """
    now, subject = backend.clock(), _subject(backend, form)
    _refuse_locked(db, subject, now)
    attempt = limits.record_attempt(db, limits.WRONG_PASSWORD, subject, now)
    row = accounts.by_username(db, form.username)
    password_hash = row.password_hash if row else None
    if not accounts.matches(db, form.password, password_hash, Kind.SIGN_IN) or row is None:
        if attempt.locked_until is None:
            message = f"Username and password do not go together. {tries(attempt.left)}"
            raise ProblemError(
                Refusal(
                    401, "bad_credentials", "You are not signed in", message, {"": message}, tries_left=attempt.left
                )
            )
        if row is not None:
            _tell_locked(backend, db, row, attempt)
        raise _locked(attempt.locked_until, now)
    limits.forget(db, limits.WRONG_PASSWORD, subject)
    return _entered(backend, db, row.id, family_id)


def _locked(until: datetime, now: datetime) -> ProblemError:
    return locked(until, _TOO_MANY, now)


def _tell_locked(backend: Backend, db: Db, row: Registration, attempt: limits.Attempt) -> None:
    email = row.answers.get(Step.PERSONAL, {}).get("email")
    if email and attempt.locked_until and message_limits.may_note(backend, db, email):
        outbox.send(
            backend,
            db,
            "account_locked",
            channel="e-mail",
            to=email,
            now=backend.clock(),
            registration_id=row.id,
            username=row.username or "",
            until=f"{attempt.locked_until:%H:%M} UTC",
        )


def _entered(backend: Backend, db: Db, registration_id: str, family_id: str) -> SavedResponse:
    row = db.get(Registration, registration_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise unauthorized()
    if family_id and not sessions.is_of(db, family_id, row.id):
        raise unauthorized()  # another registration has the username now
    context = RequestContext(backend, db, row, backend.clock())
    transitions.expire(context)
    return session_response(context, 200, family_id)


async def rotate(request: Request) -> Response:
    """A new pair of tokens for a refresh token."""
    backend = backend_of(request)
    answers = await read_json(request)
    call = call_of(request, TokenRequest, answers)
    try:
        asked = TokenRequest.model_validate(answers)
    except ValidationError:
        raise wrong("invalid", {"refresh_token": "This is missing."}) from None

    def work(db: Db) -> SavedResponse:
        now = backend.clock()

        def rotated() -> SavedResponse:
            rotation, tokens = sessions.rotate(db, asked.refresh_token.get_secret_value(), now)
            return SavedResponse(200, tokens, subject=f"{rotation} {now.isoformat()}")

        def again(subject: str) -> SavedResponse:
            rotation, at, *repeated = subject.split()
            in_time = not repeated and now - datetime.fromisoformat(at) < sessions.REPEATABLE
            tokens = sessions.reissue(db, rotation, now, in_time=in_time)
            return SavedResponse(200, tokens, subject=f"{subject} repeated")

        family_id = sessions.family_with(db, asked.refresh_token.get_secret_value())
        if not family_id:
            return rotated()  # refuses it
        own = call.owned_by(f"{call.scope} {family_id}")
        return once(db, own, now, rotated, again)

    return written(await backend.change(work))


async def sign_out(request: Request) -> Response:
    """Close the session that the access token belongs to."""
    backend, token = backend_of(request), bearer(request)

    def work(db: Db) -> None:
        sessions.family_of(db, token, backend.clock()).revoked = True

    await backend.change(work)
    return Response(status_code=204)


async def request_support(request: Request) -> Response:
    """Take a request to support, with or without a session. Raises ProblemError: invalid (422), too many (429)."""
    backend = backend_of(request)
    answers = await read_json(request, MOST_MESSAGE)
    call = call_of(request, SupportRequestForm, answers)
    today = backend.clock().date()
    form = form_of(SupportRequestForm, answers, backend.service.context(SupportRequestForm, {}, today))

    def work(db: Db) -> SavedResponse:
        family = _asking(backend, db, request)
        asking = db.get(Registration, family.registration_id) if family else None

        def take() -> SavedResponse:
            message_limits.refuse_flood(
                backend, db, form.contact, asking.npi if asking else "", message_limits.client_of(request)
            )
            reference = accounts.new_reference("SR")
            db.add(_request(backend, asking, form, reference))
            _confirm(backend, db, form, reference)
            return SavedResponse(201, SupportReceipt(reference=reference), subject=reference)

        return once(
            db,
            call.owned_by(f"{call.scope} {family.id}") if family else call,
            backend.clock(),
            take,
            lambda known: SavedResponse(201, SupportReceipt(reference=known)),
            passes=lambda refusal: refusal.status >= 429,  # a limit ends
        )

    return written(await backend.change(work))


def _asking(backend: Backend, db: Db, request: Request) -> TokenFamily | None:
    """Return the request's session; None without a valid one, since support must stay open."""
    try:
        return sessions.family_of(db, bearer(request), backend.clock())
    except ProblemError:
        return None


def _request(backend: Backend, asking: Registration | None, form: SupportRequestForm, reference: str) -> SupportRequest:
    return SupportRequest(
        reference=reference,
        registration_id=asking.id if asking else None,
        category=form.category,
        message=form.message,
        contact=form.contact,
        sent_at=backend.clock(),
    )


def _confirm(backend: Backend, db: Db, form: SupportRequestForm, reference: str) -> None:
    """Email the reference if the contact is an email address."""
    if "@" not in form.contact:
        return
    labels = {option.value: option.label for option in backend.service.lists["support_categories"]}
    outbox.send(
        backend,
        db,
        "support_request",
        channel="e-mail",
        to=form.contact,
        now=backend.clock(),
        category=labels[form.category],
        reference=reference,
        contact=form.contact,
    )
