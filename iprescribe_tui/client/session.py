"""The connection of one applicant: opened at the first call, with tokens that are renewed when they expire."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from iprescribe_tui.client.calls import BackendAddress, Call
from iprescribe_tui.client.decode import Response, read
from iprescribe_tui.client.errors import SignedOut, StepRejected, TooManyRequests, UnexpectedAnswer
from iprescribe_tui.journey.views import TokenRequest, Tokens
from iprescribe_tui.system.settings import Settings

if TYPE_CHECKING:
    from iprescribe_tui.client.transport import Transport

_MOMENT = 0.5
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class TokenKeeper(Protocol):
    """Storage of tokens between runs, by registration: `tokens.TokenStore`."""

    async def load(self, registration: str) -> Tokens | None:
        """Return the tokens, or None."""
        ...

    async def save(self, registration: str, tokens: Tokens) -> None:
        """Store the tokens."""
        ...

    async def delete(self, registration: str) -> None:
        """Delete the tokens."""
        ...


class Connection:
    """Sender of calls, with or without the applicant's tokens; `registration` is "" until one is entered."""

    def __init__(
        self, settings: Settings, store: TokenKeeper, address: Callable[[], Awaitable[BackendAddress]]
    ) -> None:
        self.registration = ""
        self.timeout = settings.timeout
        self._settings = settings
        self._store = store
        self._address = address
        self._tokens: Tokens | None = None
        self._ended = ""
        """Code of the problem with which the backend ended the last session."""
        self._transport: Transport | None = None
        self._opening = asyncio.Lock()
        self._renewal: asyncio.Task[Tokens] | None = None

    async def ask(self, call: Call) -> Response:
        """Return the response to a call that needs no tokens. Raises BackendError."""
        transport = await self._open()
        return await transport.send(call, self._address)

    async def ask_signed_in(self, call: Call) -> Response:
        """Return the response to a call with the applicant's tokens. Raises BackendError, including SignedOut."""
        # Two renewals, since the first may return another terminal's tokens, which may have expired too.
        for renewals_left in (2, 1, 0):
            tokens = self._tokens
            if tokens is None:
                raise SignedOut(self._ended)
            response = await self.ask(replace(call, bearer=tokens.access_token))
            if response.status != 401:
                return response
            if renewals_left:
                await self._renewed(tokens)
        await self.leave()
        raise SignedOut

    async def enter(self, registration: str, tokens: Tokens) -> None:
        """Use `registration` from now on, and store its tokens."""
        self.registration = registration
        self._tokens, self._ended = tokens, ""
        await self._store.save(registration, tokens)

    async def reenter(self, registration: str) -> None:
        """Use a registration whose tokens are stored. Raises SignedOut (none are)."""
        tokens = await self._store.load(registration)
        if tokens is None:
            raise SignedOut
        self.registration, self._tokens, self._ended = registration, tokens, ""

    async def is_taken_over(self) -> bool:
        """Return True if another program has stored other tokens for this registration on this machine."""
        if self._renewal is not None:  # until it ends, the stored and the held tokens may differ
            await asyncio.wait({self._renewal})
        kept = await self._store.load(self.registration) if self._tokens else None
        return kept is not None and self._tokens is not None and kept.refresh_token != self._tokens.refresh_token

    def forget(self) -> None:
        """Forget the tokens here, but leave the stored ones."""
        self._tokens = None

    async def leave(self) -> None:
        """Forget the tokens here, and delete the stored ones."""
        self._tokens = None
        if self.registration:
            await self._store.delete(self.registration)

    @property
    def signed_in(self) -> bool:
        """True if there are tokens, valid or not."""
        return self._tokens is not None

    async def close(self) -> None:
        """Close all connections; a running renewal has half a second to finish, or else the next start repeats it."""
        if self._renewal is not None:
            await asyncio.wait({self._renewal}, timeout=_MOMENT)
            self._renewal.cancel()
        if self._transport is not None:
            await self._transport.close()

    async def _open(self) -> "Transport":
        async with self._opening:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_transport, self._settings)
        return self._transport

    async def _renewed(self, stale: Tokens) -> None:
        """Replace the tokens `stale`. One renewal serves all callers, and continues if a caller is canceled.

        The backend accepts a refresh token once: an unread response would sign the applicant out.
        """
        if self._tokens is not stale:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._renewal)

    async def _renew(self, stale: Tokens) -> Tokens:
        """Return tokens that another terminal has stored meanwhile, or else new ones from the backend."""
        if others := await self._from_another_terminal(stale):
            return others
        body = TokenRequest(refresh_token=stale.refresh_token)
        call = Call(
            "POST",
            "tokens",
            self.timeout,
            {"Content-Type": "application/json", "Idempotency-Key": renewal_key(stale)},
            lambda: body.model_dump_json().encode(),
        )
        response = await self.ask(call)
        if response.status == 429:
            raise TooManyRequests(response.host, response.retry_after)
        try:
            tokens = read(response, Tokens.model_validate)
        except StepRejected as rejected:
            code = rejected.problem.code
        else:
            if self._tokens is None:  # this terminal was signed out meanwhile
                raise SignedOut
            await self.enter(self.registration, tokens)
            return tokens
        if others := await self._from_another_terminal(stale):  # it signed in while this one was being refused
            return others
        await self.leave()
        self._ended = code
        raise SignedOut(code)

    async def _from_another_terminal(self, stale: Tokens) -> Tokens | None:
        """Use and return the stored tokens, if they differ from `stale`."""
        kept = await self._store.load(self.registration)
        if kept is None or self._tokens is None or kept.access_token == stale.access_token:
            return None
        self._tokens = kept
        return kept


def renewal_key(tokens: Tokens) -> str:
    """Return the `Idempotency-Key` for renewing `tokens`: the same in every terminal and after every loss.

    A refresh token works once, and a second use closes the session. Two terminals that renew the same tokens at once,
    or a program that was killed before it stored the response, repeat one request instead: it has one effect. The
    refresh token alone does not yield the key, since the access token is part of it.
    """
    pair = f"{tokens.access_token.get_secret_value()} {tokens.refresh_token.get_secret_value()}"
    return hashlib.sha256(f"renewal of {pair}".encode()).hexdigest()


def _transport(settings: Settings) -> "Transport":
    """Return a transport, after importing all that it needs; slow, so not for the event loop."""
    from iprescribe_tui.client.transport import Transport

    return Transport(settings, version())


@cache
def version() -> str:
    """Return this program's version, as `1.2.3`."""
    from importlib.metadata import version as version_of

    return version_of("iprescribe-tui")


def safe_id(response: Response, name: str) -> str:
    """Return an id from the backend for use in a path. Raises UnexpectedAnswer (it could be more than an id)."""
    if not _SAFE_ID.fullmatch(name):
        raise UnexpectedAnswer(response.host, "it names something in a way that cannot be an address")
    return name
