"""Typing of answers on the screens, key by key, so that a walk tests the screens too."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from iprescribe_tui.flow.page_state import Filled, PageState
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.front_ends.automation.answers import Answers, Asks, StepAnswers
from iprescribe_tui.front_ends.automation.answers.template_value import ASK, Run
from iprescribe_tui.front_ends.automation.answers_source import AnswersSource
from iprescribe_tui.front_ends.automation.message_source import MessageSource, NoMessageError
from iprescribe_tui.front_ends.automation.screen_driver import CannotType, ScreenDriver
from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.journey.steps import STEPS
from iprescribe_tui.journey.views import LockedView

if TYPE_CHECKING:
    from iprescribe_tui.front_ends.tui.app import RegistrationApp


class LeftToPerson(Exception):
    """Step left to the person, who has to do `what`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Audience(Protocol):
    """Observer of the typing, and source of a person's values and of time."""

    async def shown(self, screen: StepScreen, *, refused: bool) -> None:
        """Note that a screen waits for an answer, or has just `refused` one."""
        ...

    async def filled(self, screen: StepScreen) -> None:
        """Note that all values are typed and about to be sent."""
        ...

    async def stopped(self, screen: StepScreen, why: Asks, message: str) -> None:
        """Note that a person continues by hand."""
        ...

    async def asked(self, row: FieldRow) -> str | None:
        """Return a person's value for `{ask}`, None if they type it on the screen."""
        ...

    async def until(self, moment: datetime) -> None:
        """Let time pass until `moment`."""
        ...


class _Heard(Enum):
    SENT = auto()
    REFUSED = auto()


class Autofill(AnswersSource):
    """Source that types each answer on the current screen, which makes the action of it."""

    def __init__(
        self, app: "RegistrationApp", answers: Answers, message_source: MessageSource, audience: Audience, run: Run
    ) -> None:
        super().__init__(answers, message_source, run)
        self._app, self._driver, self._audience = app, ScreenDriver(app), audience
        self._heard: asyncio.Future[_Heard] | None = None

    def answers(self, page: PageState) -> bool:
        """Return False: a problem with an answer is shown before the next one is typed."""
        return False

    def sent(self) -> None:
        """Note that the screen has given its answer."""
        self._hear(_Heard.SENT)

    def refused(self) -> None:
        """Note that the form has errors and was not sent."""
        self._hear(_Heard.REFUSED)

    def _hear(self, heard: _Heard) -> None:
        if self._heard and not self._heard.done():
            self._heard.set_result(heard)

    async def fill(self, page: PageState) -> Filled:
        """Type until an answer is sent or none is left, and return nothing: the screen makes the action."""
        screen = self._app.front_end.shown if self._app.front_end else None
        if screen:
            await self._take_turn(screen, page)
        return Filled()

    async def _take_turn(self, screen: StepScreen, page: PageState) -> None:
        refused = page.problem is not None
        asked = await screen.question() if refused and isinstance(screen, PhotoScreen) else None
        await self._audience.shown(screen, refused=refused)
        if asked and self._sends_doubted:
            await self._heard_after(self._driver.answer_doubt(asked, send=True))
            return
        while visit := self.script.next(page_of(page.view).value):
            if asked:
                await self._driver.answer_doubt(asked, send=False)
                asked = None
            try:
                heard = await self._type(screen, page, visit)
            except LeftToPerson as left:
                await self._stop(screen, page, Asks.LEFT_TO_THEM, left.what)
                return
            except (CannotType, NoMessageError) as cannot:
                await self._stop(screen, page, Asks.CANNOT, str(cannot))
                return
            if heard is _Heard.SENT:
                return
            refused = True
            await self._audience.shown(screen, refused=True)
        await self._stop(screen, page, Asks.REFUSED if refused else Asks.NO_ANSWER, "")

    async def _stop(self, screen: StepScreen, page: PageState, why: Asks, message: str) -> None:
        self.hand_over(page)
        await self._audience.stopped(screen, why, message)

    async def _type(self, screen: StepScreen, page: PageState, visit: StepAnswers) -> _Heard:
        """Fill in and send; return whether it was sent. Raises `LeftToPerson`, `CannotType`, and `NoMessageError`."""
        self._note_key(page)
        if visit.on_file:
            await self._driver.take_over(screen)
        if left := await self._type_values(screen, page, visit):
            await self._driver.go_to(screen, left.input)
            raise LeftToPerson(left.label)
        if visit.link and visit.link.mentions(ASK):
            raise LeftToPerson("open the link")
        await self._audience.filled(screen)
        self._note_addresses(screen.values)
        if visit.link:
            await self._open_link(page)
            return _Heard.SENT
        return await self._go_on(screen, visit.then)

    async def _type_values(self, screen: StepScreen, page: PageState, visit: StepAnswers) -> FieldRow | None:
        """Type each value into its field; return the first field left to a person or still blank, None if none is."""
        rows = {row.field_name: row for row in screen.field_rows}
        if missing := visit.values.keys() - rows.keys():
            raise CannotType(f"The screen has no field {', '.join(sorted(missing))}.")
        left = []
        for name, template in visit.values.items():
            row = rows[name]
            value: str | bool | None
            if isinstance(template, bool):
                value = template
            elif template.mentions(ASK):
                value = await self._audience.asked(row)
            else:
                value = await self._text(page, row.asked, template)
            if value is None:
                left.append(row)
            else:
                await self._driver.enter(screen, row, value)
            await self._driver.painted(screen)
        if visit.then == "continue" and not visit.link and screen.can_continue:
            left += [row for row in rows.values() if row.display and row.blank and not row.optional]
        return next((row for row in rows.values() if row in left), None)

    async def _go_on(self, screen: StepScreen, then: str) -> _Heard:
        """Send the form, or do `then` instead; return whether the form was sent."""
        if then == "wait" or (then == "continue" and not screen.can_continue):
            if isinstance(screen.view, LockedView):
                await self._audience.until(screen.view.until)
            return _Heard.SENT
        if then == "continue":
            return await self._heard_after(self._driver.send(screen))
        if then in STEPS:
            return await self._heard_after(self._driver.press_button(screen, f"screen.back_to('{then}')"))
        if then == "resend" and screen.step_view and screen.step_view.resend_at:
            await self._audience.until(screen.step_view.resend_at)
        return await self._heard_after(self._driver.press_key_for(screen, then))

    async def _heard_after(self, pressed: Awaitable[None]) -> _Heard:
        """Await the keys that answer the page; return whether the form was sent."""
        self._heard = asyncio.get_running_loop().create_future()
        await pressed
        return await self._heard
