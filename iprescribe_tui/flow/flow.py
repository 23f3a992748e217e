"""Registration, whatever shows it: loop, retries, drafts, idle time-out, notices, and sign-out."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from iprescribe_tui.client import BackendError, SignedOut, StepRejected
from iprescribe_tui.flow.actions import Action, Leave, LookAgain, SignInView, SupportView, TimedOut, View, is_over
from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.flow.local_state import LocalState
from iprescribe_tui.flow.outcomes import Outcome, after_idling, arrived_by_phone, demand_lists, outcome_of
from iprescribe_tui.flow.page_state import ActionSource, Filled, FrontEnd, PageState, WaitState
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.wait_clock import EverySecond, WaitClock
from iprescribe_tui.journey.offering import without_refused_address
from iprescribe_tui.journey.views import (
    BackendView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    WaitingView,
)

CLOSES_WITHIN = 5.0
"""Seconds in which to tell the backend that an idle session is over; here it is over in any case."""

_MOMENT = 0.5

T = TypeVar("T")


class RegistrationFlow:
    """One run of the program: from the view where the applicant was left until the end, or until they leave."""

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
        """Run until the end, or until the applicant leaves; return the text to print and the exit status."""
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
        """Return the text to print if the program ends now, and its exit status."""
        view = self._page.view if self._page else None
        if isinstance(view, SupportView):
            view = view.behind
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
            if is_over(view):
                with suppress(BackendError, StepRejected):
                    await self._client.sign_out()  # nothing is left to do with these tokens

    async def _outcome(self, view: View, action: Action | BackendView) -> Outcome:
        """Return where `action` leads from `view`, or the view that came by itself."""
        if isinstance(action, Action):
            self.local_state.answered(view, action)
            if not isinstance(action, TimedOut):
                self._wait.begin()
        if self._closing:
            await self._closing  # an idle session is over before anything else is done
        if isinstance(action, TimedOut):
            return self._time_out(view, action)
        if isinstance(action, Action):
            return await self._execute_with_retry(view, action)
        return action, None

    # -- asking the applicant

    async def _next(self, view: View, problem: Problem | None) -> Action | BackendView:
        """Return the applicant's action, or the new view if the awaited event comes first."""
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
        """Return the applicant's action or the new view. Raises `BackendError` and `StepRejected` if waiting fails."""
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
        """Return the view after `view` once it comes. Raises `BackendError` and `StepRejected` if waiting fails."""
        after = await self._client.wait(view)
        await demand_lists(self._client, after)
        return after

    async def _ask(self, view: View, problem: Problem | None) -> Action:
        """Show `view`, or the problem with the last action at it, and return the next action."""
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
        """Show the values that the source fills in, and return its action; None if a person continues."""
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
        """Ask the applicant whether to repeat a request that failed with `error`."""
        self.local_state.reached(yes=False)
        self._end_wait()
        again = await self._while_asking(self._front_end.confirm_retry(error))
        if again:
            self._wait.begin()
        return again

    def _new_notices(self) -> tuple[str, ...]:
        """Return the notices to show with the next page, each once."""
        notices, self._notices = (*self._notices, *self.local_state.notices()), []
        return notices

    # -- carrying actions out

    async def _execute_with_retry(self, view: View, action: Action) -> Outcome:
        """Carry `action` out; if the backend cannot be reached, ask the applicant whether to retry."""
        while True:
            try:
                after, problem = await outcome_of(self._client, self.local_state, view, action, self._notices.append)
                await demand_lists(self._client, after)
            except BackendError as error:
                if not await self._retry(error):
                    return view, None
            else:
                return after, problem

    # -- idle time

    def touch(self) -> bool:
        """Note a key or a line. Return False if the session was over before: someone else may have typed it."""
        if self._filling:
            self._filling.cancel()  # a person who presses a key continues by hand
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
        """True while idle time counts: the applicant is asked, and there is a session or a password to protect."""
        asks_for_password = self._page is not None and isinstance(self._page.view, SignInView)
        return self._is_asking and not self._is_expired and (self._client.signed_in or asks_for_password)

    def _expire(self) -> None:
        """Have the front end hide typed values; a session ends once the front end returns `TimedOut`."""
        self._idle.begin()
        self._is_warned, self._is_expired = False, self._client.signed_in
        if self._is_expired:
            self._source = None
        if self._filling:
            self._filling.cancel()
        self._front_end.idle(0.0)

    def _time_out(self, view: View, action: Action) -> Outcome:
        """Return the outcome of an idle time-out; the backend is told of it in the background."""
        self._is_expired = False
        self._idle.begin()
        self._closing = asyncio.create_task(self._close())
        return after_idling(self.local_state, view, action, self._idle.policy.idle)

    async def _close(self) -> None:
        with suppress(BackendError, StepRejected, TimeoutError):
            await asyncio.wait_for(self._client.time_out(), CLOSES_WITHIN)

    async def _while_asking(self, asked: Awaitable[T]) -> T:
        """Return the result of `asked`; idle time counts only until then."""
        self._is_asking = True
        try:
            return await asked
        finally:
            self._is_asking = False

    # -- waiting

    async def waited_for(self, called: Awaitable[object]) -> None:
        """Wait for a request made before there is a page, and have the front end show that."""
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
