"""Tokens are renewed on the way, once for everybody, and nothing is lost by leaving while that happens."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from pydantic import SecretStr

from iprescribe_tui.client import (
    BackendError,
    BackendFailed,
    BackendUnreachable,
    Client,
    SignedOut,
    StaleView,
    StepRejected,
    TooManyRequests,
    api,
)
from iprescribe_tui.journey.forms import NpiForm, SsnForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import FormView, Tokens, WaitingView
from tests.client.faulty import Memory, Request, answer, backend, client_of, refusal, view

NPI = NpiForm(npi="1234567893")
REQUEST = SupportRequestForm(category="other", message="Help, please.", contact="a@example.com")


def tokens(number: int) -> Tokens:
    return Tokens(
        access_token=SecretStr(f"access-{number}"), refresh_token=SecretStr(f"refresh-{number}"), expires_in=9
    )


def as_form(**changes: object) -> FormView:
    return FormView.model_validate(view(**changes))  # type: ignore[arg-type]  # as it travels


class Rotating:
    """A backend whose access token number `good` alone opens the registration; each refresh token works once."""

    def __init__(self, good: int) -> None:
        self.good = good
        self.used: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def __call__(self, request: Request) -> bytes | Awaitable[bytes]:
        if request.path == "/v1/tokens":
            return self.rotate(json.loads(request.body)["refresh_token"])
        if request.headers["authorization"] != f"Bearer access-{self.good}":
            return refusal("unauthorized", 401)
        return answer(view(revision=7))

    async def rotate(self, refresh: str) -> bytes:
        if refresh in self.used or refresh != f"refresh-{self.good - 1}":
            return refusal("token_reused", 401)
        self.used.append(refresh)
        await self.gate.wait()
        return answer(json.loads(tokens(self.good).model_dump_json()))


async def test_tokens_that_ran_out_are_renewed_once_for_all_and_kept() -> None:
    there_is, kept = Rotating(good=2), Memory(r1=tokens(1))
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await client.resume("r1")
        kept.kept["r1"] = tokens(2)
        there_is.good = 3
        views = await asyncio.gather(*(client.current() for _ in range(5)))
    assert {shown.revision for shown in views} == {7}
    assert there_is.used == ["refresh-1", "refresh-2"]
    assert kept.kept["r1"] == tokens(3)


async def left_while_renewing(client: Client, there_is: Rotating) -> None:
    """Go on with the registration, and leave once the backend is at work on other tokens."""
    asking = asyncio.create_task(client.resume("r1"))
    while not there_is.used:
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_leaving_a_step_during_a_renewal_does_not_lose_the_new_tokens() -> None:
    there_is, kept = Rotating(good=2), Memory(r1=tokens(1))
    there_is.gate.clear()
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await left_while_renewing(client, there_is)
        there_is.gate.set()
        assert (await client.current()).revision == 7
    assert there_is.used == ["refresh-1"]
    assert kept.kept["r1"] == tokens(2)


async def test_quitting_during_a_renewal_keeps_the_new_tokens() -> None:
    there_is, kept = Rotating(good=2), Memory(r1=tokens(1))
    there_is.gate.clear()
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await left_while_renewing(client, there_is)
        there_is.gate.set()
    assert kept.kept["r1"] == tokens(2)


async def test_tokens_that_another_terminal_renewed_are_taken_over() -> None:
    there_is, kept = Rotating(good=1), Memory(r1=tokens(1))
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await client.resume("r1")
        there_is.good, kept.kept["r1"] = 2, tokens(2)
        assert (await client.current()).revision == 7
    assert not there_is.used


async def test_tokens_that_another_terminal_renewed_and_that_ran_out_are_renewed() -> None:
    """One renewal brings those that another terminal got, long ago; another one brings some that are good."""
    there_is, kept = Rotating(good=1), Memory(r1=tokens(1))
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await client.resume("r1")
        there_is.good, kept.kept["r1"] = 3, tokens(2)
        assert (await client.current()).revision == 7
    assert there_is.used == ["refresh-2"]
    assert kept.kept["r1"] == tokens(3)


async def test_a_refresh_token_that_is_refused_signs_out_and_is_forgotten() -> None:
    kept = Memory(r1=tokens(1))
    async with (
        backend(lambda r: refusal("unauthorized", 401)) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        with pytest.raises(SignedOut):
            await client.resume("r1")
    assert not kept.kept


async def test_a_renewal_that_fails_for_a_while_forgets_nothing() -> None:
    def handle(request: Request) -> bytes:
        return answer(b"", 500, None) if request.path == "/v1/tokens" else refusal("unauthorized", 401)

    kept = Memory(r1=tokens(1))
    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        with pytest.raises(BackendFailed):
            await client.resume("r1")
    assert kept.kept == {"r1": tokens(1)}


async def test_a_backend_that_takes_none_of_its_own_tokens_is_asked_three_times_and_signs_out() -> None:
    given = 1

    def handle(request: Request) -> bytes:
        nonlocal given
        if request.path != "/v1/tokens":
            return refusal("unauthorized", 401)
        given += 1
        return answer(json.loads(tokens(given).model_dump_json()))

    kept = Memory(r1=tokens(1))
    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        with pytest.raises(SignedOut):
            await client.resume("r1")
        assert not client.signed_in
    assert [request.method for request in there.requests] == ["GET", "POST", "GET", "POST", "GET"]
    assert not kept.kept


async def test_a_renewal_that_is_asked_to_wait_forgets_nothing_and_says_so() -> None:
    def handle(request: Request) -> bytes:
        if request.path == "/v1/tokens":
            return refusal("too_many", 429, {"Retry-After": "20"})
        return refusal("unauthorized", 401)

    kept = Memory(r1=tokens(1))
    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        with pytest.raises(TooManyRequests, match="Wait 20 seconds"):
            await client.resume("r1")
        assert client.signed_in
    assert kept.kept == {"r1": tokens(1)}


async def started(client: Client, kept: Memory) -> Client:
    kept.kept["r1"] = tokens(1)
    await client.resume("r1")
    return client


async def test_an_answer_names_the_revision_it_is_for() -> None:
    kept = Memory()
    async with backend(lambda r: answer(view(revision=8))) as there, client_of(there.url, tokens=kept) as client:
        await started(client, kept)
        after = await client.submit(as_form(step="npi", revision=7), NPI, key="k")
        await client.back(as_form(revision=8), Step.PHONE_MATCH)
        await client.resend(as_form(step="mfa_code", revision=8))
    submitted, back, resend = there.requests[1:]
    assert after.revision == 8
    assert (submitted.path, submitted.headers["if-match"]) == ("/v1/registrations/r1/steps/npi", '"7"')
    assert submitted.headers["idempotency-key"] == "k"
    assert (back.path, back.body) == ("/v1/registrations/r1/back", b'{"to":"phone_match"}')
    assert resend.path == "/v1/registrations/r1/steps/mfa_code/resend"


async def test_a_stale_answer_brings_the_current_view() -> None:
    def handle(request: Request) -> bytes:
        if request.method == "GET":
            return answer(view())
        return refusal("stale", 409, current=view("practice", 9))

    kept = Memory()
    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        await started(client, kept)
        with pytest.raises(StaleView) as caught:
            await client.submit(as_form(), NPI)
    assert isinstance(caught.value.view, FormView)
    assert caught.value.view.step is Step.PRACTICE


async def test_the_number_travels_in_the_body_alone() -> None:
    kept = Memory()
    async with (
        backend(lambda r: answer(view())) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        await started(client, kept)
        await client.submit(as_form(step="ssn"), SsnForm.check({"ssn": "123-45-6789"}))
    sent = there.requests[-1]
    assert b"123" in sent.body
    assert "6789" not in sent.path + str(sent.headers)


async def test_waiting_goes_on_through_losses_and_says_so() -> None:
    replies = iter(
        [
            answer(view(revision=3)),
            answer(b"", 304, None),
            None,
            None,
            None,
            answer(view(revision=4)),
        ]
    )
    heard: list[BackendError | None] = []
    kept = Memory()
    async with (
        backend(lambda r: next(replies)) as there,
        client_of(there.url, tokens=kept, timeout=1.0) as client,
    ):
        await started(client, kept)
        client.on_trouble = heard.append
        waiting = WaitingView.model_validate({**view(revision=3), "kind": "waiting", "waiting_for": "the link"})
        # The same revision, as another kind: that is another view.
        assert (await client.wait(waiting.model_copy(update={"kind": "form"}))).revision == 4
    assert [type(error) for error in heard] == [*[BackendUnreachable] * 3, type(None)]
    poll = there.requests[1]
    assert (poll.headers["if-none-match"], poll.headers["prefer"]) == ('"3"', "wait=1")


async def test_a_backend_that_stays_away_is_looked_for_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RECONNECT", 0.1)
    monkeypatch.setattr(api, "_LONGEST_REST", 0.4)
    asked: list[float] = []
    kept = Memory(r1=tokens(1))

    def handle(request: Request) -> bytes | None:
        asked.append(time.monotonic())
        return None if len(asked) <= 4 else answer(view(revision=4))

    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        await client.take_up("r1")
        await client.wait(as_form(revision=3))
    pauses = [after - before for before, after in pairwise(asked)]
    assert all(pause > least - 0.01 for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.4), strict=True)), pauses
    assert pauses[3] < 0.8, "it is looked for at last every 15 seconds"


async def test_while_waiting_a_pause_that_is_asked_for_is_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RECONNECT", 0.01)
    monkeypatch.setattr(api, "_LONGEST_PAUSE", 0.5)
    asked: list[float] = []
    kept = Memory(r1=tokens(1))

    def handle(request: Request) -> bytes:
        asked.append(time.monotonic())
        return answer(b"", 429, None, Retry_After="60") if len(asked) == 1 else answer(view(revision=4))

    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        await client.take_up("r1")
        await client.wait(as_form(revision=3))
    assert asked[1] - asked[0] > 0.49


async def test_waiting_ends_when_the_session_does() -> None:
    kept = Memory()
    replies = iter([answer(view())])
    async with (
        backend(lambda r: next(replies, refusal("unauthorized", 401))) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        await started(client, kept)
        with pytest.raises(SignedOut):
            await client.wait(as_form())


async def test_signing_out_forgets_the_tokens_even_when_the_backend_is_gone() -> None:
    kept = Memory()
    replies = iter([answer(view())])
    async with (
        backend(lambda r: next(replies, None)) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        await started(client, kept)
        with pytest.raises(BackendUnreachable):
            await client.sign_out()
    assert there.requests[-1].method == "DELETE"
    assert not kept.kept


async def test_support_is_asked_in_ones_own_name_and_without_one_too() -> None:
    def handle(request: Request) -> bytes:
        if request.method == "GET":
            return answer(view())
        if request.path == "/v1/tokens" or "authorization" in request.headers:
            return refusal("unauthorized", 401)
        return answer({"reference": "S-1"}, 201)

    kept = Memory()
    async with backend(handle) as there, client_of(there.url, tokens=kept) as client:
        assert (await client.request_support(REQUEST)).reference == "S-1"
        await started(client, kept)
        # The session is over; the request goes out all the same.
        assert (await client.request_support(REQUEST)).reference == "S-1"


@pytest.mark.parametrize("call", [lambda client: client.outbox(), lambda client: client.current()])
async def test_a_refusal_of_any_call_is_named(call: Callable[[Client], Awaitable[object]]) -> None:
    kept = Memory()
    replies = iter([answer(view())])
    async with (
        backend(lambda r: next(replies, refusal("forbidden", 403))) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        await started(client, kept)
        with pytest.raises(StepRejected):
            await call(client)


async def test_a_backend_that_does_not_wait_is_not_pestered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iprescribe_tui.client.api.PACE", 0.2)
    replies = iter([answer(view(revision=3)), answer(b"", 304, None), answer(view(revision=4))])
    kept = Memory()
    async with (
        backend(lambda r: next(replies)) as there,
        client_of(there.url, tokens=kept) as client,
    ):
        await started(client, kept)
        began = time.monotonic()
        await client.wait(as_form(revision=3))
    assert time.monotonic() - began >= 0.2


async def test_no_log_holds_a_secret_however_much_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    there_is, kept = Rotating(good=2), Memory(r1=tokens(1))
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await client.resume("r1")
        await client.submit(as_form(step="ssn"), SsnForm.check({"ssn": "123-45-6789"}))
    assert any(b"6789" in request.body for request in there.requests)
    for secret in ("6789", "access-", "refresh-", "Bearer"):
        assert secret not in caplog.text


class Slow(Memory):
    """A keyring that takes its time to say what it has, once `slow`."""

    slow = False

    async def load(self, registration: str) -> Tokens | None:
        kept = await super().load(registration)
        while self.slow:
            await asyncio.sleep(0)
        return kept


async def test_a_session_that_times_out_during_a_renewal_is_closed_all_the_same() -> None:
    """Its own new tokens are not taken for those of another terminal, which would leave them open, and kept."""
    there_is, kept = Rotating(good=2), Slow(r1=tokens(1))
    there_is.gate.clear()
    async with backend(there_is) as there, client_of(there.url, tokens=kept) as client:
        await left_while_renewing(client, there_is)
        kept.slow = True
        closing = asyncio.create_task(client.time_out())
        await asyncio.sleep(0)
        there_is.gate.set()
        while kept.kept["r1"] != tokens(2):
            await asyncio.sleep(0)
        kept.slow = False
        await closing
        assert not client.signed_in
    assert (there.requests[-1].method, there.requests[-1].headers["authorization"]) == ("DELETE", "Bearer access-2")
    assert kept.kept == {}
