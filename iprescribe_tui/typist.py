"""Answers screens key by key from a scenario, as far as that goes."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

from iprescribe_tui.answers import Answers, Asks, Said, Script, Visit
from iprescribe_tui.answers.said import ASK, OUTBOX, Run
from iprescribe_tui.hands import Cannot, Hands
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.protocol import LockedView
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.mailbox import Mailbox, NothingCame
from iprescribe_tui.pages import page_of
from iprescribe_tui.ui.field_row import FieldRow
from iprescribe_tui.ui.photo_screen import PhotoScreen
from iprescribe_tui.ui.step_screen import StepScreen

if TYPE_CHECKING:
    from iprescribe_tui.app import RegistrationApp


class LeftToThem(Exception):
    """The person has to do something here: `what` says what."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Audience(Protocol):
    """Who hears what is done, and knows what the file does not: what a person answers, how time passes."""

    async def shown(self, screen: StepScreen, *, refused: bool) -> None:
        """A screen waits for an answer, or has just `refused` one."""
        ...

    async def filled(self, screen: StepScreen) -> None:
        """All is typed, and about to be sent."""
        ...

    async def stopped(self, screen: StepScreen, why: Asks, words: str) -> None:
        """A person goes on by hand."""
        ...

    async def asked(self, row: FieldRow) -> str | None:
        """What a person answers to `{ask}`; None where they type it on the screen."""
        ...

    async def until(self, moment: datetime) -> None:
        """Let time pass."""
        ...


class _Heard(Enum):
    SENT = auto()
    REFUSED = auto()


