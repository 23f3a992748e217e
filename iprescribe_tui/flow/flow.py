"""The registration, whatever shows it: its loop, retries, drafts, idle time-out, notices and sign-out."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from iprescribe_tui.client import BackendError, SignedOut, StepRejected
from iprescribe_tui.flow.actions import Action, Leave, LookAgain, SignInView, TimedOut, View
from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.flow.local_state import LocalState
from iprescribe_tui.flow.outcomes import Outcome, after_idling, arrived_by_phone, demand_lists, outcome_of
from iprescribe_tui.flow.page_state import ActionSource, Filled, FrontEnd, PageState, WaitState
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.wait_clock import EverySecond, WaitClock
from iprescribe_tui.journey.offering import without_refused_address
from iprescribe_tui.journey.views import (
    BackendView,
    DoneView,
    EndedView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    WaitingView,
)

CLOSES_WITHIN = 5.0
"""How many seconds the backend has to be told that a session is over; it is over here whatever becomes of that."""

_MOMENT = 0.5

T = TypeVar("T")


class RegistrationFlow:
    """One run of the program: takes an applicant from where they were left to the end, or until they leave."""

    def __init__(self, services: Services, front_end: FrontEnd, source: ActionSource | None = None) -> None:
        self.local_state = LocalState(services)
        self._source = source
        self._filling: asyncio.Task[Filled] | None = None
        self._client, self._idle, self._front_end = services.client, services.presence, front_end
        self._page: PageState | None = None
        self._notices: list[str] = []
        self._wait = WaitClock(front_end.waiting)
        self._is_asking = self._is_expired = self._is_warned = False
        self._closing: asyncio.Task[None] | None = None
        self._client.on_upload = self._wait.uploading
        self._client.on_trouble = self._troubled

    async def run(self) -> Farewell:
        """Go on until the end, or until the applicant leaves; return what is said at last."""
        watching = EverySecond(lambda _: self.check_idle())
        try:
            await self._loop()
        finally:
            watching.stop()
            self._end_wait()
            if self._closing:
                await asyncio.wait({self._closing}, timeout=_MOMENT)
                self._closing.cancel()
                await asyncio.gather(self._closing, return_exceptions=True)
        return self.farewell()

    def farewell(self) -> Farewell:
        """Return what is said if the program ends now, and how the registration ends."""
        view = self._page.view if self._page else None
        return Farewell(self.local_state.farewell(view), self.local_state.ending(view))

    async def _loop(self) -> None:
        view, problem = self.local_state.first_view(), None
        unsettled: Action | None = None
        while True:
            action = await self._next(view, problem)
            if action == unsettled:  # it may have arrived all the same: sent under the same key, it counts once
                action = unsettled
            if arrived_by_phone(view, action):
                self._notices.append("The photos from your phone have arrived and were accepted.")
            if isinstance(action, Leave):
                return
            before = view
            view, problem = await self._outcome(view, action)
            unsettled = action if isinstance(action, Action) and view is before and problem is None else None
            del action, before  # they may hold secrets, which are not needed while the next action is waited for
            if isinstance(view, DoneView | EndedView) and not view.can_go_back:
                with suppress(BackendError, StepRejected):
                    await self._client.sign_out()  # nothing is left to do with these tokens

    async def _outcome(self, view: View, action: Action | BackendView) -> Outcome:
        """Return where `action` leads from `view`, or the view that came by itself."""
        if isinstance(action, Action):
            self.local_state.answered(view, action)
            if not isinstance(action, TimedOut):
                self._wait.begin()
        if self._closing:
            await self._closing  # what was timed out is over before anything else is done
        if isinstance(action, TimedOut):
            return self._time_out(view, action)
        if isinstance(action, Action):
            return await self._execute_with_retry(view, action)
        return action, None

    # -- what the applicant does

    async def _next(self, view: View, problem: Problem | None) -> Action | BackendView:
        """Return the applicant's action, or the new view if what is waited for happens first."""
        if isinstance(view, StepViewBase):
            view = without_refused_address(view)
        while isinstance(view, WaitingView | HandoffView | LockedView):
            try:
                return await self._whichever_is_first(view, problem)
            except SignedOut:
                return LookAgain()
            except StepRejected as rejected:
                problem = rejected.problem
                break
            except BackendError as error:
                if not await self._retry(error):
                    break
        return await self._ask(view, problem)

    async def _whichever_is_first(
        self, view: WaitingView | HandoffView | LockedView, problem: Problem | None
    ) -> Action | BackendView:
        """Return the applicant's action or the new view. Raises what waiting cannot mend."""
        asking: asyncio.Task[Action | BackendView] = asyncio.create_task(self._ask(view, problem))
        waiting: asyncio.Task[Action | BackendView] = asyncio.create_task(self._change_of(view))
        try:
            first, _ = await asyncio.wait({asking, waiting}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking in first else waiting.result()
        finally:
            for task in (asking, waiting):
                task.cancel()
            await asyncio.gather(asking, waiting, return_exceptions=True)

    async def _change_of(self, view: WaitingView | HandoffView | LockedView) -> BackendView:
        """Return the view after `view` once it comes. Raises what waiting cannot mend."""
        after = await self._client.wait(view)
        await demand_lists(self._client, after)
        return after

    async def _ask(self, view: View, problem: Problem | None) -> Action:
        """Show `view`, or what was wrong with the action at it, and return the next action."""
        if self._is_expired:
            return TimedOut()
        moved = self._page is None or self._page.view is not view
        self.local_state.settle(moved=moved, problem=problem)
        if moved:
            self.local_state.remember(view)
        self._end_wait()
        self._is_warned = False
        typed, notices = self.local_state.typed(view), self._new_notices() if moved else ()
        self._page = page = PageState(view, problem, typed, notices, self._client.service)
        answers = self._source is not None and self._source.answers(page)
        await self._front_end.show(replace(page, problem=None) if answers else page)
        action = await self._given(page)
        if self._is_expired:
            return TimedOut()
        return action if action else await self._while_asking(self._front_end.read())

    async def _given(self, page: PageState) -> Action | None:
        """Show what the source fills in, and return what it does then; None where a person goes on."""
        if self._source is None or self._is_expired:
            return None
        source, filling = self._source, asyncio.create_task(self._source.fill(page))
        self._filling = filling
        try:
            await self._while_asking(asyncio.wait({filling}))
        finally:
            self._filling = None
            filling.cancel()
        if filling.cancelled():
            source.hand_over(page)
            return None
        if (filled := filling.result()) != Filled():
            await self._front_end.show(replace(page, problem=filled.problem, filled=filled))
        return filled.action

    async def _retry(self, error: BackendError) -> bool:
        """Have the applicant decide whether to try again what the backend could not be asked."""
        self.local_state.reached(yes=False)
        self._end_wait()
        again = await self._while_asking(self._front_end.confirm_retry(error))
        if again:
            self._wait.begin()
        return again

    def _new_notices(self) -> tuple[str, ...]:
        """Return what is to be said with the next page, each once."""
        notices, self._notices = (*self._notices, *self.local_state.notices()), []
        return notices

    # -- what is done about it

    async def _execute_with_retry(self, view: View, action: Action) -> Outcome:
        """Carry `action` out; ask again as long as the backend cannot be reached."""
        while True:
            try:
                after, problem = await outcome_of(self._client, self.local_state, view, action, self._notices.append)
                await demand_lists(self._client, after)
            except BackendError as error:
                if not await self._retry(error):
                    return view, None
            else:
                return after, problem

    # -- whether anybody is there

    def touch(self) -> bool:
        """Note a key or a line. Return False where the session was over before: then it may be somebody else's."""
        if self._filling:
            self._filling.cancel()  # whoever presses a key goes on by hand
        if not self._is_watched:
            self._idle.begin()
        elif not self._idle.touch():
            self._expire()
        elif self._is_warned:
            self._is_warned = False
            self._front_end.idle(None)
        return not self._is_expired

    def check_idle(self) -> None:
        """Once a second: show the idle warning, update its countdown, or expire the session."""
        if self._client.service:
            self._idle.policy = self._client.service.sessions
        if not self._is_watched:
            return
        if self._idle.is_over:
            self._expire()
        elif self._is_warned or (self._idle.should_warn and self._client.signed_in):
            self._is_warned = True
            self._front_end.idle(self._idle.seconds_left)

    @property
    def _is_watched(self) -> bool:
        """Whether the time counts: somebody is asked, and there is a session or a password to protect."""
        asks_for_password = self._page is not None and isinstance(self._page.view, SignInView)
        return self._is_asking and not self._is_expired and (self._client.signed_in or asks_for_password)

    def _expire(self) -> None:
        """Have the front end hide what was typed; a session ends once that has returned TimedOut."""
        self._idle.begin()
        self._is_warned, self._is_expired = False, self._client.signed_in
        if self._is_expired:
            self._source = None
        if self._filling:
            self._filling.cancel()
        self._front_end.idle(0.0)

    def _time_out(self, view: View, action: Action) -> Outcome:
        """End the session of somebody who is not there, and return where they sign in, however long that takes."""
        self._is_expired = False
        self._idle.begin()
        self._closing = asyncio.create_task(self._close())
        return after_idling(self.local_state, view, action, self._idle.policy.idle)

    async def _close(self) -> None:
        with suppress(BackendError, StepRejected, TimeoutError):
            await asyncio.wait_for(self._client.time_out(), CLOSES_WITHIN)

    async def _while_asking(self, asked: Awaitable[T]) -> T:
        """Return what `asked` returns; while the backend is waited for, nobody is idle."""
        self._is_asking = True
        try:
            return await asked
        finally:
            self._is_asking = False

    # -- waiting

    async def waited_for(self, called: Awaitable[object]) -> None:
        """Wait for something of the backend's before there is a page, and have that shown."""
        self._wait.begin()
        try:
            await called
        finally:
            self._end_wait()

    def _end_wait(self) -> None:
        if self._wait.end():
            self._idle.begin()

    def _troubled(self, error: BackendError | None) -> None:
        self.local_state.reached(yes=error is None)
        self._front_end.waiting(WaitState(trouble=error))
