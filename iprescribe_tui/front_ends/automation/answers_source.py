"""Source of actions from an answers file, for any front end."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from iprescribe_tui.flow.actions import (
    Action,
    AskSupport,
    Back,
    Leave,
    LookAgain,
    Resend,
    Resume,
    ResumeView,
    SignInInstead,
    Submit,
)
from iprescribe_tui.flow.page_state import Filled, PageState
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.flow.services import Services
from iprescribe_tui.front_ends.automation.answers import Answers, Script, StepAnswers, TemplateValue
from iprescribe_tui.front_ends.automation.answers.template_value import ASK, OUTBOX, Run
from iprescribe_tui.front_ends.automation.message_source import MessageSource, NoMessageError, message_source_for
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.choosing import matching
from iprescribe_tui.journey.fields import Asked, CheckContext, Choice, Control, FieldValue
from iprescribe_tui.journey.form import Errors, FormRejected
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import (
    DoneView,
    EndedView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    ViewBase,
    WaitingView,
)
from iprescribe_tui.photos.review import review_typed

_YES: Final = ("true", "yes", "y", "x")


class _CannotFill(Exception):
    """Answer of the file that is impossible at this page; the message says why, without a secret."""


class AnswersSource:
    """`page_state.ActionSource` of an answers file: gives each answer once, and leaves the rest to a person."""

    def __init__(self, answers: Answers, message_source: MessageSource, run: Run) -> None:
        self.script = Script(answers)
        self._folder, self._sends_doubted = answers.file.parent, answers.sends_doubted
        self._message_source, self._run = message_source, run
        self._addresses: dict[str, str] = {}
        self._key = self._handed_over_key = ""
        self._values: dict[str, FieldValue] = {}

    def answers(self, page: PageState) -> bool:
        """Return whether there is an answer left for a page."""
        return self.script.has(page_of(page.view).value)

    def hand_over(self, page: PageState) -> None:
        """Give no more answers for a page."""
        self._handed_over_key = page_of(page.view).value
        self.script.hand_over(self._handed_over_key)

    async def fill(self, page: PageState) -> Filled:
        """Return the values and action for a page, or the text that hands it to a person; waits for codes."""
        key = page_of(page.view).value
        if key != self._key:
            self._key, self._handed_over_key, self._values = key, "", {}
        if key == self._handed_over_key:
            return Filled()
        self._note_key(page)
        errors: Errors = {}
        while visit := self.script.next(key):
            try:
                return await self._answer(page, visit)
            except FormRejected as rejected:
                errors = rejected.errors
            except (_CannotFill, NoMessageError) as cannot:
                return self._handed_over(page, f"Your turn. {cannot}", self._values)
        if isinstance(page.view, DoneView | EndedView | LockedView):
            return Filled()
        has = "no other answer" if errors or page.problem else "no answer here"
        problem = Problem(title="", status=0, code="not_sent", errors=errors) if errors else None
        values = self._values if errors else {}  # a person who continues keeps the values they typed
        return self._handed_over(page, f"Your turn: the answers file has {has}.", values, problem)

    def _handed_over(
        self, page: PageState, turn: str, values: Mapping[str, FieldValue], problem: Problem | None = None
    ) -> Filled:
        self.hand_over(page)
        return Filled(values, turn=turn, problem=problem)

    async def _answer(self, page: PageState, visit: StepAnswers) -> Filled:
        """Return the values and action of an answer. Raises `FormRejected`, `_CannotFill`, and `NoMessageError`."""
        left = await self._fill_in(page, visit)
        if visit.link and visit.link.mentions(ASK):
            left = "open the link"
        if left:
            return self._handed_over(page, f"Your turn: {left}.", self._values)
        self._note_addresses(self._standing(page))
        if visit.link:
            await self._open_link(page)
            return await _change()
        if visit.then != "continue":
            return Filled(self._values, await self._done(page, visit.then))
        return await self._sent(page)

    async def _fill_in(self, page: PageState, visit: StepAnswers) -> str:
        """Note the value of each field; return the label of the first left to a person or still blank, "" if none.

        Raises `_CannotFill` and `NoMessageError`.
        """
        form = page_of(page.view).form
        asked, view = form.asked(), page.view
        if visit.on_file:
            if not isinstance(view, StepViewBase) or not view.on_file:
                raise _CannotFill("Nothing is on file here.")
            self._values.update(view.on_file)
        if missing := visit.values.keys() - asked.keys():
            raise _CannotFill(f"The screen has no field {', '.join(sorted(missing))}.")
        left = set()
        for name, template in visit.values.items():
            if isinstance(template, TemplateValue) and template.mentions(ASK):
                left.add(name)
            else:
                self._values[name] = await self._value(page, name, asked[name], template)
        if visit.then == "continue" and not visit.link:
            stands = self._standing(page)
            left |= {name for name, info in form.model_fields.items() if info.is_required() and _is_blank(stands[name])}
        return next((form.model_fields[name].title or name for name in asked if name in left), "")

    async def _value(self, page: PageState, name: str, asked: Asked, template: TemplateValue | bool) -> FieldValue:
        """Return the value for a field. Raises `NoMessageError`."""
        if isinstance(template, bool):
            return template
        text = await self._text(page, asked, template)
        if asked.control is Control.CHECK_BOX:
            return text.strip().casefold() in _YES
        if isinstance(asked, Choice) and (found := matching(asked.options(name, _context(page)) or (), text.strip())):
            return found[0].value
        return SecretStr(text) if asked.secret else text

    async def _text(self, page: PageState, asked: Asked, template: TemplateValue) -> str:
        """Return the text to type into a field; waits for a code. Raises `NoMessageError`."""
        if template.mentions(OUTBOX):
            return await self._message_source.code(*self._sent_for(page))
        text = template.text(self._run)
        is_path = asked.control is Control.PHOTO and text and not text.startswith("~")
        return str(self._folder / Path(text)) if is_path else text

    def _standing(self, page: PageState) -> dict[str, FieldValue]:
        """Return the value of each field: filled in, else typed before, else the backend's prefill."""
        prefill: Mapping[str, FieldValue] = page.view.prefill if isinstance(page.view, StepViewBase) else {}
        known = {**prefill, **page.typed, **self._values}
        return {name: known.get(name, "") for name in page_of(page.view).form.asked()}

    # -- actions

    async def _sent(self, page: PageState) -> Filled:
        """Return the page filled in and sent. Raises `FormRejected`."""
        view, form = page.view, page_of(page.view).form
        if isinstance(view, WaitingView | HandoffView) and not form.model_fields:
            return await _change()
        if isinstance(view, ResumeView):
            return Filled({}, Resume(view.registration, view.username))
        if isinstance(view, LockedView):
            return Filled({}, LookAgain())
        stands = self._standing(page)
        despite = await self._despite(page, stands) if self._sends_doubted else frozenset[str]()
        submit = Submit(form.check(stands, _context(page)), despite=despite)
        return Filled(self._values, submit, despite=despite)

    async def _despite(self, page: PageState, stands: Mapping[str, FieldValue]) -> frozenset[str]:
        """Return the digests of the doubtful photos."""
        policies = page.service.photos if page.service else PhotoPolicies()
        name = page.view.registry_name if isinstance(page.view, StepViewBase) else ""
        photos = [slot for slot, how in page_of(page.view).form.asked().items() if how.control is Control.PHOTO]
        found = [
            await asyncio.to_thread(review_typed, str(stands[slot]), slot, policies, stands.get("kind"), name)
            for slot in photos
            if stands[slot]
        ]
        return frozenset(each.digest for each in found if each.doubts)

    async def _done(self, page: PageState, then: str) -> Action:
        """Return the action of an answer that does not send the form (see `answers.THEN`). Raises `_CannotFill`."""
        view = page.view
        step = view if isinstance(view, StepViewBase) else None
        if then == "wait":
            if isinstance(view, LockedView):
                await _until(view.until)
            await _change()
        if then in STEPS:
            alternatives = {*(other.to for other in step.ways), *(fact.mend for fact in step.facts)} if step else set()
            if then not in alternatives:
                raise _CannotFill("This screen has no such button.")
            return Back(STEPS[then])
        if then == "resend" and step and step.resend_at:
            await _until(step.resend_at)
        can_go_back = view.can_go_back if isinstance(view, ViewBase) else not isinstance(view, ResumeView)
        resumed = view.username if isinstance(view, ResumeView) else ""
        begins = isinstance(view, ResumeView) or (step is not None and step.step is Step.NPI)
        actions: dict[str, tuple[bool, Action]] = {
            "back": (can_go_back, Back()),
            "resend": (step is not None and step.resend_at is not None, Resend()),
            "sign_in": (begins, SignInInstead(resumed)),
            "support": (True, AskSupport()),
            "start_over": (step is not None and bool(step.registration), Back(Step.NPI)),
            "leave": (True, Leave()),
        }
        can, action = actions[then]
        if not can:
            raise _CannotFill(f'This screen has no "{then}".')
        return action

    # -- messages and their addresses

    def _note_key(self, page: PageState) -> None:
        """Note the authenticator key where it is shown, or that there is none; codes are asked for a step later."""
        step = page_of(page.view)
        if step is Step.MFA_TOTP and isinstance(page.view, StepViewBase):
            self._message_source.note_key(page.view.reveal.get("totp_secret", SecretStr("")).get_secret_value())
        elif step in (Step.MFA_CHOICE, Step.IDME_SIGN_IN):
            self._message_source.note_key("")

    def _note_addresses(self, stands: Mapping[str, FieldValue]) -> None:
        """Note the addresses to which messages will go."""
        for name in ("email", "phone"):
            if isinstance(address := stands.get(name), str) and address:
                self._addresses[name] = address

    async def _open_link(self, page: PageState) -> None:
        await self._message_source.open_link(*self._sent_for(page))

    def _sent_for(self, page: PageState) -> tuple[Step, str]:
        """Return the step that something was sent for, and the address or number that it was sent to."""
        step = STEPS[page_of(page.view).value]
        by_mail = step in (Step.EMAIL_CONFIRMATION, Step.PHONE_MATCH)
        return step, self._addresses.get("email" if by_mail else "phone", "")


def source_of(answers: Answers, services: Services) -> AnswersSource:
    """Return the source of the answers in a file, for this backend and this environment."""
    message_source = message_source_for(answers.outbox_command, services.client, own_sandbox=services.own_sandbox)
    return AnswersSource(answers, message_source, Run(os.environ))


def _context(page: PageState) -> CheckContext:
    options = page.view.options if isinstance(page.view, StepViewBase) else {}
    if page.service is None:
        return CheckContext(options=options, today=date.today())
    return page.service.context(page_of(page.view).form, options, date.today())


def _is_blank(value: FieldValue) -> bool:
    return not (value.get_secret_value() if isinstance(value, SecretStr) else value)


async def _change() -> Filled:
    """Wait until the page changes by itself, which cancels this."""
    await asyncio.Event().wait()
    return Filled()


async def _until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
