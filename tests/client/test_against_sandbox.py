"""The client against the real sandbox, over HTTP: the whole way, and what can come between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from iprescribe_tui.client import Client, SignedOut, StaleView, StepRejected
from iprescribe_tui.journey.forms import NpiForm, SignInForm, SupportRequestForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import BackendView, DoneView, FormView, WaitingView
from iprescribe_tui.sandbox.domain.personas import SEED_IDME
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import PASSWORD, RunningSandbox, Walk, picture
from tests.client.faulty import Memory, client_of


class Applicant:
    """Somebody who registers with the client, and answers as `Walk` does, but for photos, which are files."""

    def __init__(self, client: Client, sandbox: RunningSandbox, folder: Path) -> None:
        self.client = client
        self.sandbox = sandbox
        photos = {slot: folder / f"{slot}.jpg" for slot in ("front", "back", "photo")}
        for slot, path in photos.items():
            path.write_bytes(picture(slot))
        sides = {slot: str(photos[slot]) for slot in ("front", "back")}
        answers = {Step.DOCUMENT: {"kind": "drivers_license", **sides}, Step.SELFIE: {"photo": str(photos["photo"])}}
        self.answers = Walk(sandbox, answers=answers)
        self.steps: list[Step] = []

    async def start(self) -> BackendView:
        """Give the NPI."""
        service = await self.client.connect()
        assert service.environment == "sandbox"
        return self.seen(await self.client.start(NpiForm.check({"npi": self.answers.npi})))

    async def to(self, step: Step) -> FormView | WaitingView:
        """Go on until `step` is shown."""
        view = await self.start()
        while True:
            assert isinstance(view, FormView | WaitingView), view
            if view.step is step:
                return view
            view = self.seen(await self.go_on(view))

    async def go_on(self, view: FormView | WaitingView) -> BackendView:
        """Answer a step, or open the link that is waited for."""
        if isinstance(view, WaitingView):
            waiting = asyncio.create_task(self.client.wait(view))
            message, *_ = await self.client.outbox()
            await self.client.follow(message)
            return await waiting
        assert self.client.service
        context = self.client.service.context(view.step.form, view.options, date.today())
        form = view.step.form.check(self.answers.answers_to(view.step), context)
        return await self.client.submit(view, form)

    def seen(self, view: BackendView) -> BackendView:
        """Note a view as `Walk` does."""
        self.answers.seen(json.loads(view.model_dump_json()))
        if isinstance(view, FormView | WaitingView):
            self.steps.append(view.step)
        return view


@asynccontextmanager
async def applicant(sandbox: RunningSandbox, folder: Path, tokens: Memory | None = None) -> AsyncIterator[Applicant]:
    """Somebody at a terminal of their own."""
    async with client_of(sandbox.url, timeout=30, tokens=tokens, key=sandbox.key) as client:
        yield Applicant(client, sandbox, folder)


async def test_the_whole_way_to_the_receipt(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        view = await person.to(Step.CONSENT)
        done = await person.go_on(view)
    assert isinstance(done, DoneView)
    assert done.receipt.npi == PERSONA_NPIS["happy"]
    assert len(person.steps) == len(set(person.steps))
    assert {Step.EMAIL_CONFIRMATION, Step.DOCUMENT, Step.PHONE_LINK, Step.SSN} <= set(person.steps)


async def test_tokens_that_ran_out_on_the_way_are_renewed_unnoticed(sandbox: RunningSandbox, tmp_path: Path) -> None:
    kept = Memory()
    async with applicant(sandbox, tmp_path, kept) as person:
        view = await person.to(Step.PRACTICE)
        before = kept.kept[view.registration]
        sandbox.clock.advance(minutes=11)
        after = await person.go_on(view)
    assert isinstance(after, FormView)
    assert after.step is Step.IDME_LAUNCH
    assert kept.kept[view.registration] != before
    async with applicant(sandbox, tmp_path, kept) as again:
        assert (await again.client.resume(view.registration)).revision == after.revision


async def test_photos_that_take_long_outlive_their_tokens(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        view = await person.to(Step.DOCUMENT)
        sandbox.clock.advance(minutes=11)
        after = await person.go_on(view)
    assert isinstance(after, FormView)
    assert after.step is Step.SELFIE


async def test_going_on_elsewhere_by_signing_in(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        view = await person.to(Step.PRACTICE)
    async with applicant(sandbox, tmp_path) as elsewhere:
        with pytest.raises(StepRejected) as caught:
            await elsewhere.client.sign_in(SignInForm.check({"username": person.answers.user, "password": "wrong one"}))
        assert caught.value.problem.tries_left == 2
        right = SignInForm.check({"username": person.answers.user, "password": PASSWORD})
        again = await elsewhere.client.sign_in(right)
        assert isinstance(again, FormView)
        assert (again.registration, again.step) == (view.registration, Step.PRACTICE)


async def test_signing_out_ends_the_session_everywhere(sandbox: RunningSandbox, tmp_path: Path) -> None:
    kept = Memory()
    async with applicant(sandbox, tmp_path, kept) as person:
        view = await person.to(Step.CREDENTIALS)
        copied = Memory(**kept.kept)
        await person.client.sign_out()
        assert not kept.kept
    async with applicant(sandbox, tmp_path, copied) as thief:
        with pytest.raises(SignedOut):
            await thief.client.resume(view.registration)
    assert not copied.kept


async def test_an_answer_at_a_second_terminal_makes_the_first_ones_stale(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    kept = Memory()
    async with applicant(sandbox, tmp_path, kept) as first, applicant(sandbox, tmp_path, kept) as second:
        view = await first.to(Step.ACCOUNTS_INTRO)
        await second.client.resume(view.registration)
        await second.client.submit(view, view.step.form.check({}))
        with pytest.raises(StaleView) as caught:
            await first.client.submit(view, view.step.form.check({}))
    assert isinstance(caught.value.view, FormView)
    assert caught.value.view.step is Step.CREDENTIALS


async def test_the_same_key_starts_one_registration(sandbox: RunningSandbox) -> None:
    key, form = str(uuid4()), NpiForm.check({"npi": PERSONA_NPIS["happy"]})
    async with client_of(sandbox.url) as client:
        one, two = await client.start(form, key=key), await client.start(form, key=key)
        assert one.registration == two.registration
        assert (await client.current()).registration == one.registration


async def test_back_undoes_and_only_where_the_view_says_so(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        view = await person.to(Step.PERSONAL)
        with pytest.raises(StepRejected):
            await person.client.back(view, Step.CONSENT)
        before = await person.client.back(view)
        assert isinstance(before, FormView)
        assert before.step is Step.CREDENTIALS


async def test_another_code_can_be_had_but_not_at_once(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        view = await person.to(Step.EMAIL_CONFIRMATION)
        with pytest.raises(StepRejected) as caught:
            await person.client.resend(view)
        assert caught.value.retry_after
        sandbox.clock.advance(seconds=caught.value.retry_after)
        await person.client.resend(view)
        assert len(await person.client.outbox()) == 2


async def test_a_registry_that_is_down_is_said_each_time_until_it_is_back(sandbox: RunningSandbox) -> None:
    form = NpiForm.check({"npi": PERSONA_NPIS["registry_down"]})
    async with client_of(sandbox.url) as client:
        for _ in range(2):
            with pytest.raises(StepRejected) as caught:
                await client.start(form)
            assert caught.value.problem.code == "registry_unreachable"
        assert isinstance(await client.start(form), FormView)


async def test_the_outbox_opens_to_its_key_alone(sandbox: RunningSandbox) -> None:
    async with client_of(sandbox.url) as stranger:
        with pytest.raises(StepRejected):
            await stranger.outbox()


async def test_support_takes_a_request_from_anybody(sandbox: RunningSandbox) -> None:
    request = {"category": "other", "message": "Help, please.", "contact": "a@example.com"}
    async with client_of(sandbox.url) as client:
        assert (await client.request_support(SupportRequestForm.check(request))).reference


async def test_a_wrong_password_at_idme_does_not_end_the_session(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with applicant(sandbox, tmp_path) as person:
        person.answers.account = "existing"
        person.answers.answers = {
            Step.IDME_SIGN_IN: {"email": SEED_IDME[0].email, "password": "not the right one"},
        }
        view = await person.to(Step.IDME_SIGN_IN)
        with pytest.raises(StepRejected) as caught:
            await person.go_on(view)
        assert caught.value.problem.tries_left
        assert await person.client.current() == caught.value.problem.current


async def test_a_photo_that_was_refused_is_taken_anew_without_its_other_side(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    sent: list[int] = []
    async with applicant(sandbox, tmp_path) as person:
        person.client.on_upload = lambda count, total: sent.append(total) if count == total else None
        person.answers.npi = PERSONA_NPIS["document_blurred"]
        view = await person.to(Step.DOCUMENT)
        with pytest.raises(StepRejected) as caught:
            await person.go_on(view)
        refused = set(caught.value.problem.errors)
        assert refused == {"front"}
        assert isinstance(caught.value.problem.current, FormView)
        (tmp_path / "front.jpg").write_bytes(picture("another front"))
        after = await person.go_on(caught.value.problem.current)
    assert isinstance(after, FormView)
    assert after.step is Step.SELFIE
    assert len(sent) == 3
