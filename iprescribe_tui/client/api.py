"""The contract's calls, one method each: they take forms, and return views or raise a named error."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator

from iprescribe_tui.client.calls import BackendAddress, Call, new_key
from iprescribe_tui.client.compatibility import service_in
from iprescribe_tui.client.decode import Response, read, refused
from iprescribe_tui.client.errors import (
    BackendError,
    BackendFailed,
    BackendTimeout,
    BackendUnreachable,
    ListMissing,
    SignedOut,
    StaleView,
    StepRejected,
    TooManyRequests,
)
from iprescribe_tui.client.received import received
from iprescribe_tui.client.session import Connection, TokenKeeper, safe_id
from iprescribe_tui.client.uploads import ProgressCallback, Uploads
from iprescribe_tui.journey.checks.photo import PhotoPolicies, PhotoPolicy
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    STEP_VIEW,
    BackendView,
    BackRequest,
    Evidence,
    FormView,
    HandoffView,
    OutboxMessage,
    Session,
    SupportReceipt,
    WaitingView,
)
from iprescribe_tui.photos.worker import give_up
from iprescribe_tui.system.settings import Settings

PACE = 1.0
"""Minimum seconds between two polls of `Client.wait`, if the backend answers at once."""

RECONNECT = 1.0
"""Seconds from the first loss until the backend is asked again; each further loss doubles them."""

_LONGEST_REST: Final = 15.0
_LONGEST_PAUSE: Final = 60.0
_LOSSES = (BackendUnreachable, BackendTimeout, BackendFailed, TooManyRequests)


NEWEST: Final = 200
"""Maximum messages that are read, the newest ones; a backend that lists more is a busy one."""


def _newest(messages: object) -> object:
    return messages[:NEWEST] if isinstance(messages, list) else messages


class _Outbox(BaseModel):
    messages: Annotated[tuple[OutboxMessage, ...], BeforeValidator(_newest)]


class Client:
    """The backend as the program knows it. Methods raise BackendError, and StepRejected if an answer is rejected.

    `service` is None until `connect`. `on_trouble` is called with each loss of the backend during `wait`, and with None
    once it is back; `on_upload` with the bytes of a photo sent, and in total.
    """

    def __init__(
        self, settings: Settings, tokens: TokenKeeper, base_url: Callable[[], Awaitable[BackendAddress]]
    ) -> None:
        self.service: ServiceDocument | None = None
        self.on_trouble: Callable[[BackendError | None], None] = lambda error: None
        self.on_upload: ProgressCallback = lambda sent, total: None
        self._host = ""
        self._connection = Connection(settings, tokens, base_url)
        self._uploads = Uploads(self._connection)

    @property
    def registration(self) -> str:
        """Id of the registration in use, "" if there is none yet."""
        return self._connection.registration

    @property
    def signed_in(self) -> bool:
        """True if there are tokens, valid or not."""
        return self._connection.signed_in

    async def connect(self) -> ServiceDocument:
        """Return the service document. Raises NotOurBackend, UpdateNeeded, and other BackendErrors."""
        response = await self._connection.ask(self._get("service"))
        self._host, self.service = response.host, service_in(response)
        return self.service

    async def demand_lists(self, form: type[StepForm], options: Mapping[str, tuple[Option, ...]]) -> None:
        """Check that each choice of `form` has entries; `options` are a view's own.

        If a list is missing, read the service document again: it may be fixed. Raises ListMissing, BackendError.
        """
        if self.service and self.service.lacking(form, options):
            lacking = (await self.connect()).lacking(form, options)
            if lacking:
                raise ListMissing(self._host, *lacking)

    async def start(self, form: NpiForm, *, key: str | None = None) -> BackendView:
        """Start a registration."""
        return await self._enter(await self._connection.ask(self._post("registrations", form, key)))

    async def sign_in(self, form: SignInForm, *, key: str | None = None) -> BackendView:
        """Resume a registration from anywhere, with the iPrescribe username and password."""
        return await self._enter(await self._connection.ask(self._post("sessions", form, key)))

    async def take_up(self, registration: str) -> None:
        """Use a registration whose tokens are stored. Raises SignedOut (none are)."""
        await self._connection.reenter(registration)

    async def resume(self, registration: str) -> BackendView:
        """Use a registration whose tokens are stored, and return its current view. Raises SignedOut (none are)."""
        self._uploads.forget()
        await self._connection.reenter(registration)
        return await self.current()

    async def current(self) -> BackendView:
        """Return the current view."""
        return self._view(await self._connection.ask_signed_in(self._get(self._path())))

    async def wait(self, view: BackendView) -> BackendView:
        """Return the next view other than `view`; if the backend is lost meanwhile, ask again until it is back.

        Raises the BackendErrors that waiting cannot fix, such as SignedOut and UpdateNeeded, and StepRejected.
        """
        wait = max(1, round(self._connection.timeout * 5 / 6))
        call = Call(
            "GET",
            self._path(),
            wait + self._connection.timeout / 6,
            {"If-None-Match": f'"{view.revision}"', "Prefer": f"wait={wait}"},
            retries=0,
        )
        losses = 0
        while True:
            rest = asyncio.create_task(asyncio.sleep(PACE))
            try:
                response = await self._connection.ask_signed_in(call)
                now = view if response.status == 304 else self._view(response)
                if losses:
                    losses = 0
                    self.on_trouble(None)
                if (now.kind, now.revision) != (view.kind, view.revision):
                    return now
                await rest
            except _LOSSES as error:
                self.on_trouble(error)
                pause = min(RECONNECT * 2.0**losses, _LONGEST_REST)
                losses += 1
                asked = error.retry_after if isinstance(error, TooManyRequests) else None
                await asyncio.sleep(max(pause, min(asked or 0.0, _LONGEST_PAUSE)))
            finally:
                rest.cancel()

    async def submit(
        self, view: FormView | WaitingView, form: StepForm, *, key: str | None = None, despite: Container[str] = ()
    ) -> BackendView:
        """Submit a step's form, after uploading its photos. Raises StaleView (the registration has moved on).

        `despite` has the digests of photos that are sent despite a doubt.
        """
        policies = self.service.photos if self.service else PhotoPolicies()
        try:
            sent = await self._uploads.in_form(form, policies, self.on_upload, despite)
        except StepRejected as rejected:
            if rejected.problem.code == "wrong_step":  # a photo is sent without a revision
                raise StaleView(await self.current()) from None
            raise
        call = self._post(f"{self._path()}/steps/{view.step.value}", sent, key, view.revision)
        try:
            after = self._view(await self._connection.ask_signed_in(call))
        except StepRejected as rejected:
            self._uploads.forget(rejected.problem.errors)
            raise
        self._uploads.let_go()
        return after

    def stop_upload(self) -> None:
        """Stop sending photos: `submit` and `upload` raise StepRejected `upload_stopped`, and nothing else is lost."""
        self._uploads.stop()

    async def back(self, view: BackendView, to: Step | None = None) -> BackendView:
        """Go one step back, or to one of the steps that `view` offers."""
        call = self._post(f"{self._path()}/back", BackRequest(to=to), None, view.revision)
        after = self._view(await self._connection.ask_signed_in(call))
        self._uploads.forget()
        self._uploads.let_go()
        return after

    async def resend(self, view: FormView | WaitingView | HandoffView, *, key: str | None = None) -> BackendView:
        """Have another code or link sent. Raises StepRejected (it is too early)."""
        call = self._post(f"{self._path()}/steps/{view.step.value}/resend", None, key, view.revision)
        return self._view(await self._connection.ask_signed_in(call))

    async def hand_off(self, *, key: str | None = None) -> BackendView:
        """Have a link made for a phone to take this step's photos; the previous link stops working."""
        return self._view(await self._connection.ask_signed_in(self._post(f"{self._path()}/handoffs", None, key)))

    async def upload(self, slot: str, path: Path, policy: PhotoPolicy, progress: ProgressCallback) -> Evidence:
        """Send a photo from this machine as evidence; `progress` is called with the bytes sent, and in total.

        Raises StepRejected, with `errors[slot]` (the file is not an acceptable photo).
        """
        return await self._uploads.upload(slot, path, policy, progress)

    async def request_support(self, form: SupportRequestForm, *, key: str | None = None) -> SupportReceipt:
        """Submit a support request, for the registration if signed in, else without one."""
        call = self._post("support-requests", form, key)
        if self._connection.signed_in:
            try:
                return read(await self._connection.ask_signed_in(call), SupportReceipt.model_validate)
            except SignedOut:
                pass
        return read(await self._connection.ask(call), SupportReceipt.model_validate)

    async def sign_out(self) -> None:
        """Invalidate the tokens at the backend, and delete them here, even if the backend cannot be asked."""
        try:
            if self._connection.signed_in:
                response = await self._connection.ask_signed_in(self._bare("DELETE", "sessions/current"))
                if not 200 <= response.status < 300:
                    refused(response)
        finally:
            self._uploads.let_go()
            await self._connection.leave()

    async def time_out(self) -> None:
        """Sign out after an idle time-out, unless another program on this machine has taken the session over."""
        if await self._connection.is_taken_over():
            self._connection.forget()
        elif self.signed_in:
            await self.sign_out()

    async def outbox(self) -> tuple[OutboxMessage, ...]:
        """Return the sandbox's "sent" messages, newest first; their key comes with the backend's address."""
        response = await self._connection.ask(self._bare("GET", "sandbox/outbox"))
        messages = read(response, _Outbox.model_validate).messages
        for message in messages:
            safe_id(response, message.id)
        return messages

    async def follow(self, message: OutboxMessage) -> None:
        """Open the link in a message of the sandbox, as the applicant would on a phone."""
        path = f"sandbox/outbox/{message.id}/follow"
        response = await self._connection.ask(self._bare("POST", path))
        if not 200 <= response.status < 300:
            refused(response)

    async def aclose(self) -> None:
        """Close the connections, and end all inspections of photos."""
        give_up()
        await self._connection.close()

    def _path(self) -> str:
        return f"registrations/{self.registration}"

    def _get(self, path: str) -> Call:
        return Call("GET", path, self._connection.timeout)

    def _bare(self, method: str, path: str) -> Call:
        """Return a call without a body, with the sandbox's key if it is one of the sandbox's."""
        headers = {"Idempotency-Key": new_key()} if method == "POST" else {}
        return Call(method, path, self._connection.timeout, headers, for_sandbox=path.startswith("sandbox/"))

    def _post(self, path: str, body: BaseModel | None, key: str | None, revision: int | None = None) -> Call:
        """Return a POST of `body` as JSON; with the same `key`, repeated requests count once."""
        headers = {"Idempotency-Key": key or new_key()}
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        if body is None:
            return Call("POST", path, self._connection.timeout, headers)
        headers["Content-Type"] = "application/json"
        return Call("POST", path, self._connection.timeout, headers, lambda: body.model_dump_json().encode())

    def _view(self, response: Response) -> BackendView:
        return received(read(response, STEP_VIEW.validate_python), response.host, response.date)

    async def _enter(self, response: Response) -> BackendView:
        """Use the registration and tokens of a new session."""
        session = read(response, Session.model_validate)
        view = received(session.view, response.host, response.date)
        self._uploads.forget()
        await self._connection.enter(safe_id(response, session.view.registration), session.tokens)
        return view
