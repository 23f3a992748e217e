"""Front end of Textual screens: shows each page as a screen, and hands the applicant's actions to the flow."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context

from textual import events

from iprescribe_tui.client import BackendError
from iprescribe_tui.flow.actions import Action, Leave, Resend, TimedOut, View
from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.flow.local_state import place_of
from iprescribe_tui.flow.page_state import ActionSource, Filled, PageState, WaitState
from iprescribe_tui.flow.page_texts import sends
from iprescribe_tui.flow.services import Services
from iprescribe_tui.front_ends.tui.dialogs import HelpScreen, IdleScreen, OutboxScreen, TroubleScreen
from iprescribe_tui.front_ends.tui.drawn_texts import forget_texts
from iprescribe_tui.front_ends.tui.early_input import EarlyInput
from iprescribe_tui.front_ends.tui.help_text import help_for
from iprescribe_tui.front_ends.tui.photo_screen import PhotoScreen
from iprescribe_tui.front_ends.tui.screen_app import ScreenApp
from iprescribe_tui.front_ends.tui.screen_context import ScreenContext
from iprescribe_tui.front_ends.tui.step_screen import StepScreen, Values, is_refusal
from iprescribe_tui.front_ends.tui.widgets.chrome import Banner
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.journey.fields import Control


class ScreensFrontEnd:
    """`page_state.FrontEnd` of Textual screens."""

    def __init__(
        self,
        app: ScreenApp,
        services: Services,
        screen_of: Callable[[View], type[StepScreen]],
        source: ActionSource | None = None,
    ) -> None:
        self._screen_of = screen_of
        self.app = app
        self.client = services.client
        self.own_sandbox, self.backend = services.own_sandbox, services.settings.shown_name
        self.state_dir = services.settings.state_dir
        self.flow = RegistrationFlow(services, self, source)
        self.shown: StepScreen | None = None
        self._warning: IdleScreen | None = None
        self._times_out = self._resent = False
        self._actions: asyncio.Queue[Action] = asyncio.Queue()
        self._showing = asyncio.Lock()
        self.early_input = EarlyInput(app, lambda: self.shown)
        self._context = copy_context()

    @property
    def sandbox(self) -> bool:
        """True if the backend is known to be a sandbox, in which nothing is a real registration."""
        service = self.client.service
        return self.own_sandbox or (service is not None and service.environment == "sandbox")

    async def run(self) -> None:
        """Run the registration from the first view to its end."""
        self.app.run_worker(self.warm_up(), group="warm-up")
        try:
            await self.flow.run()
        finally:
            await self.client.aclose()

    async def warm_up(self) -> None:
        """Connect before the first action needs it; an error is reported only once an action meets it."""
        try:
            await self.client.connect()
        except BackendError:
            return
        if self.shown:
            self.mark_sandbox(self.shown)
            if isinstance(self.app.screen, HelpScreen):
                self.app.screen.say(help_for(self.shown, self.client.service))

    def mark_sandbox(self, screen: StepScreen) -> None:
        """Show on `screen` if this is a sandbox; a screen that is being removed has no banner left."""
        for banner in screen.query(Banner):
            banner.show_sandbox(self.sandbox)

    # -- protocol of the flow

    async def show(self, page: PageState) -> None:
        """Show a page, or the problem with the action at the current one."""
        while not self._actions.empty():
            self._actions.get_nowait()
        problem, shown = page.problem, self.shown
        self._resent = self._resent and problem is None
        self.early_input.refusing = self._is_of_shown(page.view) and problem is not None and is_refusal(problem)
        try:
            if shown is None or shown.view is not page.view:
                # News may come while a screen is being put up: it is put up whole, and then the next one.
                shown = await asyncio.shield(asyncio.create_task(self._put_up_whole(page)))
            else:
                self.rest()
            if page.filled:
                await self._fill_in(shown, page.filled)
            if problem:
                shown.show_problem(problem)
            if self.early_input.refusing:
                shown.hold_keys()
        finally:
            self.early_input.refusing = False
        self.early_input.say_typed_meanwhile()

    async def _fill_in(self, shown: StepScreen, filled: Filled) -> None:
        """Put values into the page, so that they are seen before they are sent, and show whose turn it is then."""
        if isinstance(shown, PhotoScreen):
            shown.send_despite(filled.despite)
        if filled.values:
            shown.fill(filled.values)
            self.keep_draft()
            painted = asyncio.Event()
            shown.call_after_refresh(painted.set)
            await painted.wait()
        shown.show_status(filled.turn)

    async def read(self) -> Action:
        """Return the applicant's next action."""
        return await self._actions.get()

    async def confirm_retry(self, error: BackendError) -> bool:
        """Report the error; return True to retry."""
        self.rest()
        again = await self.app.push_screen_wait(TroubleScreen(error.title, error.advice))
        return bool(again)

    def waiting(self, state: WaitState | None) -> None:
        """Show a wait on the page, which takes no keys while an action is being sent."""
        shown = self.shown
        if state is None or shown is None or not shown.is_attached:
            return
        if state.total:
            if isinstance(shown, PhotoScreen):
                shown.show_sending(state.sent, state.total)
        elif state.seconds is None:
            shown.show_status(f"{state.trouble.title}. Trying again; nothing is lost." if state.trouble else "")
        else:
            shown.busy = True
            if state.seconds and not (isinstance(shown, PhotoScreen) and shown.sends):
                shown.show_status(f"Waiting for {self.backend} · {state.seconds} s · F10 leaves, nothing is lost")

    def idle(self, seconds_left: float | None) -> None:
        """Show, update, or (None) remove the idle warning; at 0, hide typed values."""
        warning = self._warning
        if seconds_left is None:
            self._warning = None
            if warning and warning is self.app.screen:
                self.app.pop_screen()
        elif not seconds_left:
            self._hide()
        elif warning:
            warning.count_down(seconds_left)
        elif not self._showing.locked():
            self._warning = IdleScreen(self._afterwards, seconds_left)
            self.app.push_screen(self._warning)

    def noticed(self, event: events.Key | events.Paste) -> bool:
        """Note input. Return False if it does nothing else: it ends the idle warning, or comes after the session."""
        if type(event) not in (events.Key, events.Paste):
            return True  # a walk is nobody
        is_warned = self._warning is not None
        return not self._times_out and self.flow.touch() and not is_warned

    @property
    def _afterwards(self) -> str:
        if self.flow.local_state.username:
            return "you sign in again to go on where you are"
        return "you begin with the NPI again, since there is no username yet to sign in with"

    def _hide(self) -> None:
        """Close dialogs and have `read` return `TimedOut`, or, without a session, empty secret fields."""
        if not self.client.signed_in:
            for row in self.shown.field_rows if self.shown else ():
                if row.asked.secret:
                    row.put("")
            return
        self._times_out = True
        self.keep_draft()
        self._close_dialogs()
        self._actions.put_nowait(TimedOut())

    def _close_dialogs(self) -> None:
        """Close what is over the page."""
        while self.shown and self.app.screen is not self.shown:
            if isinstance(self.app.screen, TroubleScreen):
                self.app.screen.dismiss(False)  # the flow waits for it
            else:
                self.app.pop_screen()

    # -- screens

    async def _put_up_whole(self, page: PageState) -> StepScreen:
        async with self._showing:
            return await self.put_up(page)

    async def put_up(self, page: PageState) -> StepScreen:
        """Show the screen of a page, with the values typed there before, and return it."""
        typed = {**page.typed, **self._standing(page.view)}
        notices = (*page.notices, *self.early_input.notices())
        screen_context = ScreenContext(
            page.service, self.sandbox, self.own_sandbox, self.backend, typed, notices, self.state_dir
        )
        screen = self._screen_of(page.view)(page.view, screen_context)
        self.rest()
        self._close_dialogs()
        self._warning, self._times_out = None, False
        first = self.shown is None
        screen.drawn_at = 0.0 if first else None  # keys typed before there was any page are for the first
        await (self.app.push_screen(screen) if first else self.app.switch_screen(screen))
        self.shown = screen
        if first:
            await self.app.type_early_keys()
        forget_texts()
        if self.sandbox and not screen_context.sandbox:  # it turned out while the screen was being put up
            self.mark_sandbox(screen)
        return screen

    def _is_of_shown(self, view: View) -> bool:
        """Return whether `view` belongs to the current page."""
        shown = self.shown
        return shown is not None and type(shown) is self._screen_of(view) and place_of(shown.view) == place_of(view)

    def _standing(self, view: View) -> Values:
        """Return the values in the form if it is that of `view`, except a code that a new one has replaced."""
        rows = self.shown.field_rows if self.shown and self._is_of_shown(view) else ()
        outdated = self._code_rows() if self._resent else ()
        return {row.field_name: row.value for row in rows if row not in outdated}

    def show_help(self) -> None:
        """Open help for the current screen, or close it."""
        if isinstance(self.app.screen, HelpScreen):
            self.app.screen.dismiss()
        elif self.shown and self.app.screen is self.shown:
            self.app.push_screen(HelpScreen(self.shown.heading, help_for(self.shown, self.client.service)))

    def show_messages(self) -> None:
        """Open the sandbox's messages, or close them; a chosen code goes into its field."""

        def fill_in(code: str | None) -> None:
            for row in self._code_rows() if code else ():
                row.put(code or "")
                row.screen.set_focus(row.input)

        shown = self.shown
        if isinstance(self.app.screen, OutboxScreen):
            self.app.screen.dismiss(None)
        elif self.own_sandbox and shown and self.app.screen is shown:
            takes, client = bool(self._code_rows()) and sends(shown.view), self.client
            outbox = OutboxScreen(client.outbox, client.follow, takes_code=takes, context=self._context)
            self.app.push_screen(outbox, fill_in)

    def _code_rows(self) -> list[FieldRow]:
        return [row for row in self.shown.field_rows if row.asked.control is Control.CODE] if self.shown else []

    # -- actions

    def take_action(self, action: Action) -> None:
        """Hand an action to the flow, and take no more keys until it is carried out; or leave."""
        self.keep_draft()
        self._resent = isinstance(action, Resend)
        if isinstance(action, Leave):
            self.app.leave()
            return
        self.rest()
        if self.shown:
            self.shown.busy = True
        self._actions.put_nowait(action)

    def rest(self) -> None:
        """Show that nothing is being waited for."""
        if self.shown and self.shown.is_attached:
            self.shown.busy = False
            self.shown.show_status("")
            if isinstance(self.shown, PhotoScreen):
                self.shown.rest()

    # -- drafts

    def keep_draft(self) -> None:
        """Keep the values in the current form, except secrets."""
        if self.shown and self.shown.is_attached:
            rows = [row for row in self.shown.field_rows if not row.asked.secret]
            values = {row.field_name: row.value for row in rows if isinstance(row.value, str | bool)}
            self.flow.local_state.keep(self.shown.view, values)

    def drafted(self) -> None:
        """Keep typed values; if that fails, say so at once."""
        self.keep_draft()
        if self.shown and self.shown.is_attached:
            for text in self.flow.local_state.notices():
                self.shown.show_notice(text)

    def farewell(self) -> Farewell:
        """Keep typed values; return the text to print and the exit status."""
        self.keep_draft()
        return self.flow.farewell()