class Typist:
    """Takes a turn at each screen: fills it in from `answers` and sends it. Each answer is given once."""

    def __init__(
        self, app: "RegistrationApp", answers: Answers, mailbox: Mailbox, audience: Audience, run: Run
    ) -> None:
        self.script = Script(answers)
        self._app, self._hands = app, Hands(app)
        self._folder, self._sends_doubted = answers.file.parent, answers.sends_doubted
        self._mailbox, self._audience, self._run = mailbox, audience, run
        self._addresses: dict[str, str] = {}
        self._heard: asyncio.Future[_Heard] | None = None

    # -- what it hears

    def asked(self, screen: StepScreen, *, refused: bool) -> None:
        """`screen` waits for an answer, or has refused one."""
        turn = self._take_turn(screen, page_of(screen.view).value, refused)
        self._app.run_worker(turn, group="typist", exclusive=True)

    def sent(self) -> None:
        """The screen gave an answer."""
        self._hear(_Heard.SENT)

    def refused(self) -> None:
        """The form refused what stands in it, and nothing was sent."""
        self._hear(_Heard.REFUSED)

    def _hear(self, heard: _Heard) -> None:
        if self._heard and not self._heard.done():
            self._heard.set_result(heard)

    # -- a turn

    async def _take_turn(self, screen: StepScreen, page: str, refused: bool) -> None:
        """Answer until an answer is sent, or none is left."""
        asked = await screen.question() if refused and isinstance(screen, PhotoScreen) else None
        await self._audience.shown(screen, refused=refused)
        if asked and self._sends_doubted:
            await self._heard_after(self._hands.answer_doubt(asked, send=True))
            return
        while visit := self.script.next(page):
            if asked:
                await self._hands.answer_doubt(asked, send=False)
                asked = None
            try:
                heard = await self._answer(screen, visit)
            except LeftToThem as left:
                await self._hand_over(screen, page, Asks.LEFT_TO_THEM, left.what)
                return
            except (Cannot, NothingCame) as cannot:
                await self._hand_over(screen, page, Asks.CANNOT, str(cannot))
                return
            if heard is _Heard.SENT:
                return
            refused = True
            await self._audience.shown(screen, refused=True)
        await self._hand_over(screen, page, Asks.REFUSED if refused else Asks.NO_ANSWER, "")

    async def _hand_over(self, screen: StepScreen, page: str, why: Asks, words: str) -> None:
        self.script.hand_over(page)
        await self._audience.stopped(screen, why, words)

    async def _answer(self, screen: StepScreen, visit: Visit) -> _Heard:
        """Fill in and send; whether the form let it through."""
        self._note_key(screen)
        if visit.on_file:
            await self._hands.take_over(screen)
        if left := await self._fill(screen, visit):
            await self._hands.go_to(screen, left.input)
            raise LeftToThem(left.label)
        if visit.link and visit.link.mentions(ASK):
            raise LeftToThem("open the link")
        await self._audience.filled(screen)
        self._note_addresses(screen)
        if visit.link:
            await self._mailbox.open_link(*self._sent_for(screen))
            return _Heard.SENT
        return await self._go_on(screen, visit.then)

    async def _fill(self, screen: StepScreen, visit: Visit) -> FieldRow | None:
        """Type each value into its field; the first field that is left to a person, or is still needed."""
        rows = {row.field_name: row for row in screen.field_rows}
        if missing := visit.values.keys() - rows.keys():
            raise Cannot(f"The screen has no field {', '.join(sorted(missing))}.")
        left = []
        for name, said in visit.values.items():
            row = rows[name]
            value = said if isinstance(said, bool) else await self._text(screen, row, said)
            if value is None:
                left.append(row)
            else:
                await self._hands.enter(screen, row, value)
            await self._hands.painted(screen)
        if visit.then == "continue" and not visit.link and screen.can_continue:
            left += [row for row in rows.values() if row.display and row.blank and not row.optional]
        return next((row for row in rows.values() if row in left), None)

    async def _text(self, screen: StepScreen, row: FieldRow, said: Said) -> str | None:
        """What goes into a field; None where the person types it."""
        if said.mentions(ASK):
            return await self._audience.asked(row)
        if said.mentions(OUTBOX):
            return await self._mailbox.code(*self._sent_for(screen))
        text = said.text(self._run)
        if row.asked.control is Control.PHOTO and text and not text.startswith("~"):
            return str(self._folder / Path(text))
        return text

    async def _go_on(self, screen: StepScreen, then: str) -> _Heard:
        """Send it, or do what else is said."""
        if then == "wait" or (then == "continue" and not screen.can_continue):
            if isinstance(screen.view, LockedView):
                await self._audience.until(screen.view.until)
            return _Heard.SENT
        if then == "continue":
            return await self._heard_after(self._hands.send(screen))
        if then in STEPS:
            return await self._heard_after(self._hands.press_button(screen, f"screen.back_to('{then}')"))
        if then == "resend" and screen.step_view and screen.step_view.resend_at:
            await self._audience.until(screen.step_view.resend_at)
        return await self._heard_after(self._hands.press_key_for(screen, then))

    async def _heard_after(self, pressed: Awaitable[None]) -> _Heard:
        """What came of keys that answer the page."""
        self._heard = asyncio.get_running_loop().create_future()
        await pressed
        return await self._heard

    # -- what was sent, and where to

    def _note_key(self, screen: StepScreen) -> None:
        """Whether codes are made with a key, and with which, is said at the step before."""
        step = getattr(screen, "step", None)
        if step is Step.MFA_TOTP and screen.step_view:
            shown = screen.step_view.reveal.get("totp_secret", SecretStr(""))
            self._mailbox.note_key(shown.get_secret_value())
        elif step in (Step.MFA_CHOICE, Step.IDME_SIGN_IN):
            self._mailbox.note_key("")

    def _note_addresses(self, screen: StepScreen) -> None:
        """Where messages will go, for whoever looks for them."""
        for row in screen.field_rows:
            if row.field_name in ("email", "phone") and isinstance(row.value, str):
                self._addresses[row.field_name] = row.value

    def _sent_for(self, screen: StepScreen) -> tuple[Step, str]:
        """For which step something was sent, and to which address or number."""
        step = STEPS[page_of(screen.view).value]
        by_mail = step in (Step.EMAIL_CONFIRMATION, Step.PHONE_MATCH)
        return step, self._addresses.get("email" if by_mail else "phone", "")
